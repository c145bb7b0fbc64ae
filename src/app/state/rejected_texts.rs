//! What was typed and the server has refused. Nothing of it may be lost: it goes back into the field, or is
//! kept beside it until the person has dealt with it.

use super::State;
use crate::domain::{At, Command, Item, ItemId, Rejection, Title};
use crate::sync::{DeliveryState, StoredCommand};

/// A text that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The item with the text.
    pub(crate) item: Item,
    /// Why it was refused.
    pub(crate) rejection: Rejection,
    /// Whether it was for an item that somebody has removed.
    pub(crate) brings_back: bool,
    /// Whether it was for a new item.
    pub(crate) adds: bool,
}

impl Refused {
    /// The text of a command that was refused, if it has one.
    pub(crate) fn new(command: &Command, rejection: Rejection) -> Option<Self> {
        let (id, title) = command.text()?;
        let adds = matches!(command, Command::Add { .. });
        Some(Self {
            item: Item::new(id, title.clone()),
            rejection,
            brings_back: !adds && matches!(rejection, Rejection::ItemRemoved { .. }),
            adds,
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
        if self.brings_back {
            let restore = Command::Restore { ids: vec![id] };
            return vec![restore, Command::Rename { id, title }];
        }
        vec![Command::Add { id, title, at }]
    }
}

/// What is wrong with the text in the field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// Why it cannot become an item.
    reason: Option<String>,
    /// The item whose text was put back into the field.
    returned: Option<Item>,
}

impl Unsent {
    /// Starts with the reason that the server has rendered, if it has refused a form.
    pub(crate) fn new(reason: Option<String>) -> Self {
        Self {
            reason,
            ..Self::default()
        }
    }

    /// A text in the field that cannot become an item.
    pub(crate) fn refuse_text(&mut self, reason: String) {
        self.reason = Some(reason);
    }

    /// An item was refused, and its text is in the field again.
    pub(crate) fn return_to_field(&mut self, refused: Refused) {
        self.reason = Some(refused.rejection.to_string());
        self.returned = Some(refused.item);
    }
}

impl State {
    /// The texts that wait beside the field.
    pub(crate) fn kept(&self) -> impl Iterator<Item = Refused> {
        let returned = self.unsent.returned.as_ref().map(|item| item.id);
        let refused = self.replica.outbox.rejected().iter();
        refused
            .filter_map(Refused::of)
            .filter(move |refused| returned != Some(refused.item.id))
    }

    /// What could not be done, in a few words, and why not. Empty when there is nothing to complain about.
    pub(crate) fn complaint(&self) -> (&'static str, String) {
        const ADD: &str = "Error: Could not add item.";
        const CHANGE: &str = "Error: Could not save the change.";
        let last = self.kept().last();
        match (&self.unsent.reason, last) {
            (Some(reason), _) => (ADD, reason.clone()),
            (None, Some(refused)) => {
                let headline = if refused.adds { ADD } else { CHANGE };
                (headline, refused.rejection.to_string())
            }
            (None, None) => ("", String::new()),
        }
    }

    /// The field is being submitted with `title`. Answers the id to use again if this is the very text that
    /// was refused.
    pub(crate) fn submit(&mut self, title: &Title) -> Option<ItemId> {
        self.unsent.reason = None;
        let returned = self.unsent.returned.take()?;
        self.replica.outbox.discard_rejected(returned.id);
        (returned.title == *title).then_some(returned.id)
    }

    /// Lets go of a text that was kept. Answers what to give to the list to try once more.
    pub(crate) fn let_go(&mut self, id: ItemId) -> Vec<Command> {
        let refused = self.kept().find(|refused| refused.item.id == id);
        self.replica.outbox.discard_rejected(id);
        refused.map_or_else(Vec::new, Refused::commands)
    }
}
