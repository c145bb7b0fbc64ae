//! Planted mistakes, which the simulation must find. They change what reaches the sync engine and what becomes of its
//! effects; the engine itself has none.

use todo_list::sync::{Call, CallFailure, DeliveryState, StorageWrite};

use super::page::client;
use super::world::FIRST_NEW_NAME;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    Nothing,
    /// A missing answer counts as a number that does not fit, so the command is sent again under another id.
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
    /// Whether a page that has read the storage hears that these writes are done before the storage has begun, and they
    /// are lost.
    pub(super) fn loses(self, writes: &[StorageWrite]) -> bool {
        // An id of a sender that was renamed.
        let is_new_name = |write: &StorageWrite| matches!(write, StorageWrite::Put(entry) if entry.id.client >= client(FIRST_NEW_NAME));
        self == Self::SendBeforeNewNameIsStored && writes.iter().any(is_new_name)
    }

    /// What the page hears when its call fails.
    pub(super) fn on_failure(self, failure: CallFailure, call: &Call) -> CallFailure {
        let is_silence = failure == CallFailure::Unavailable && !call.commands.is_empty();
        match self {
            Self::NewNameAfterSilence if is_silence => CallFailure::NumberMismatch,
            _ => failure,
        }
    }

    /// What the page hears when a number does not fit.
    pub(super) fn on_mismatch(self) -> CallFailure {
        match self {
            Self::IgnoreGap => CallFailure::Unavailable,
            _ => CallFailure::NumberMismatch,
        }
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
