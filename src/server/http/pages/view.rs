//! What a page without script knows of its reader: all of it stands in the address and in the hidden
//! fields of the forms.

use serde::{Deserialize, Deserializer};

use crate::browser::view_path;
use crate::domain::{Change, Filter, ItemId};

/// How many steps back a page remembers.
const MAX_STEPS: usize = 20;

/// The query of the list's pages, which their forms send along.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct View {
    /// What is searched for.
    pub(super) q: String,
    /// The item whose editor is open.
    #[serde(deserialize_with = "lenient")]
    pub(super) item: Option<ItemId>,
    /// The numbers of the commands that can be undone, the latest last.
    pub(super) done: Steps,
    /// The numbers of the commands that can be redone, the latest last.
    pub(super) undone: Steps,
}

/// Numbers with commas between them; what is not a number is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(super) struct Steps(pub(super) Vec<u64>);

impl Steps {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the latest; the oldest of too many is forgotten.
    pub(super) fn push(&mut self, step: u64) {
        self.0.push(step);
        if self.0.len() > MAX_STEPS {
            self.0.remove(0);
        }
    }
}

impl From<String> for Steps {
    fn from(text: String) -> Self {
        let numbers = text.split(',').filter_map(|number| number.parse().ok());
        Self(numbers.take(MAX_STEPS).collect())
    }
}

impl From<Steps> for String {
    fn from(Steps(numbers): Steps) -> Self {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        numbers.join(",")
    }
}

impl View {
    /// Whether the page shows what everybody else sees at the same address.
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Notes a step, so that it can be taken back. `redo` says of a step that takes another one back
    /// whether that does something again.
    pub(super) fn remember(&mut self, change: &Change, redo: Option<bool>) {
        if change.events.is_empty() {
            return;
        }
        let seq = change.command.seq;
        match redo {
            None => {
                self.undone.0.clear();
                self.done.push(seq);
            }
            Some(true) => self.done.push(seq),
            Some(false) => self.undone.push(seq),
        }
    }

    /// The address of the view.
    pub(super) fn address(&self, filter: Filter) -> String {
        self.address_below(view_path(filter))
    }

    /// The same below another path.
    pub(super) fn address_below(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.q.is_empty() {
            query.append_pair("q", &self.q);
        }
        if let Some(item) = self.item {
            query.append_pair("item", &item.to_string());
        }
        for (name, steps) in [("done", &self.done), ("undone", &self.undone)] {
            if !steps.is_empty() {
                query.append_pair(name, &String::from(steps.clone()));
            }
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

/// What is no id is none: an address that somebody has changed still leads to the list.
fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ItemId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.parse().ok())
}
