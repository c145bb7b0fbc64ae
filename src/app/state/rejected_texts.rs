//! What was typed and the server has refused. Nothing of it may be lost: it goes back into the field, or is
//! kept beside it until the person has dealt with it.

use super::PageState;
use crate::domain::{At, Command, Item, ItemId, Rejection, Title};
use crate::sync::{DeliveryState, StoredCommand};

/// A text that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RejectedText {
    /// The item with the text.
    pub(crate) item: Item,
    /// Why it was refused.
    pub(crate) rejection: Rejection,
    /// Whether it was for an item that somebody has removed.
    pub(crate) restores_item: bool,
    /// Whether it was for a new item.
    pub(crate) is_new_item: bool,
}

impl RejectedText {
    /// The text of a command that was refused, if it has one.
    pub(crate) fn new(command: &Command, rejection: Rejection) -> Option<Self> {
        let (id, title) = command.text()?;
        let is_new_item = matches!(command, Command::Add { .. });
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

    /// What to give to the list to try once more.
    fn commands(self) -> Vec<Command> {
        let Item { id, title, .. } = self.item;
        let at = At::End;
        if self.restores_item {
            let restore = Command::Restore { ids: vec![id] };
            return vec![restore, Command::Rename { id, title }];
        }
        vec![Command::Add { id, title, at }]
    }
}

/// What is wrong with the text in the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NewItemError {
    /// Why it cannot become an item.
    reason: Option<String>,
    /// The item whose text was put back into the field.
    returned: Option<Item>,
}

impl NewItemError {
    /// Starts with the reason that the server has rendered, if it has refused a form.
    pub(crate) fn new(reason: Option<String>) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }

    /// A text in the field that cannot become an item.
    pub(crate) fn set_reason(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    /// An item was refused, and its text is in the field again.
    pub(crate) fn return_to_field(&mut self, refused: RejectedText) {
        self.reason = Some(refused.rejection.to_string());
        self.returned = Some(refused.item);
    }
}

impl PageState {
    /// The texts that wait beside the field.
    pub(crate) fn rejected_texts(&self) -> impl Iterator<Item = RejectedText> {
        let returned = self.new_item_error.returned.as_ref().map(|item| item.id);
        let refused = self.replica.outbox.rejected().iter();
        refused
            .filter_map(RejectedText::of)
            .filter(move |refused| returned != Some(refused.item.id))
    }

    /// What could not be done, in a few words, and why not. Empty when there is nothing to complain about.
    pub(crate) fn error_message(&self) -> (&'static str, String) {
        const ADD: &str = "Error: Could not add item.";
        const CHANGE: &str = "Error: Could not save the change.";
        let last = self.rejected_texts().last();
        match (&self.new_item_error.reason, last) {
            (Some(reason), _) => (ADD, reason.clone()),
            (None, Some(refused)) => {
                let headline = if refused.is_new_item { ADD } else { CHANGE };
                (headline, refused.rejection.to_string())
            }
            (None, None) => ("", String::new()),
        }
    }

    /// The field is being submitted with `title`. Answers the id to use again if this is the very text that
    /// was refused.
    pub(crate) fn take_returned_id(&mut self, title: &Title) -> Option<ItemId> {
        self.new_item_error.reason = None;
        let returned = self.new_item_error.returned.take()?;
        self.replica.outbox.discard_rejected(returned.id);
        (returned.title == *title).then_some(returned.id)
    }

    /// Lets go of a text that was kept. Answers what to give to the list to try once more.
    pub(crate) fn take_rejected_text(&mut self, id: ItemId) -> Vec<Command> {
        let refused = self.rejected_texts().find(|refused| refused.item.id == id);
        self.replica.outbox.discard_rejected(id);
        refused.map_or_else(Vec::new, RejectedText::commands)
    }
}
