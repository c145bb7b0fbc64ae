//! The line that says whether everything is saved.

use super::{Connection, State};

impl State {
    /// The kind of the state that the page is in, for the style sheet, and the words for it.
    pub(crate) fn standing(&self) -> (&'static str, String) {
        let outbox = &self.replica.outbox;
        let (refused, waiting) = (self.kept().count(), outbox.pending().len());
        let is_unsent = waiting > 0;
        let is_slow = is_unsent && self.is_slow;
        let (kind, words) = match (refused, self.connection) {
            (_, Connection::SignedOut) if is_unsent => {
                ("signed-out", "Signed out - your changes are not sent yet")
            }
            (_, Connection::SignedOut) => ("signed-out", "Signed out"),
            (0, Connection::Outdated) if is_unsent => {
                ("attention", "Reload this page to save your changes")
            }
            (0, Connection::Down | Connection::PutOff) if is_unsent && !self.is_storing => {
                ("attention", "Not saved yet - keep this page open")
            }
            (0, Connection::Down) if is_unsent => (
                "kept",
                "Saved on this device - will send when you are back online",
            ),
            (0, Connection::PutOff) if is_unsent => (
                "kept",
                "Saved on this device - too many new pages here, will send soon",
            ),
            (0, Connection::Down | Connection::Outdated) => {
                ("offline", "Offline - all changes saved")
            }
            (0, _) if is_slow => ("saving", "Saving"),
            // What is saved at once is not worth a word, nor a dot that flickers.
            (0, Connection::Unknown) if is_unsent => ("connecting", ""),
            (0, Connection::Unknown) => ("", ""),
            (0, Connection::Up) if is_unsent => ("sending", "All changes saved"),
            (0, Connection::Up | Connection::PutOff) => ("saved", "All changes saved"),
            (1, _) => ("attention", "1 change needs your attention"),
            (count, _) => {
                let words = format!("{count} changes need your attention");
                return ("attention", words);
            }
        };
        (kind, words.to_owned())
    }
}
