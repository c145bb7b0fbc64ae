//! What the forms of the list's pages ask for, as commands.

use std::collections::HashMap;

use axum::http::StatusCode;

use super::view::View;
use crate::domain::{
    At, ClientId, Command, CommandId, Filter, Item, ItemId, List, Stamps, Title, TitleError,
};
use crate::server::limits::cost;
use crate::server::store::new_item;

/// A form as it was sent: every field once.
pub(super) struct Form {
    fields: HashMap<String, String>,
    /// Where it was sent from.
    pub(super) view: View,
}

/// What a form asks for.
pub(super) enum Wish {
    /// Nothing, or nothing that changes the list.
    Nothing,
    /// The commands, one after the other; each can be undone.
    Run(Vec<Command>),
    /// To take back the latest step, or to do it again.
    Revert {
        /// The step.
        of: CommandId,
        /// Whether it is done again.
        redo: bool,
    },
}

/// Why a form asks for nothing that could be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FormError {
    /// A field is missing, comes twice, or holds what it cannot.
    #[error("The form is not one of this page.")]
    Malformed,
    /// A new item cannot have this text.
    #[error("{0}")]
    Text(TitleError),
    /// An item cannot have this text.
    #[error("{1}")]
    Edit(ItemId, TitleError),
    /// There is no step to take back.
    #[error("There is nothing to undo.")]
    NothingToRevert,
}

impl FormError {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::NothingToRevert => StatusCode::CONFLICT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl Form {
    /// Reads the body of a form on a page that showed `view`. `None` if a field comes twice.
    pub(super) fn parse(body: &[u8], view: View) -> Option<Self> {
        let mut fields = HashMap::new();
        for (name, value) in form_urlencoded::parse(body) {
            if fields
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return None;
            }
        }
        Some(Self { fields, view })
    }

    /// The text of the form; empty if it has none.
    pub(super) fn text(&self) -> &str {
        self.field("title").unwrap_or_default()
    }

