//! The journal: stores every decided command before it is acknowledged.
//!
//! It stores and returns records; it knows no rule of the list. While the server runs, only the writer thread uses it.

mod error;
mod sqlite;

use std::sync::Arc;

pub use self::error::JournalError;
pub use self::sqlite::{Journal, JournalReader, Maintenance, acknowledged_revision, restore};
use crate::domain::{Change, Command, CommandId, List, Rejection, Timestamp};

/// A decided command and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The sender of the command and the number that the sender gave it.
    pub id: CommandId,
    /// When the command was decided.
    pub at: Timestamp,
    /// The command.
    pub command: Command,
    /// The change that the command made, or why it was rejected.
    pub answer: Result<Arc<Change>, Rejection>,
}

impl Record {
    /// Applies the record to the list that it was decided on.
    pub(crate) fn apply_to(&self, list: &mut List) {
        match &self.answer {
            Ok(change) => list.apply(change.clone()),
            Err(_) => list.reject(self.id),
        }
    }
}
