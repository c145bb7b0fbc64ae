//! Reading a database in a folder that cannot be written: on a read-only disk, or of another user.
//!
//! SQLite needs a shared-memory file beside a database with a write-ahead log, while other processes may use it.
//! Where SQLite cannot create that file, this module makes sure that no other process uses the database.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::JournalError;
use super::data_folder;
use super::data_folder::{LOCK, WAL};
use super::reader::connect_with;
use crate::server::process::create_private_file;

/// Keeps the lock or the temporary copy that a connection depends on.
#[derive(Default)]
pub(super) struct ReadOnlyGuard {
    /// Keeps servers from opening the database, which is read in place.
    pub(super) _lock: Option<File>,
    /// The folder with a copy of the database and its write-ahead log.
    pub(super) _copy: Option<TempDir>,
}

/// Opens the database in a data folder that cannot be written.
pub(super) fn open(folder: &Path) -> Result<(Connection, ReadOnlyGuard), JournalError> {
    let lock = lock(folder)?;
    let has_wal = fs::metadata(folder.join(WAL)).is_ok_and(|file| file.len() > 0);
    match lock {
        Some(lock) if !has_wal => {
            // Without a write-ahead log everything is in this one file, which no server changes while the lock is held.
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = connect_with(immutable_uri(&data_folder::database(folder))?, flags)?;
            Ok((
                connection,
                ReadOnlyGuard {
                    _lock: Some(lock),
                    ..ReadOnlyGuard::default()
                },
            ))
        }
        _ => open_copy(folder),
    }
}

/// Takes a shared lock, which keeps servers from opening the folder; `None` if there is no lock file.
fn lock(folder: &Path) -> Result<Option<File>, JournalError> {
    let lock = match File::open(folder.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let lock = folder.join(LOCK);
            return Err(JournalError::Io(format!("{}: {error}", lock.display())));
        }
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked(folder.into())),
        Err(TryLockError::Error(error)) => Err(io_error(error)),
    }
}

/// Opens a copy of the database and its write-ahead log in a temporary folder, which only this user can read. Fails if
/// a file changes while it is copied.
fn open_copy(folder: &Path) -> Result<(Connection, ReadOnlyGuard), JournalError> {
    let copy = temporary_folder().map_err(io_error)?;
    let files = [data_folder::DATABASE, WAL];
    let before = files.map(|name| FileState::of(&folder.join(name)));
    for name in files {
        copy_file(&folder.join(name), &copy.path().join(name)).map_err(io_error)?;
    }
    if files.map(|name| FileState::of(&folder.join(name))) != before {
        return Err(JournalError::Locked(folder.into()));
    }
    let database = data_folder::database(copy.path());
    let connection = connect_with(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    Ok((
        connection,
        ReadOnlyGuard {
            _copy: Some(copy),
            ..ReadOnlyGuard::default()
        },
    ))
}

fn temporary_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("todo-list-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = match File::open(from) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        from => from?,
    };
    io::copy(&mut from, &mut create_private_file(to)?)?;
    Ok(())
}

/// The length and modification time of a file, which change with its contents; `None` if it is missing.
#[derive(PartialEq, Eq)]
struct FileState(Option<(u64, Option<SystemTime>)>);

impl FileState {
    fn of(file: &Path) -> Self {
        let of = |file: Metadata| (file.len(), file.modified().ok());
        Self(fs::metadata(file).ok().map(of))
    }
}

/// The URI of a database that does not change while it is open (<https://www.sqlite.org/uri.html>).
fn immutable_uri(file: &Path) -> Result<String, JournalError> {
    let name = file
        .to_str()
        .ok_or_else(|| JournalError::Io("the folder name is not valid UTF-8".into()))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02x}"),
    };
    let path: String = name.bytes().map(encode).collect();
    Ok(format!("file:{path}?immutable=1"))
}

fn io_error(error: io::Error) -> JournalError {
    JournalError::Io(error.to_string())
}