    /// The value of a field.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    fn item(&self) -> Result<ItemId, FormError> {
        let id = self.field("item").and_then(|id| id.parse().ok());
        id.ok_or(FormError::Malformed)
    }

    /// Whether it takes a look at the whole list to say what it asks for.
    pub(super) fn looks_at_list(&self) -> bool {
        let moves = matches!(self.field("do"), Some("up" | "down"));
        moves || self.fields.contains_key("all") || self.fields.contains_key("clear")
    }

    /// What it asks for: the button that was pressed says it, or else there is a text to add.
    pub(super) fn wish(&mut self, list: &List, filter: Filter) -> Result<Wish, FormError> {
        let has = |name| self.fields.contains_key(name);
        if has("undo") || has("redo") {
            return self.revert(has("redo"));
        }
        let command = if has("do") {
            return self.row(list, filter);
        } else if has("all") {
            let completed = self.field("all") == Some("true");
            let ids = self.seen(list, |_, _, _| true)?;
            Command::CompleteAll { ids, completed }
        } else if has("clear") {
            let ids = self.seen(list, |item, stamps, seen| {
                item.completed_at.is_some() && stamps.completed <= seen
            })?;
            Command::ClearCompleted { ids }
        } else {
            return self.add();
        };
        Ok(Wish::Run(vec![command]))
    }

    /// What it costs to find out what it asks for, in units of its client's budget: some buttons look at the whole
    /// list.
    pub(super) fn cost(&self, list: &List) -> u32 {
        let has = |name| self.fields.contains_key(name);
        let looks_at_all =
            has("all") || has("clear") || matches!(self.field("do"), Some("up" | "down"));
        if looks_at_all {
            cost::of_items(list.len())
        } else {
            0
        }
    }

    fn add(&self) -> Result<Wish, FormError> {
        let text = self.field("title").ok_or(FormError::Malformed)?;
        match Title::parse(text) {
            Ok(title) => {
                let Item { id, title, .. } = new_item(title);
                let at = At::End;
                Ok(Wish::Run(vec![Command::Add { id, title, at }]))
            }
            Err(TitleError::Blank) => Ok(Wish::Nothing),
            Err(error) => Err(FormError::Text(error)),
        }
    }

    fn revert(&mut self, redo: bool) -> Result<Wish, FormError> {
        let View { done, undone, .. } = &mut self.view;
        let step = if redo { undone } else { done }.0.pop();
        let seq = step.ok_or(FormError::NothingToRevert)?;
        let client = ClientId::SERVER;
        let of = CommandId { client, seq };
        Ok(Wish::Revert { of, redo })
    }

    /// One of the buttons of a row or of its editor.
    fn row(&mut self, list: &List, filter: Filter) -> Result<Wish, FormError> {
        let id = self.item()?;
        let step = |by: fn(&[ItemId], usize) -> Option<At>| {
            let shown: Vec<ItemId> = list
                .items()
                .filter(|item| filter.shows(item))
                .map(|item| item.id)
                .collect();
            let index = shown.iter().position(|shown| *shown == id);
            index.and_then(|index| by(&shown, index))
        };
        let edits = self.field("do") == Some("edit");
        self.view.item = edits.then_some(id);
        let at = match self.field("do") {
            Some("save") => return self.saved(id).map(Wish::Run),
            Some("cancel" | "edit") => return Ok(Wish::Nothing),
            Some(what @ ("complete" | "open")) => {
                let completed = what == "complete";
                return Ok(Wish::Run(vec![Command::Complete { id, completed }]));
            }
            Some("remove") => return Ok(Wish::Run(vec![Command::Remove { id }])),
            Some("top") => Some(At::Start),
            Some("bottom") => Some(At::End),
            Some("up") => step(|shown, index| index.checked_sub(1).map(|up| At::Before(shown[up]))),
            Some("down") => step(|shown, index| shown.get(index + 1).map(|id| At::After(*id))),
            _ => return Err(FormError::Malformed),
        };
        // Whoever moves an item from its editor keeps what was typed there.
        let mut commands = match self.field("title") {
            Some(_) => self.saved(id)?,
            None => Vec::new(),
        };
        if !matches!(commands[..], [Command::Remove { .. }]) {
            commands.extend(at.map(|at| Command::Move { id, at }));
        }
        Ok(Wish::Run(commands))
    }

    /// What makes an item say what stands in its editor; nothing there removes it.
    fn saved(&self, id: ItemId) -> Result<Vec<Command>, FormError> {
        let text = self.field("title").ok_or(FormError::Malformed)?;
        match Title::parse(text) {
            // Whoever has changed nothing does not take back what others have changed since.
            Ok(title) if self.field("was") == Some(title.as_str()) => Ok(Vec::new()),
            Ok(title) => Ok(vec![Command::Rename { id, title }]),
            Err(TitleError::Blank) => Ok(vec![Command::Remove { id }]),
            Err(error) => Err(FormError::Edit(id, error)),
        }
    }

    /// The revision of the list that the page showed.
    pub(super) fn revision(&self) -> Result<u64, FormError> {
        let seen = self
            .field("revision")
            .and_then(|number| number.parse().ok());
        seen.ok_or(FormError::Malformed)
    }

    /// The items that the person saw on the page that the form comes from, as far as they are still as
    /// they were then.
    fn seen(
        &self,
        list: &List,
        is_meant: impl Fn(&Item, Stamps, u64) -> bool,
    ) -> Result<Vec<ItemId>, FormError> {
        let seen = self.revision()?;
        let was_seen = |item: &&Item| {
            let stamps = list.stamps(item.id);
            stamps.is_some_and(|stamps| stamps.removed <= seen && is_meant(item, stamps, seen))
        };
        Ok(list.items().filter(was_seen).map(|item| item.id).collect())
    }
}
