//! The line that says whether everything is saved.

use super::PageState;
use crate::sync::{ConnectionState, Connectivity};

/// What the line says, as the style sheet distinguishes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SyncStatus {
    /// Nothing is known yet, and nothing is pending.
    #[default]
    Unknown,
    /// Nothing is known yet, and something is pending.
    Connecting,
    /// Something is pending, and about to be saved.
    Sending,
    /// Something has been pending for long.
    Saving,
    /// Everything is saved.
    Saved,
    /// Pending commands are stored on this device.
    StoredOnDevice,
    /// The server cannot be reached, and nothing is pending.
    Offline,
    /// The person has to sign in.
    SignedOut,
    /// The person has to do something.
    Attention,
}

impl SyncStatus {
    /// Its name in the style sheet.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Connecting => "connecting",
            Self::Sending => "sending",
            Self::Saving => "saving",
            Self::Saved => "saved",
            Self::StoredOnDevice => "kept",
            Self::Offline => "offline",
            Self::SignedOut => "signed-out",
            Self::Attention => "attention",
        }
    }

    /// The status of a page with these numbers of pending commands and of rejected texts, and the text of the line.
    pub(crate) fn of(
        connectivity: Connectivity,
        pending: usize,
        rejected: usize,
    ) -> (Self, String) {
        use ConnectionState::{Offline, Online, Outdated, SignedOut, Throttled, Unknown};

        let has_pending = pending > 0;
        let is_slow = has_pending && connectivity.is_saving_slow;
        let to_send = |why: &str| format!("{why}. {pending} to send");
        let (status, text) = match (rejected, connectivity.connection) {
            (_, SignedOut) if has_pending => return (Self::SignedOut, to_send("Signed out")),
            (_, SignedOut) => (Self::SignedOut, "Signed out"),
            (0, Offline | Throttled | Outdated)
                if has_pending && !connectivity.is_storage_available =>
            {
                (Self::Attention, "Not saved yet. Keep this page open")
            }
            (0, Outdated) if has_pending => (Self::Attention, "Reload to save your changes"),
            (0, Offline) if has_pending => return (Self::StoredOnDevice, to_send("Offline")),
            (0, Throttled) if has_pending => {
                return (Self::StoredOnDevice, to_send("Too many new pages here"));
            }
            (0, Offline | Outdated) => (Self::Offline, "Offline. All changes saved"),
            (0, _) if is_slow => (Self::Saving, "Saving"),
            // A change that is saved at once shows no text and no flickering dot.
            (0, Unknown) if has_pending => (Self::Connecting, ""),
            (0, Unknown) => (Self::Unknown, ""),
            (0, Online) if has_pending => (Self::Sending, "All changes saved"),
            (0, Online | Throttled) => (Self::Saved, "All changes saved"),
            (1, _) => (Self::Attention, "1 change needs your attention"),
            (count, _) => {
                let text = format!("{count} changes need your attention");
                return (Self::Attention, text);
            }
        };
        (status, text.to_owned())
    }

    fn is_trouble(self) -> bool {
        matches!(
            self,
            Self::StoredOnDevice | Self::Offline | Self::Attention | Self::SignedOut
        )
    }
}

impl PageState {
    /// The status, and the text of the line.
    pub(crate) fn sync_status(&self) -> (SyncStatus, String) {
        let pending = self.engine.replica.outbox.pending().len();
        let rejected = self.rejected_texts().count();
        SyncStatus::of(self.engine.connectivity(), pending, rejected)
    }

    /// Brings the status up to date after a change. Trouble and its end are announced to screen readers once.
    pub(crate) fn refresh_status(&mut self) {
        let (status, text) = self.sync_status();
        let is_over = status == SyncStatus::Saved && self.announced_status.is_trouble();
        if status != self.announced_status && (status.is_trouble() || is_over) {
            self.announcement = text;
            self.announced_status = status;
        }
    }
}
