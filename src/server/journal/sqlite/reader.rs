//! Reading the journal while a server may be writing it.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::data_folder::{LOCK, database, parse_revision};
use super::load::LoadFrom;
use super::read_only::ReadOnlyGuard;
use super::{JournalError, SqliteJournal, read_only, schema, upgrade_copy};
use crate::domain::List;
use crate::server::process::open_private_file;

/// The pause before another attempt to read while another process writes.
const RETRY_DELAY: Duration = Duration::from_millis(10);

/// How long SQLite waits for a lock of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that only reads. It needs no lock: each transaction of SQLite sees a single state, even while a server
/// writes.
pub struct JournalReader {
    journal: SqliteJournal,
    /// Dropped after the connection, which depends on it.
    _guard: ReadOnlyGuard,
}

impl JournalReader {
    /// Opens the journal in a data folder, which may be read-only; `None` if there is no journal.
    ///
    /// # Errors
    ///
    /// [`JournalError`], as from [`SqliteJournal::open`]; [`JournalError::Locked`] if the folder is read-only and another
    /// process may write to it.
    pub fn open(folder: &Path) -> Result<Option<Self>, JournalError> {
        let database = database(folder);
        if !has_data(folder)? {
            return Ok(None);
        }
        let opened = match connect(&database) {
            Err(error) if is_caused_by_read_only_folder(&error) => {
                let (connection, guard) = read_only::open(folder)?;
                Self::with(connection, guard, schema::MIGRATIONS)
            }
            connection => Self::with(connection?, ReadOnlyGuard::default(), schema::MIGRATIONS),
        };
        opened.map(Some)
    }

    /// Opens a database file, for example a backup. A file of an older version is read from an upgraded copy in memory
    /// and stays unchanged.
    ///
    /// # Errors
    ///
    /// [`JournalError`], as from [`SqliteJournal::open`].
    pub fn open_file(file: &Path) -> Result<Self, JournalError> {
        Self::open_file_with(file, schema::MIGRATIONS)
    }

    /// Opens a file as a program with these migrations does.
    pub(super) fn open_file_with(file: &Path, migrations: &[&str]) -> Result<Self, JournalError> {
        Self::with(connect(file)?, ReadOnlyGuard::default(), migrations)
    }

    pub(super) fn with(
        mut connection: Connection,
        guard: ReadOnlyGuard,
        migrations: &[&str],
    ) -> Result<Self, JournalError> {
        let version = schema::check_version(&connection, migrations)?;
        if 0 < version && version < schema::latest(migrations) {
            let mut memory = Connection::open_in_memory()?;
            // All pages in one step, which is repeated while another process writes.
            Backup::new(&connection, &mut memory)?.run_to_completion(
                i32::MAX,
                RETRY_DELAY,
                None,
            )?;
            schema::migrate(&memory, migrations, version)?;
            connection = memory;
        }
        Ok(Self {
            journal: SqliteJournal::new(connection),
            _guard: guard,
        })
    }

    /// The current list.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] if a checksum or an order is wrong.
    pub fn list(mut self) -> Result<List, JournalError> {
        self.journal.read_list(LoadFrom::Snapshot)
    }

    /// Checks the structure of the database, every checksum, and that replaying all commands from the first one gives
    /// the same list as the snapshot and the commands after it. Returns the list.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] says what is wrong.
    pub fn check(mut self) -> Result<List, JournalError> {
        upgrade_copy::check_structure(&self.journal.connection)?;
        // One transaction, so that both see the same state while a server writes.
        self.journal.connection.execute_batch("BEGIN")?;
        let list = self.journal.read_list(LoadFrom::Snapshot)?;
        if self.journal.read_list(LoadFrom::FirstCommand)? != list {
            return Err(JournalError::Damaged(
                "the snapshot differs from the list that the commands make".into(),
            ));
        }
        Ok(list)
    }

    /// Writes a copy of a single state into a new file, which only this user can read.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the file cannot be written.
    pub fn copy_to(&self, file: &Path) -> Result<(), JournalError> {
        // SQLite writes into an empty file and keeps its permissions.
        open_private_file(file).map_err(|error| JournalError::Io(error.to_string()))?;
        let connection = &self.journal.connection;
        connection.pragma_update(None, "query_only", false)?;
        upgrade_copy::write(connection, file)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(())
    }
}

/// Whether a data folder has a journal.
///
/// # Errors
///
/// [`JournalError::Io`] if the folder cannot be read.
pub fn has_data(folder: &Path) -> Result<bool, JournalError> {
    // Only the metadata: closing the file would drop SQLite's locks on it.
    let database = database(folder);
    match fs::metadata(&database) {
        Ok(file) => Ok(file.len() > 0),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(JournalError::Io(format!("{}: {error}", database.display()))),
    }
}

/// Opens a database file and reads its version, so that an unusable one fails here.
fn connect(file: &Path) -> rusqlite::Result<Connection> {
    // Not read-only for SQLite: without a server, SQLite must create the shared memory of the write-ahead log.
    connect_with(file, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

pub(super) fn connect_with(
    file: impl AsRef<Path>,
    flags: OpenFlags,
) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // A reader runs no checkpoint: damaged files stay unchanged.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    schema::version(&connection)?;
    Ok(connection)
}

/// Whether SQLite could not create the shared memory of the write-ahead log.
fn is_caused_by_read_only_folder(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// The last revision that the server of a data folder has acknowledged; 0 if the folder has no note of one.
///
/// # Errors
///
/// [`JournalError::Damaged`] if the note is not a revision, and [`JournalError::Io`] if it cannot be read.
pub fn acknowledged_revision(folder: &Path) -> Result<u64, JournalError> {
    match fs::read_to_string(folder.join(LOCK)) {
        Ok(text) => Ok(parse_revision(&text)?.unwrap_or(0)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(JournalError::Io(format!("the lock file: {error}"))),
    }
}
