//! When a sender gets another id.
//!
//! A server that was restored from a backup may not know what a sender has sent, or may know its numbers for other
//! commands. A number that does not fit may also mean that another page has sent the commands in the meantime. So a
//! page first asks what has happened and what is stored. Only if it still leads and the number still does not fit,
//! the sender takes another name.

use crate::domain::ClientId;

/// How often senders take another name in a row before the page waits as after any other failure.
const MAX_RENAMINGS: u32 = 3;

/// What a page knows of numbers that do not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SenderRenaming {
    /// The sender whose number did not fit in the latest call.
    suspect: Option<ClientId>,
    /// How many names were taken since the server has last decided a command.
    renamings: u32,
}

/// What to do about a number that does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberMismatch {
    /// Ask what has happened and what is stored, then send again.
    Resync,
    /// Rename the sender, then send again.
    Rename,
    /// Wait as after any other failure: the server rejects every new id, or another page leads and takes the new one.
    GiveUp,
}

impl SenderRenaming {
    /// The server has answered that the number of a command of this sender does not fit.
    pub(super) fn on_mismatch(&mut self, sender: ClientId, is_leading: bool) -> NumberMismatch {
        if self.renamings >= MAX_RENAMINGS {
            return NumberMismatch::GiveUp;
        }
        if self.suspect != Some(sender) {
            self.suspect = Some(sender);
            return NumberMismatch::Resync;
        }
        if !is_leading {
            return NumberMismatch::GiveUp;
        }
        self.suspect = None;
        self.renamings += 1;
        NumberMismatch::Rename
    }

    /// The server has decided a command.
    pub(super) fn on_decided(&mut self) {
        *self = Self::default();
    }

    /// Whether the page may send commands. While a sender is suspected it first has to catch up.
    #[must_use]
    pub(super) fn allows_sending(&self, is_behind: bool) -> bool {
        self.suspect.is_none() || !is_behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(number: u8) -> ClientId {
        ClientId::new([number; 16])
    }

    #[test]
    fn a_sender_is_renamed_only_by_the_leading_page_and_after_a_resync() {
        let mut renaming = SenderRenaming::default();
        assert!(renaming.allows_sending(true));
        assert_eq!(
            renaming.on_mismatch(sender(1), true),
            NumberMismatch::Resync
        );
        assert!(!renaming.allows_sending(true) && renaming.allows_sending(false));
        assert_eq!(
            renaming.on_mismatch(sender(1), false),
            NumberMismatch::GiveUp
        );
        assert_eq!(
            renaming.on_mismatch(sender(2), true),
            NumberMismatch::Resync
        );
        assert_eq!(
            renaming.on_mismatch(sender(2), true),
            NumberMismatch::Rename
        );
        assert!(renaming.allows_sending(true));
    }

    #[test]
    fn after_three_names_the_page_waits_until_a_command_is_decided() {
        let mut renaming = SenderRenaming::default();
        for number in 1..=3 {
            renaming.on_mismatch(sender(number), true);
            let mismatch = renaming.on_mismatch(sender(number), true);
            assert_eq!(mismatch, NumberMismatch::Rename);
        }
        assert_eq!(
            renaming.on_mismatch(sender(4), true),
            NumberMismatch::GiveUp
        );
        renaming.on_decided();
        assert_eq!(
            renaming.on_mismatch(sender(4), true),
            NumberMismatch::Resync
        );
    }
}
