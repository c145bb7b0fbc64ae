//! Reading the journal beside a running server, and exchanging it as a whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::folder::Folder;
use super::read_only;
use super::read_only::Support;
use super::{Journal, JournalError, begin_history, copy, schema};
use crate::domain::List;
use crate::server::process::{create_private_folder, open_private_file};

/// How long to wait for another program that writes, before the next attempt.
const PAUSE: Duration = Duration::from_millis(10);

/// A connection that only reads. It needs no lock: SQLite shows it one moment, whoever writes.
pub struct Reader {
    journal: Journal,
    /// What it needs where nothing can be written; the connection is closed before it goes.
    _support: Support,
}

impl Reader {
    /// Opens the journal in a data folder, also in one that cannot be written; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`JournalError`], as when it is opened to be served; [`JournalError::Locked`] if the folder cannot be written
    /// and another process may do so.
    pub fn open(folder: &Path) -> Result<Option<Self>, JournalError> {
        let database = super::folder::database(folder);
        // Looked at, not opened: closing a file would drop SQLite's locks on it.
        if !fs::metadata(&database).is_ok_and(|file| file.len() > 0) {
            return Ok(None);
        }
        let opened = match connect(&database) {
            Err(error) if needs_to_write(&error) => {
                let (connection, support) = read_only::open(folder)?;
                Self::with(connection, support, schema::MIGRATIONS)
            }
            connection => Self::with(connection?, Support::default(), schema::MIGRATIONS),
        };
        opened.map(Some)
    }

    /// Opens a database file, such as a backup. One of an older version is read through a copy in memory,
    /// which is of this version; the file stays as it is.
    ///
    /// # Errors
    ///
    /// [`JournalError`], as when it is opened to be served.
    pub fn open_file(file: &Path) -> Result<Self, JournalError> {
        Self::open_file_with(file, schema::MIGRATIONS)
    }

    /// Opens it as the program does that knows these migrations.
    pub(super) fn open_file_with(file: &Path, migrations: &[&str]) -> Result<Self, JournalError> {
        Self::with(connect(file)?, Support::default(), migrations)
    }

    pub(super) fn with(
        mut connection: Connection,
        support: Support,
        migrations: &[&str],
    ) -> Result<Self, JournalError> {
        let version = schema::check_version(&connection, migrations)?;
        if 0 < version && version < schema::latest(migrations) {
            let mut memory = Connection::open_in_memory()?;
            // All at once, and again for as long as another program writes.
            Backup::new(&connection, &mut memory)?.run_to_completion(i32::MAX, PAUSE, None)?;
            schema::migrate(&memory, migrations, version)?;
            connection = memory;
        }
        let journal = Journal {
            connection,
            folder: None,
            epoch: 0,
            since_snapshot: 0,
            log_pages: 0,
        };
        Ok(Self {
            journal,
            _support: support,
        })
    }

    /// The list as it stands.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] for what is not as it was written.
    pub fn list(mut self) -> Result<List, JournalError> {
        self.journal.load(true)
    }

    /// Verifies the structure of the database, every checksum, and that the snapshot and what came
    /// after it is what all commands from the first one make; answers the list.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] says what is wrong.
    pub fn check(mut self) -> Result<List, JournalError> {
        copy::check_structure(&self.journal.connection)?;
        // One moment for both, whoever writes.
        self.journal.connection.execute_batch("BEGIN")?;
        let list = self.journal.load(true)?;
        if self.journal.load(false)? != list {
            return Err(JournalError::Damaged(
                "the snapshot is not what the commands make".into(),
            ));
        }
        Ok(list)
    }

    /// Writes a copy of one moment into a new file, which only this user can read.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the file cannot be written.
    pub fn copy_to(&self, file: &Path) -> Result<(), JournalError> {
        // SQLite takes an empty file as it is: with its permissions.
        open_private_file(file).map_err(|error| JournalError::Io(error.to_string()))?;
        let connection = &self.journal.connection;
        connection.pragma_update(None, "query_only", false)?;
        copy::write(connection, file)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(())
    }
}

