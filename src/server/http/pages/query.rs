//! The query of a list page. It holds the state that a page without script has of its own: forms repeat it in their
//! address and in hidden fields.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::{Deserialize, Deserializer};

use super::fields;
use crate::browser::view_path;
use crate::domain::{Change, Filter, ItemId};

/// How many commands a page can undo, and how many it can redo.
const MAX_STEPS: usize = 20;

/// The query of a list page. Extracting it cannot fail: a malformed query counts as empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct PageQuery {
    /// The search text.
    #[serde(rename = "q")]
    pub(super) search: String,
    /// The item whose editor is open.
    #[serde(deserialize_with = "valid_id")]
    pub(super) item: Option<ItemId>,
    /// The commands that can be undone.
    pub(super) done: CommandNumbers,
    /// The commands that can be redone.
    pub(super) undone: CommandNumbers,
}

/// The numbers of commands that the server has given for forms, the latest last. As text, commas separate them; other
/// text between the commas is skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(super) struct CommandNumbers(pub(super) Vec<u64>);

/// How a command changes what a page can undo and redo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    /// A new command. It can be undone, and nothing can be redone any more.
    Do,
    /// Undoes a command. This can be redone.
    Undo,
    /// Redoes an undone command. This can be undone.
    Redo,
}

impl CommandNumbers {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the latest number, and drops the oldest if there are too many.
    fn push(&mut self, number: u64) {
        self.0.push(number);
        if self.0.len() > MAX_STEPS {
            self.0.remove(0);
        }
    }
}

impl From<String> for CommandNumbers {
    fn from(text: String) -> Self {
        let numbers = text.split(',').filter_map(|number| number.parse().ok());
        Self(numbers.take(MAX_STEPS).collect())
    }
}

impl From<CommandNumbers> for String {
    fn from(CommandNumbers(numbers): CommandNumbers) -> Self {
        let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
        numbers.join(",")
    }
}

impl<S: Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = Query::try_from_uri(&parts.uri);
        Ok(query.map(|Query(query)| query).unwrap_or_default())
    }
}

impl PageQuery {
    /// Whether the page is the same for every client.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Records a change, so that the page can undo or redo it.
    pub(super) fn record(&mut self, change: &Change, kind: StepKind) {
        let number = change.command.seq;
        match kind {
            StepKind::Do => {
                self.undone.0.clear();
                self.done.push(number);
            }
            StepKind::Undo => self.undone.push(number),
            StepKind::Redo => self.done.push(number),
        }
    }

    /// The address of the list page with this query.
    pub(super) fn list_address(&self, filter: Filter) -> String {
        self.address(view_path(filter))
    }

    /// The address of another page with this query.
    pub(super) fn address(&self, path: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair(fields::SEARCH, &self.search);
        }
        if let Some(item) = self.item {
            query.append_pair(fields::ITEM, &item.to_string());
        }
        for (name, numbers) in [(fields::DONE, &self.done), (fields::UNDONE, &self.undone)] {
            if !numbers.is_empty() {
                query.append_pair(name, &String::from(numbers.clone()));
            }
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

/// Reads an id, or nothing if it is malformed: an address that a person has edited still leads to the list.
fn valid_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ItemId>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.parse().ok())
}
