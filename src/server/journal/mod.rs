//! The journal: stores every decided command before it is acknowledged.
//!
//! It stores and returns records; it knows no rule of the list. While the server runs, only the writer thread uses it.
//! Several stores, also of different servers, can share one journal if its kind allows that. Each append names the
//! [`Position`] that it expects at the end, so no store writes over what another one has stored.

mod error;
mod memory;
mod sqlite;

use std::sync::Arc;
use std::time::Duration;

pub use self::error::JournalError;
pub use self::memory::MemoryJournal;
pub use self::sqlite::{JournalReader, SqliteJournal, acknowledged_revision, has_data, restore};
use crate::domain::{Change, Command, CommandId, List, ListId, Rejection, Timestamp};

/// An open journal: the decided commands of each list, in their order. It is closed when it is dropped.
///
/// The calls block. A call returns an error only if the program must end because of it: a journal that connects over a
/// network connects again by itself.
pub trait Journal: Send {
    /// Reads a list. A list that the journal does not have is empty, at [`Position::START`].
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the list cannot be read, or is damaged.
    fn load(&mut self, id: ListId) -> Result<LoadedList, JournalError>;

    /// Stores records durably behind the last record of a list, if that is at the expected position. Stores all of
    /// them, in their order, or none.
    ///
    /// # Errors
    ///
    /// [`JournalError`]: it is unknown what is stored, and the program must end.
    fn append(
        &mut self,
        id: ListId,
        expected: Position,
        records: &[Record],
    ) -> Result<Appended, JournalError>;

    /// All records of a list after a position, in their order. They are empty only if the list ends there.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if a record cannot be read, or is damaged.
    fn tail(&mut self, id: ListId, after: Position) -> Result<Vec<Record>, JournalError>;

    /// The record of a command; `None` if the list has none.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the record cannot be read, or is damaged.
    fn find(&mut self, id: ListId, command: CommandId) -> Result<Option<Record>, JournalError>;

    /// Notes the revision of a list that is stored and about to be acknowledged, so that the journal can tell later
    /// whether its end was lost. A journal that can tell by itself does nothing.
    ///
    /// # Errors
    ///
    /// [`JournalError`]. Stored records stay stored.
    fn acknowledge(&mut self, id: ListId, revision: u64) -> Result<(), JournalError>;

    /// Whether any maintenance is [due](Maintenance::Due). Takes no time.
    fn needs_maintenance(&self, list: &List) -> bool;

    /// Runs the maintenance of a list, as far as it is needed. `list` is what all records up to the position make: a
    /// snapshot of it may be saved.
    ///
    /// # Errors
    ///
    /// [`JournalError::Full`]: nothing is changed, and the journal can be used further. [`JournalError`]: the program
    /// must end.
    fn maintain(
        &mut self,
        id: ListId,
        position: Position,
        list: &List,
        maintenance: Maintenance,
    ) -> Result<(), JournalError>;
}

/// A place in the journal of one list: how many records are before it. Rejected commands have records too, so it is not
/// a revision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);

    /// The position behind these records, if they begin at this one.
    #[must_use]
    pub fn after(self, records: &[Record]) -> Self {
        Self(self.0 + records.len() as u64)
    }
}

/// A list as the journal holds it.
#[derive(Clone, Debug)]
pub struct LoadedList {
    /// The id of the list.
    pub id: ListId,
    /// The epoch of its history (see [`Cursor`](crate::domain::Cursor)). It is the same for all stores of a journal.
    pub epoch: u64,
    /// The end of its records.
    pub position: Position,
    /// When the last record was decided; 0 if there is none.
    pub last_at: Timestamp,
    /// The list that the records make.
    pub list: List,
}

/// What has become of the records of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// They are stored.
    Written {
        /// The duration of the commit, which is mostly the sync to the disk.
        commit: Duration,
    },
    /// None is stored: another store has appended records, and [`Journal::tail`] returns them.
    Conflict,
    /// None is stored: the disk is full. The journal can be used further.
    Full,
    /// The connection was lost during the commit. All are stored, or none, or all will be stored soon, unless other
    /// records come before them. [`Journal::tail`] and [`Journal::find`] tell.
    Unknown,
}

/// Which maintenance to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maintenance {
    /// Everything that is due. A command should not have to wait for it.
    Due,
    /// Only what is overdue.
    Overdue,
}

/// The change that a command made, `None` if it changed nothing, or why it was rejected.
pub type Answer = Result<Option<Arc<Change>>, Rejection>;

/// A decided command and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The sender of the command and the number that the sender gave it.
    pub id: CommandId,
    /// When the command was decided.
    pub at: Timestamp,
    /// The command.
    pub command: Command,
    /// What the command did.
    pub answer: Answer,
}

impl Record {
    /// Applies the record to the list that it was decided on.
    pub(crate) fn apply_to(&self, list: &mut List) {
        match &self.answer {
            Ok(Some(change)) => list.apply(change.clone()),
            Ok(None) | Err(_) => list.consume_number(self.id),
        }
    }
}
