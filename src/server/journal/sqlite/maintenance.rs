//! Maintenance of the database: snapshots, so that a start replays few commands, and checkpoints, so that the
//! write-ahead log (WAL) stays short.
//!
//! Commands that arrive meanwhile have to wait. Maintenance therefore runs when the writer is idle, and without an
//! idle moment only when it is overdue.

use rusqlite::params;

use super::rows::{ROW_VERSION, checksum, json};
use super::{JournalError, LIST_ID, Maintenance, SqliteJournal};
use crate::domain::{List, Snapshot};

/// The least number of commands between two snapshots.
pub(super) const MIN_COMMANDS_BETWEEN_SNAPSHOTS: usize = 1_000;

/// How many more commands may follow until a snapshot that is due is overdue. A start replays them in a tenth of a
/// second.
pub(super) const MAX_COMMANDS_PAST_DUE: usize = 20_000;

/// A longer command counts as several, because a start has as much to read.
const BYTES_PER_COMMAND: usize = 1_024;

/// From this many pages of the WAL on a checkpoint is due: about two megabytes.
const WAL_PAGES_DUE: usize = 500;

/// From this many pages on a checkpoint is overdue. The WAL has room for them from the start: a longer one makes
/// every commit slower, and the checkpoint too.
const WAL_PAGES_OVERDUE: usize = 1_000;

impl SqliteJournal {
    /// Whether any maintenance is [due](Maintenance::Due).
    pub(super) fn is_maintenance_due(&self, list: &List) -> bool {
        self.wal_pages >= WAL_PAGES_DUE || self.is_snapshot_due(list)
    }

    /// Saves a snapshot of the list and runs a checkpoint, each if it is needed.
    pub(super) fn run_maintenance(
        &mut self,
        list: &List,
        maintenance: Maintenance,
    ) -> Result<(), JournalError> {
        match maintenance {
            Maintenance::Due => {
                self.save_snapshot_if_due(list)?;
                self.checkpoint_if_longer(WAL_PAGES_DUE)
            }
            Maintenance::Overdue => {
                let overdue = commands_between_snapshots(list) + MAX_COMMANDS_PAST_DUE;
                if self.unsnapshotted_commands >= overdue {
                    self.save_snapshot(list)?;
                }
                self.checkpoint_if_longer(WAL_PAGES_OVERDUE)
            }
        }
    }

    /// Saves a snapshot of the list if enough commands have followed the latest one.
    ///
    /// # Errors
    ///
    /// As [`Journal::maintain`](crate::server::journal::Journal::maintain).
    pub fn save_snapshot_if_due(&mut self, list: &List) -> Result<(), JournalError> {
        match self.is_snapshot_due(list) {
            true => self.save_snapshot(list),
            false => Ok(()),
        }
    }

    fn is_snapshot_due(&self, list: &List) -> bool {
        self.unsnapshotted_commands >= commands_between_snapshots(list)
    }

    fn save_snapshot(&mut self, list: &List) -> Result<(), JournalError> {
        let body = json(&Snapshot::from(list))?;
        self.connection.execute(
            "INSERT OR REPLACE INTO snapshot (list, number, version, body, checksum) \
             VALUES (?1, (SELECT max(number) FROM entry WHERE list = ?1), ?2, ?3, ?4)",
            params![
                LIST_ID,
                ROW_VERSION,
                body,
                checksum(ROW_VERSION, &[body.as_bytes()])
            ],
        )?;
        self.wal_pages += body.len() / 2_048;
        self.unsnapshotted_commands = 0;
        Ok(())
    }

    /// Copies the WAL into the database if it has at least this many pages. SQLite then writes it again from its start.
    fn checkpoint_if_longer(&mut self, pages: usize) -> Result<(), JournalError> {
        if self.wal_pages >= pages {
            self.wal_pages = 0;
            // The row says whether a reader has kept SQLite from finishing. SQLite then finishes later.
            let mut checkpoint = self.connection.prepare_cached("PRAGMA wal_checkpoint")?;
            checkpoint.query_row([], |_| Ok(()))?;
        }
        Ok(())
    }
}

/// As how many commands of usual length these commands count, which have this many bytes together.
pub(super) fn command_weight(commands: usize, bytes: usize) -> usize {
    commands.max(bytes / BYTES_PER_COMMAND)
}

/// The cost of a snapshot grows with the list. It is spread over half as many commands as the list has items and
/// senders.
fn commands_between_snapshots(list: &List) -> usize {
    ((list.len() + list.senders()) / 2).max(MIN_COMMANDS_BETWEEN_SNAPSHOTS)
}
