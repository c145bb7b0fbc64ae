//! One command in the storage of a browser, and how far it has come.

use serde::{Deserialize, Serialize};

use crate::domain::{Command, CommandId, Cursor, Rejection, Timestamp};

/// One command, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was given by the clock of this machine, and always after those that were given earlier
    /// here: the order among the commands of all pages of a browser.
    pub given_at: Timestamp,
    /// The name of the command.
    pub id: CommandId,
    /// What the person wants.
    pub command: Command,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The storage does not have it yet.
    Given,
    /// It is stored, and may be sent. It may have been: sending it again is no harm.
    Kept,
    /// The server has it, and so does its list from here on in this history.
    Done(Cursor),
    /// The server has refused it.
    Refused(Rejection),
}

/// Names an entry in the storage. The order of the bytes is the order of the commands.
pub type EntryKey = [u8; 32];

/// What the storage is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Keep the entry, in place of one with the same key.
    Put(Entry),
    /// Forget the entry.
    Delete(EntryKey),
}

impl Stage {
    /// Whether a list has it that is there.
    pub(super) fn is_done_by(self, there: Cursor) -> bool {
        matches!(self, Self::Done(since)
            if since.epoch == there.epoch && since.revision <= there.revision)
    }
}

impl Write {
    /// The name of the entry that it is about.
    pub(super) fn key(&self) -> EntryKey {
        match self {
            Self::Put(entry) => entry.key(),
            Self::Delete(key) => *key,
        }
    }
}

impl Entry {
    /// The name of the entry in the storage.
    #[must_use]
    pub fn key(&self) -> EntryKey {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.given_at.0.to_be_bytes());
        key[8..24].copy_from_slice(self.id.client.as_bytes());
        key[24..].copy_from_slice(&self.id.seq.to_be_bytes());
        key
    }
}
