//! One command in the storage of a browser, and how far it has come.

use serde::{Deserialize, Serialize};

use crate::domain::{Command, CommandId, Cursor, Rejection, Timestamp};

/// One command, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCommand {
    /// When it was given by the clock of this machine, and always after those that were given earlier
    /// here: the order among the commands of all pages of a browser.
    pub created_at: Timestamp,
    /// The name of the command.
    pub id: CommandId,
    /// What the person wants.
    pub command: Command,
    /// How far it has come.
    pub state: DeliveryState,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// The storage does not have it yet.
    New,
    /// It is stored, and may be sent. It may have been: sending it again is no harm.
    Stored,
    /// The server has it, and so does its list from here on in this history.
    Accepted(Cursor),
    /// The server has refused it.
    Rejected(Rejection),
}

/// Names an entry in the storage. The order of the bytes is the order of the commands.
pub type StoredCommandKey = [u8; 32];

/// What the storage is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StorageWrite {
    /// Keep the entry, in place of one with the same key.
    Put(StoredCommand),
    /// Forget the entry.
    Delete(StoredCommandKey),
}

impl DeliveryState {
    /// Whether a list has it that is there.
    pub(super) fn is_done_by(self, there: Cursor) -> bool {
        matches!(self, Self::Accepted(since)
            if since.epoch == there.epoch && since.revision <= there.revision)
    }
}

impl StorageWrite {
    /// The name of the entry that it is about.
    pub(super) fn key(&self) -> StoredCommandKey {
        match self {
            Self::Put(entry) => entry.key(),
            Self::Delete(key) => *key,
        }
    }
}

impl StoredCommand {
    /// The name of the entry in the storage.
    #[must_use]
    pub fn key(&self) -> StoredCommandKey {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.created_at.0.to_be_bytes());
        key[8..24].copy_from_slice(self.id.client.as_bytes());
        key[24..].copy_from_slice(&self.id.seq.to_be_bytes());
        key
    }
}
