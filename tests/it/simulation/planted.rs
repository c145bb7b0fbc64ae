//! Planted mistakes of a page, which the simulation must find.

use todo_list::domain::{Command, CommandId};
use todo_list::sync::{DeliveryState, Outbox, StoredCommand};

use super::page::client;
use super::world::FIRST_NEW_NAME;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    Nothing,
    /// An unanswered command is sent again under another id.
    NewNameAfterSilence,
    /// A command is sent before it is stored.
    SendBeforeStored,
    /// A renamed command is sent before it is stored.
    SendBeforeNewNameIsStored,
    /// A gap in the numbers is treated as any other failure.
    IgnoreGap,
    /// A sender is renamed before the page has read the news.
    RenameAtOnce,
    /// The storage removes done entries at once.
    ForgetWhatIsDone,
    /// The storage removes refused entries.
    ForgetWhatIsRefused,
}

impl Planted {
    /// Whether waiting commands are sent before they are stored.
    pub(super) fn calls_first(self, outbox: &Outbox) -> bool {
        // An id that the world made for a renamed sender.
        let is_new_name = |first: &StoredCommand| first.id.client >= client(FIRST_NEW_NAME);
        match self {
            Self::SendBeforeStored => true,
            Self::SendBeforeNewNameIsStored => outbox.pending().first().is_some_and(is_new_name),
            _ => false,
        }
    }

    /// Returns the commands to send next.
    pub(super) fn next_batch(self, outbox: &Outbox) -> Option<(CommandId, Vec<Command>)> {
        if !self.calls_first(outbox) {
            return outbox.next_batch();
        }
        let first = outbox.pending().first()?;
        Some((first.id, vec![first.command.clone()]))
    }

    /// Whether the storage removes an entry at this stage.
    pub(super) fn forgets(self, state: DeliveryState) -> bool {
        match state {
            DeliveryState::Accepted(_) => self == Self::ForgetWhatIsDone,
            DeliveryState::Rejected(_) => self == Self::ForgetWhatIsRefused,
            _ => false,
        }
    }
}
