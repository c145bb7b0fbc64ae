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
use self::maintenance::command_weight;
pub use self::reader::{JournalReader, acknowledged_revision, has_data};
pub use self::restore::restore;
use self::rows::{integer, read_record};
use super::{Appended, Journal, JournalError, LoadedList, Maintenance, Position, Record};
use crate::domain::{CommandId, List, ListId, Timestamp};

/// The id of the only list, in every row. The tables have room for more lists.
const LIST_ID: [u8; 16] = [0; 16];

/// The journal in a data folder. One process uses it at a time.
pub struct SqliteJournal {
    connection: Connection,
    folder: Option<DataFolder>,
    epoch: u64,
    /// The number of the last row. Rows are numbered without gaps.
    position: Position,
    /// When the command in the last row was decided.
    last_at: Timestamp,
    /// Commands after the latest snapshot, by their [weight](command_weight).
    unsnapshotted_commands: usize,
    /// An upper estimate of the pages in the write-ahead log that no checkpoint has copied yet.
    wal_pages: usize,
}

impl SqliteJournal {
    /// Opens the journal in a data folder, which is created if it is missing, and reads the list. No other process can
    /// open it while this value lives. Data of an older version is upgraded, and a copy of it stays in the folder.
    ///
    /// # Errors
    ///
    /// [`JournalError`]; the data is unchanged then.
    pub fn open(folder: &Path) -> Result<(Self, LoadedList), JournalError> {
        let (journal, list) = Self::open_with(folder, schema::MIGRATIONS)?;
        let loaded = journal.loaded(list);
        Ok((journal, loaded))
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
            &folder.database(),
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

    /// Prepares the database and reads the list. Tables of an older version are migrated in the same transaction, so
    /// that they stay unchanged if the list cannot be read.
    fn start(
        connection: Connection,
        acknowledged: u64,
        database: &Path,
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
        if 0 < version && version < latest {
            let copy = upgrade_copy::keep(&connection, database, latest).map_err(|cause| {
                let cause = Box::new(cause);
                JournalError::NotCopied { version, cause }
            })?;
            tracing::info!(
                "upgrading the data from version {version} to version {latest}: {} is a copy of the old version",
                copy.display()
            );
        }
        schema::set_up(&connection)?;
        if version < latest {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            schema::migrate(&connection, migrations, version)?;
        }
        let mut journal = Self::new(connection);
        let list = journal.read_list(LoadFrom::Snapshot)?;
        (journal.position, journal.last_at) = read_end(&journal.connection)?;
        if list.revision() < acknowledged {
            return Err(lost(list.revision()));
        }
        if version < latest {
            journal.connection.execute_batch("COMMIT")?;
        }
        Ok((journal, list))
    }

    /// Uses a database with current tables, of which nothing has been read.
    fn new(connection: Connection) -> Self {
        Self {
            connection,
            folder: None,
            epoch: 0,
            position: Position::START,
            last_at: Timestamp::default(),
            unsnapshotted_commands: 0,
            wal_pages: 0,
        }
    }

    fn loaded(&self, list: List) -> LoadedList {
        LoadedList {
            id: ListId::HOME,
            epoch: self.epoch,
            position: self.position,
            last_at: self.last_at,
            list,
        }
    }

    /// Stores all records at the end, durably in one transaction. Calls `progress` once for each. Returns the duration
    /// of the commit.
    ///
    /// # Errors
    ///
    /// [`JournalError::Full`]: no record is stored, and the journal can be used further. After any other error it is
    /// unknown what is stored, and the program must end.
    pub fn append_at_end(
        &mut self,
        records: &[Record],
        mut progress: impl FnMut(),
    ) -> Result<Duration, JournalError> {
        let transaction = self.connection.transaction()?;
        let bytes = rows::insert(&transaction, records, &mut progress)?;
        let begin = Instant::now();
        transaction.commit()?;
        let duration = begin.elapsed();
        self.position = self.position.after(records);
        self.last_at = records.last().map_or(self.last_at, |record| record.at);
        self.unsnapshotted_commands += command_weight(records.len(), bytes);
        // A commit writes the last page of the table, that of its index, the first page of the file, and new pages.
        self.wal_pages += 3 + bytes / 2_048;
        Ok(duration)
    }
}

impl Journal for SqliteJournal {
    fn load(&mut self, id: ListId) -> Result<LoadedList, JournalError> {
        check_list(id)?;
        self.unsnapshotted_commands = 0;
        let list = self.read_list(LoadFrom::Snapshot)?;
        Ok(self.loaded(list))
    }

    fn append(
        &mut self,
        id: ListId,
        expected: Position,
        records: &[Record],
    ) -> Result<Appended, JournalError> {
        check_list(id)?;
        // The folder is locked: only this value appends.
        if expected != self.position {
            return Ok(Appended::Conflict);
        }
        match self.append_at_end(records, || {}) {
            Ok(commit) => Ok(Appended::Written { commit }),
            Err(JournalError::Full) => Ok(Appended::Full),
            Err(error) => Err(error),
        }
    }

    fn tail(&mut self, id: ListId, after: Position) -> Result<Vec<Record>, JournalError> {
        check_list(id)?;
        if after >= self.position {
            return Ok(Vec::new());
        }
        let mut select = self.connection.prepare_cached(
            "SELECT client, seq, at, version, command, answer, checksum FROM entry \
             WHERE list = ?1 AND number > ?2 ORDER BY number",
        )?;
        let key = params![LIST_ID, integer(after.0)];
        let records = select.query_map(key, |row| Ok(read_record(row)))?;
        records.map(|record| record?).collect()
    }

    fn find(&mut self, id: ListId, command: CommandId) -> Result<Option<Record>, JournalError> {
        check_list(id)?;
        let mut select = self.connection.prepare_cached(
            "SELECT client, seq, at, version, command, answer, checksum FROM entry \
             WHERE list = ?1 AND client = ?2 AND seq = ?3",
        )?;
        let key = params![LIST_ID, command.client.as_bytes(), integer(command.seq)];
        let record = select.query_row(key, |row| Ok(read_record(row)));
        record.optional()?.transpose()
    }

    fn acknowledge(&mut self, id: ListId, revision: u64) -> Result<(), JournalError> {
        check_list(id)?;
        match &mut self.folder {
            Some(folder) => folder.acknowledge(revision),
            None => Ok(()),
        }
    }

    fn needs_maintenance(&self, list: &List) -> bool {
        self.is_maintenance_due(list)
    }

    fn maintain(
        &mut self,
        id: ListId,
        _: Position,
        list: &List,
        maintenance: Maintenance,
    ) -> Result<(), JournalError> {
        check_list(id)?;
        self.run_maintenance(list, maintenance)
    }
}

/// Checks that this is the one list of a data folder. The tables have room for more.
fn check_list(id: ListId) -> Result<(), JournalError> {
    match id {
        ListId::HOME => Ok(()),
        other => Err(JournalError::Io(format!("there is no list {other:?}"))),
    }
}

/// The number of the last row, and when its command was decided.
fn read_end(connection: &Connection) -> Result<(Position, Timestamp), JournalError> {
    let select = "SELECT number, at FROM entry WHERE list = ?1 ORDER BY number DESC LIMIT 1";
    let end: Option<(i64, i64)> = connection
        .query_row(select, [LIST_ID], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (number, at) = end.unwrap_or_default();
    Ok((
        Position(number.cast_unsigned()),
        Timestamp(at.cast_unsigned()),
    ))
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