/// A connection to a database file, which has been looked at.
fn connect(file: &Path) -> rusqlite::Result<Connection> {
    // Not read-only for SQLite: the shared memory of a log has to be made when nobody serves.
    connect_with(file, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

pub(super) fn connect_with(
    file: impl AsRef<Path>,
    flags: OpenFlags,
) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // Reading never cleans up: damaged files stay as they are.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "query_only", true)?;
    schema::version(&connection)?;
    Ok(connection)
}

/// Whether SQLite could not make the shared memory of a log.
fn needs_to_write(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// The last revision that the server of a data folder has acknowledged.
///
/// # Errors
///
/// [`JournalError::Damaged`] if it is no revision, and what the system says if the note cannot be read.
pub fn acknowledged(folder: &Path) -> Result<u64, JournalError> {
    match fs::read_to_string(folder.join(super::folder::LOCK)) {
        Ok(text) => Ok(super::folder::parse_revision(&text)?.unwrap_or(0)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(JournalError::Io(format!("the lock file: {error}"))),
    }
}

/// Puts a database in the place of the one in a data folder, and answers where that one is now. It
/// is not touched before the new one is on the disk. What comes next is another history, which gets
/// a name of its own.
///
/// # Errors
///
/// [`JournalError::Locked`] while a server uses the folder, or what the system says.
pub fn replace(folder: &Path, file: &Path, revision: u64) -> Result<Option<PathBuf>, JournalError> {
    replace_with(folder, file, revision, schema::MIGRATIONS)
}

/// Does so as the program does that knows these migrations.
pub(super) fn replace_with(
    folder: &Path,
    file: &Path,
    revision: u64,
    migrations: &[&str],
) -> Result<Option<PathBuf>, JournalError> {
    let path = folder.to_owned();
    let mut folder = Folder::open(folder)?;
    let failed = |cause: io::Error| JournalError::NotWritable {
        folder: path.clone(),
        cause,
    };
    let partial = folder.path().join("todo-list.db.partial");
    if partial.exists() {
        fs::remove_file(&partial).map_err(failed)?;
    }
    // A copy by SQLite: it takes the log along that may lie beside the file.
    Reader::open_file_with(file, migrations)?.copy_to(&partial)?;
    begin_history(&Connection::open(&partial)?)?;
    File::open(&partial)
        .and_then(|copy| copy.sync_all())
        .map_err(failed)?;

    // From here on less may be there than was acknowledged, and the person wants it so.
    let acknowledged = folder.acknowledged()?.unwrap_or(0);
    folder.acknowledge(acknowledged.min(revision))?;
    let kept = keep(&folder).map_err(failed)?;
    fs::rename(&partial, folder.database()).map_err(failed)?;
    File::open(folder.path())
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    folder.acknowledge(revision)?;
    Ok(kept)
}

/// Moves the database and its log into a new folder beside; `None` if there is nothing to move.
fn keep(folder: &Folder) -> io::Result<Option<PathBuf>> {
    let files = ["todo-list.db-wal", "todo-list.db"].map(|name| (name, folder.path().join(name)));
    let mut kept = None;
    if files
        .iter()
        .any(|(_, file)| fs::metadata(file).is_ok_and(|file| file.len() > 0))
    {
        let mut places = (1..).map(|number| folder.path().join(format!("before-restore-{number}")));
        let place = places.find(|place| !place.exists()).unwrap_or_default();
        create_private_folder(&place)?;
        for (name, file) in &files {
            if file.exists() {
                fs::rename(file, place.join(name))?;
            }
        }
        kept = Some(place);
    }
    // The shared memory of the log is made anew from it.
    match fs::remove_file(folder.path().join("todo-list.db-shm")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(kept),
    }
}
