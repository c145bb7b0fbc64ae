//! Commands in the storage of the browser, and their delivery state.

use serde::{Deserialize, Serialize};

use crate::domain::{Command, CommandId, Cursor, ListId, Rejection, Timestamp};

/// A command and its delivery state, as the storage has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCommand {
    /// The list that the command is for.
    pub list: ListId,
    /// When the command was created, by the clock of the browser, and later than all commands that the page knew then. It
    /// orders the commands of all pages of a browser.
    pub created_at: Timestamp,
    /// The id of the command.
    pub id: CommandId,
    /// The command.
    pub command: Command,
    /// The delivery state.
    pub state: DeliveryState,
}

/// How far a command is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// The storage does not have the command yet.
    New,
    /// The command is stored, and may be sent. It may have been sent before: the server decides it once.
    Stored,
    /// The server has accepted the command. The list has its change from this cursor on.
    Accepted(Cursor),
    /// The server has rejected the command.
    Rejected(Rejection),
}

/// The key of a command in the storage: its list, and then what orders the commands of the list.
pub type StoredCommandKey = [u8; 48];

/// A write to the storage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageWrite {
    /// Put a command, and replace one with the same key.
    Put(StoredCommand),
    /// Delete the command with this key.
    Delete(StoredCommandKey),
}

impl DeliveryState {
    /// Whether the command is accepted in the history of this epoch.
    pub(super) fn is_accepted_in(self, epoch: u64) -> bool {
        matches!(self, Self::Accepted(since) if since.epoch == epoch)
    }

    /// Whether the command is accepted and a list at this cursor has its change.
    pub(super) fn is_accepted_at(self, cursor: Cursor) -> bool {
        matches!(self, Self::Accepted(since)
            if since.epoch == cursor.epoch && since.revision <= cursor.revision)
    }
}

impl StorageWrite {
    /// The key of the command to write.
    #[must_use]
    pub fn key(&self) -> StoredCommandKey {
        match self {
            Self::Put(entry) => entry.key(),
            Self::Delete(key) => *key,
        }
    }
}

impl StoredCommand {
    /// The key of the command in the storage.
    #[must_use]
    pub fn key(&self) -> StoredCommandKey {
        let mut key = [0; 48];
        key[..16].copy_from_slice(self.list.as_bytes());
        key[16..24].copy_from_slice(&self.created_at.0.to_be_bytes());
        key[24..40].copy_from_slice(self.id.client.as_bytes());
        key[40..].copy_from_slice(&self.id.seq.to_be_bytes());
        key
    }
}
