//! Texts that the server has rejected. None may be lost: a text goes back into the field, or stays beside it until the
//! person sends it again or discards it.

use super::PageState;
use crate::domain::{At, Command, Item, ItemId, Rejection, Title};
use crate::sync::{DeliveryState, StoredCommand};

/// A rejected text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RejectedText {
    /// The item with the text.
    pub(crate) item: Item,
    /// Why it was rejected.
    pub(crate) rejection: Rejection,
    /// Whether the item was removed, so that sending the text again restores the item.
    pub(crate) restores_item: bool,
    /// Whether the text was for a new item.
    pub(crate) is_new_item: bool,
}

impl RejectedText {
    /// The text of a rejected command, if it has one.
    pub(crate) fn new(command: &Command, rejection: Rejection) -> Option<Self> {
        let (id, title) = command.text()?;
        let is_new_item = matches!(command, Command::Add { .. } | Command::AddAll { .. });
        Some(Self {
            item: Item::new(id, title.clone()),
            rejection,
            restores_item: !is_new_item && matches!(rejection, Rejection::ItemRemoved { .. }),
            is_new_item,
        })
    }

    fn of(entry: &StoredCommand) -> Option<Self> {
        match entry.state {
            DeliveryState::Rejected(rejection) => Self::new(&entry.command, rejection),
            _ => None,
        }
    }

    /// The commands that send the text again.
    fn commands(self) -> Vec<Command> {
        let Item { id, title, .. } = self.item;
        if self.is_new_item {
            return vec![Command::add(id, title, At::End)];
        }
        match self.rejection {
            // The item is gone for good, so the text becomes a new one.
            Rejection::NoSuchItem { .. } => vec![Command::add(id, title, At::End)],
            Rejection::ItemRemoved { .. } => {
                let restore = Command::Restore { ids: vec![id] };
                vec![restore, Command::rename(id, title)]
            }
            Rejection::ListFull
            | Rejection::NothingToRevert
            | Rejection::TooManyRemoved
            | Rejection::ChangedSince => vec![Command::rename(id, title)],
        }
    }
}

/// The error of the field for new items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NewItemError {
    /// Why the text in the field is no item.
    reason: Option<String>,
    /// The item whose rejected text is in the field again.
    returned: Option<Item>,
}

impl NewItemError {
    /// Starts with the reason that the server has rendered, if it has rejected a form.
    pub(crate) fn new(reason: Option<String>) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }

    /// The text in the field is no title for this reason, or can be one again.
    pub(crate) fn set_reason(&mut self, reason: Option<String>) {
        self.reason = reason;
    }

    /// Whether the text is the rejected one that is in the field again.
    pub(super) fn has_returned(&self, text: &str) -> bool {
        let returned = self.returned.as_ref();
        returned.is_some_and(|item| item.title.as_str() == text)
    }

    /// The rejected text is in the field again.
    pub(crate) fn return_to_field(&mut self, rejected: RejectedText) {
        self.reason = Some(rejected.rejection.to_string());
        self.returned = Some(rejected.item);
    }
}

impl PageState {
    /// The rejected texts beside the field.
    pub(crate) fn rejected_texts(&self) -> impl Iterator<Item = RejectedText> {
        let returned = self.new_item_error.returned.as_ref().map(|item| item.id);
        let rejected = self.engine.replica.outbox.rejected().iter();
        rejected
            .filter_map(RejectedText::of)
            .filter(move |rejected| returned != Some(rejected.item.id))
    }

    /// What has failed, in a few words, and why. Both are empty if nothing has failed.
    pub(crate) fn error_message(&self) -> (&'static str, String) {
        const ADD: &str = "Error: Could not add item.";
        const CHANGE: &str = "Error: Could not save the change.";
        let last = self.rejected_texts().last();
        match (&self.new_item_error.reason, last) {
            (Some(reason), _) => (ADD, reason.clone()),
            (None, Some(rejected)) => {
                let headline = if rejected.is_new_item { ADD } else { CHANGE };
                (headline, rejected.rejection.to_string())
            }
            (None, None) => ("", String::new()),
        }
    }

    /// The person submits the field with `title`. Returns the id of the rejected item if the text is the same, so that the
    /// item is added once.
    pub(crate) fn take_returned_id(&mut self, title: &Title) -> Option<ItemId> {
        self.new_item_error.reason = None;
        let returned = self.new_item_error.returned.take()?;
        self.engine.replica.outbox.discard_rejected(returned.id);
        (returned.title == *title).then_some(returned.id)
    }

    /// Discards a rejected text. Returns the commands that send it again.
    pub(crate) fn take_rejected_text(&mut self, id: ItemId) -> Vec<Command> {
        let rejected = self
            .rejected_texts()
            .find(|rejected| rejected.item.id == id);
        self.engine.replica.outbox.discard_rejected(id);
        rejected.map_or_else(Vec::new, RejectedText::commands)
    }
}
