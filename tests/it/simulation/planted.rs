//! Mistakes that a page could make, to see that the simulation finds them.

use todo_list::domain::{Command, CommandId};
use todo_list::sync::{DeliveryState, Outbox, StoredCommand};

use super::page::client;
use super::world::FIRST_NEW_NAME;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    Nothing,
    /// What was not answered goes on under another name.
    NewNameAfterSilence,
    /// What is not stored yet is sent.
    SendBeforeStored,
    /// What is renamed and not stored yet is sent.
    SendBeforeNewNameIsStored,
    /// A gap is taken for a failure like others.
    IgnoreGap,
    /// A sender gets another name before the page has asked what has happened.
    RenameAtOnce,
    /// What was done is forgotten by the storage at once.
    ForgetWhatIsDone,
    /// What was refused is forgotten by the storage.
    ForgetWhatIsRefused,
}

impl Planted {
    /// Whether what waits is sent before it is stored.
    pub(super) fn calls_first(self, outbox: &Outbox) -> bool {
        // A name that the world has made for a renamed sender.
        let is_new_name = |first: &StoredCommand| first.id.client >= client(FIRST_NEW_NAME);
        match self {
            Self::SendBeforeStored => true,
            Self::SendBeforeNewNameIsStored => outbox.pending().first().is_some_and(is_new_name),
            _ => false,
        }
    }

    /// What to send next.
    pub(super) fn next_batch(self, outbox: &Outbox) -> Option<(CommandId, Vec<Command>)> {
        if !self.calls_first(outbox) {
            return outbox.next_batch();
        }
        let first = outbox.pending().first()?;
        Some((first.id, vec![first.command.clone()]))
    }

    /// Whether the storage forgets a command in this state.
    pub(super) fn forgets(self, state: DeliveryState) -> bool {
        match state {
            DeliveryState::Accepted(_) => self == Self::ForgetWhatIsDone,
            DeliveryState::Rejected(_) => self == Self::ForgetWhatIsRefused,
            _ => false,
        }
    }
}
