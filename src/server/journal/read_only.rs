//! Reading a database where nothing can be written: a disk that is mounted read-only, a folder of somebody else.
//!
//! SQLite needs shared memory beside a database with a log, as long as others may use it too. Where it cannot make
//! that, it must be sure that nobody does.

use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::JournalError;
use super::folder;
use super::folder::{LOCK, LOG};
use super::reader::connect_with;
use crate::server::process::create_private_file;

/// What a connection needs as long as it is open.
#[derive(Default)]
pub(super) struct Support {
    /// Keeps servers away from the database, which is read where it lies.
    pub(super) _lock: Option<File>,
    /// The folder with a copy of the database and its log.
    pub(super) _copy: Option<TempDir>,
}

/// Opens the database in a folder that cannot be written.
pub(super) fn open(folder: &Path) -> Result<(Connection, Support), JournalError> {
    let lock = lock(folder)?;
    let has_log = fs::metadata(folder.join(LOG)).is_ok_and(|file| file.len() > 0);
    match lock {
        Some(lock) if !has_log => {
            // Without a log all is in this one file, which nobody changes while the lock is held.
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
            let connection = connect_with(immutable(&folder::database(folder))?, flags)?;
            Ok((
                connection,
                Support {
                    _lock: Some(lock),
                    ..Support::default()
                },
            ))
        }
        _ => copy(folder),
    }
}

/// Keeps servers away from the folder; `None` if there is nothing to lock.
fn lock(folder: &Path) -> Result<Option<File>, JournalError> {
    let lock = match File::open(folder.join(LOCK)) {
        Ok(lock) => lock,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked(folder.into())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Copies the database and its log to where files can be written for a while, for this user only. What has changed
/// meanwhile is no copy.
fn copy(folder: &Path) -> Result<(Connection, Support), JournalError> {
    let place = temporary_folder().map_err(failed)?;
    let files = [folder::DATABASE, LOG];
    let before = files.map(|name| Version::of(&folder.join(name)));
    for name in files {
        copy_file(&folder.join(name), &place.path().join(name)).map_err(failed)?;
    }
    if files.map(|name| Version::of(&folder.join(name))) != before {
        return Err(JournalError::Locked(folder.into()));
    }
    let database = folder::database(place.path());
    let connection = connect_with(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    Ok((
        connection,
        Support {
            _copy: Some(place),
            ..Support::default()
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

/// What changes with the content of a file.
#[derive(PartialEq, Eq)]
struct Version(Option<(u64, Option<SystemTime>)>);

impl Version {
    fn of(file: &Path) -> Self {
        let of = |file: Metadata| (file.len(), file.modified().ok());
        Self(fs::metadata(file).ok().map(of))
    }
}

/// The address of a database that does not change as long as it is open (<https://www.sqlite.org/uri.html>).
fn immutable(file: &Path) -> Result<String, JournalError> {
    let name = file
        .to_str()
        .ok_or_else(|| JournalError::Io("the name of the folder is not text".into()))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    let encode = |byte: u8| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02x}"),
    };
    let path: String = name.bytes().map(encode).collect();
    Ok(format!("file:{path}?immutable=1"))
}

fn failed(error: io::Error) -> JournalError {
    JournalError::Io(error.to_string())
}
