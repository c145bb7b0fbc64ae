//! The journal in an embedded SQLite database.

mod data_folder;
mod error;
mod load;
mod maintenance;
mod read_only;
mod reader;
mod restore;
mod rows;
mod schema;
#[cfg(test)]
mod tests;
mod upgrade_copy;

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension, params};

use self::data_folder::DataFolder;
use self::load::LoadFrom;
pub use self::maintenance::Maintenance;
use self::maintenance::command_weight;
pub use self::reader::{JournalReader, acknowledged_revision};
pub use self::restore::restore;
use self::rows::{integer, read_record};
use super::{JournalError, Record};
use crate::domain::{CommandId, List};

/// The id of the only list, in every row. The tables have room for more lists.
const LIST_ID: [u8; 16] = [0; 16];

/// An open journal.
pub struct Journal {
    connection: Connection,
    folder: Option<DataFolder>,
    epoch: u64,
    /// Commands after the latest snapshot, by their [weight](command_weight).
    unsnapshotted_commands: usize,
    /// An upper estimate of the pages in the write-ahead log that no checkpoint has copied yet.
    wal_pages: usize,
}

impl Journal {
    /// Opens the journal in a data folder, which is created if it is missing, and reads the list. No other process can
    /// open it while this value lives. Data of an older version is upgraded, and a copy of it stays in the folder.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the data is unchanged then.
    pub fn open(folder: &Path) -> Result<(Self, List), JournalError> {
        Self::open_with(folder, schema::MIGRATIONS)
    }

    /// Opens the journal as a program with these migrations does.
    fn open_with(folder: &Path, migrations: &[&str]) -> Result<(Self, List), JournalError> {
        let mut folder = DataFolder::open(folder)?;
        let acknowledged = folder.acknowledged()?;
        let has_wal = folder.has_wal();
        if folder.is_database_empty() && (acknowledged > Some(0) || has_wal) {
            // SQLite would take the file for a new database, and delete the log that belongs to it.
            return Err(JournalError::Lost {
                acknowledged: acknowledged.unwrap_or(0),
                found: 0,
            });
        }
        folder.create_database()?;
        let connection = Connection::open(folder.database())?;
        // Damaged files must stay unchanged: no checkpoint on close before the list has been read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, has_wal)?;
        let (mut journal, list) = Self::start(
            connection,
            acknowledged.unwrap_or(0),
            Some(&folder.database()),
            migrations,
        )?;
        if acknowledged.is_none() && !list.is_untouched() {
            // An administrator has put this data here, or continues after its end was lost.
            begin_history(&journal.connection)?;
            journal.epoch = read_epoch(&journal.connection)?;
        }
        folder.acknowledge(list.revision())?;
        folder.preallocate_wal();
        journal.folder = Some(folder);
        journal
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok((journal, list))
    }

    /// A journal in memory only.
    ///
    /// # Errors
    ///
    /// None in practice.
    pub fn in_memory() -> Result<(Self, List), JournalError> {
        Self::start(Connection::open_in_memory()?, 0, None, schema::MIGRATIONS)
    }

    /// Prepares the database and reads the list. Tables of an older version are migrated in the same transaction, so
    /// that they stay unchanged if the list cannot be read.
    fn start(
        connection: Connection,
        acknowledged: u64,
        database: Option<&Path>,
        migrations: &[&str],
    ) -> Result<(Self, List), JournalError> {
        let lost = |found| JournalError::Lost {
            acknowledged,
            found,
        };
        if schema::version(&connection)? == 0 && acknowledged > 0 {
            return Err(lost(0));
        }
        // Before any write: a file of a newer version, or of another program, stays unchanged.
        let version = schema::check_version(&connection, migrations)?;
        let latest = schema::latest(migrations);
        if let Some(database) = database.filter(|_| 0 < version && version < latest) {
            let copy = upgrade_copy::keep(&connection, database, latest).map_err(|cause| {
                let cause = Box::new(cause);
                JournalError::NotCopied { version, cause }
            })?;
            tracing::info!(
                "upgrading the data from version {version} to version {latest}: {} is a copy of the old version",
                copy.display()
            );
        }
        schema::set_up(&connection, database.is_some())?;
        if version < latest {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            schema::migrate(&connection, migrations, version)?;
        }
        let mut journal = Self {
            connection,
            folder: None,
            epoch: 0,
            unsnapshotted_commands: 0,
            wal_pages: 0,
        };
        let list = journal.load(LoadFrom::Snapshot)?;
        if list.revision() < acknowledged {
            return Err(lost(list.revision()));
        }
        if version < latest {
            journal.connection.execute_batch("COMMIT")?;
        }
        Ok((journal, list))
    }

    /// The epoch of the list's history (see [`Cursor`](crate::domain::Cursor)).
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Stores all records durably in one transaction, in their order. Calls `progress` once for each. Returns the
    /// duration of the commit, which is mostly the sync to the disk.
    ///
    /// # Errors
    ///
    /// [`JournalError::Full`]: no record is stored, and the journal can be used further. After any other error it is
    /// unknown what is stored, and the program must end.
    pub fn append(
        &mut self,
        records: &[Record],
        mut progress: impl FnMut(),
    ) -> Result<Duration, JournalError> {
        let transaction = self.connection.transaction()?;
        let bytes = rows::insert(&transaction, records, &mut progress)?;
        let begin = Instant::now();
        transaction.commit()?;
        let duration = begin.elapsed();
        self.unsnapshotted_commands += command_weight(records.len(), bytes);
        // A commit writes the last page of the table, that of its index, the first page of the file, and new pages.
        self.wal_pages += 3 + bytes / 2_048;
        Ok(duration)
    }

    /// Notes the revision that is stored and about to be acknowledged.
    ///
    /// # Errors
    ///
    /// The system's error. Stored records stay stored.
    pub fn acknowledge(&mut self, revision: u64) -> Result<(), JournalError> {
        match &mut self.folder {
            Some(folder) => folder.acknowledge(revision),
            None => Ok(()),
        }
    }

    /// The record of a command that was decided before.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the record cannot be read, is damaged, or is missing.
    pub fn find(&self, id: CommandId) -> Result<Record, JournalError> {
        let mut select = self.connection.prepare_cached(
            "SELECT client, seq, at, command, answer, checksum FROM entry \
             WHERE list = ?1 AND client = ?2 AND seq = ?3",
        )?;
        let key = params![LIST_ID, id.client.as_bytes(), integer(id.seq)];
        let record = select
            .query_row(key, |row| Ok(read_record(row)))
            .optional()?;
        record.unwrap_or_else(|| Err(JournalError::Damaged(format!("command {id:?} is missing"))))
    }
}

/// Reads the epoch. It needs no checksum: if it differs, clients only reload the list.
fn read_epoch(connection: &Connection) -> Result<u64, JournalError> {
    let select = "SELECT epoch FROM history WHERE list = ?1";
    let epoch: Option<i64> = connection
        .query_row(select, [LIST_ID], |row| row.get(0))
        .optional()?;
    let missing = || JournalError::Damaged("the epoch of the history is missing".into());
    epoch.map(i64::cast_unsigned).ok_or_else(missing)
}

/// Gives the history another epoch, because clients may know other changes by the same revisions.
fn begin_history(connection: &Connection) -> Result<(), JournalError> {
    connection.execute(
        "UPDATE history SET epoch = random() WHERE list = ?1",
        [LIST_ID],
    )?;
    Ok(())
}
