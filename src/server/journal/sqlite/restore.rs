//! Replaces the database of a data folder by another one.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::data_folder::{DATABASE, DataFolder, LOCK, WAL};
use super::{JournalError, JournalReader, begin_history, schema};
use crate::server::process::{create_private_folder, give_to_owner_of};

/// Puts a copy of a database file, whose list has this revision, in the place of the one in a data folder. Returns the
/// folder that the replaced database was moved to, if there was one. It is moved only when the new one is on the disk.
/// The restored list has another epoch, because its next changes begin another history.
///
/// # Errors
///
/// [`JournalError::Locked`] while a server uses the folder, or the system's error.
pub fn restore(folder: &Path, file: &Path, revision: u64) -> Result<Option<PathBuf>, JournalError> {
    restore_with(folder, file, revision, schema::MIGRATIONS)
}

/// Restores as a program with these migrations does.
pub(super) fn restore_with(
    folder: &Path,
    file: &Path,
    revision: u64,
    migrations: &[&str],
) -> Result<Option<PathBuf>, JournalError> {
    let path = folder.to_owned();
    let mut folder = DataFolder::open(folder)?;
    let not_writable = |cause: io::Error| JournalError::NotWritable {
        folder: path.clone(),
        cause,
    };
    let partial = folder.path().join("todo-list.db.partial");
    if partial.exists() {
        fs::remove_file(&partial).map_err(not_writable)?;
    }
    // SQLite makes the copy, so that it includes a write-ahead log beside the file.
    JournalReader::open_file_with(file, migrations)?.copy_to(&partial)?;
    begin_history(&Connection::open(&partial)?)?;
    keep_owner_and_mode(&folder, &partial).map_err(not_writable)?;
    File::open(&partial)
        .and_then(|copy| copy.sync_all())
        .map_err(not_writable)?;

    // From here on the data may end before the acknowledged revision, as the administrator wants.
    let acknowledged = folder.acknowledged()?.unwrap_or(0);
    folder.acknowledge(acknowledged.min(revision))?;
    let replaced = move_aside(&folder).map_err(not_writable)?;
    fs::rename(&partial, folder.database()).map_err(not_writable)?;
    File::open(folder.path())
        .and_then(|folder| folder.sync_all())
        .map_err(not_writable)?;
    folder.acknowledge(revision)?;
    Ok(replaced)
}

/// Gives the new database the owner and the mode of the one that it replaces, and everything new in the folder the owner
/// of the folder.
fn keep_owner_and_mode(folder: &DataFolder, partial: &Path) -> io::Result<()> {
    let replaced = folder.database();
    if replaced.exists() {
        give_to_owner_of(&replaced, partial)?;
        fs::set_permissions(partial, fs::metadata(&replaced)?.permissions())?;
    } else {
        give_to_owner_of(folder.path(), partial)?;
    }
    give_to_owner_of(folder.path(), &folder.path().join(LOCK))
}

/// Moves the database and its write-ahead log into a new folder beside them; `None` if both are missing or empty.
fn move_aside(folder: &DataFolder) -> io::Result<Option<PathBuf>> {
    let files = [WAL, DATABASE].map(|name| (name, folder.path().join(name)));
    let mut moved = None;
    if files
        .iter()
        .any(|(_, file)| fs::metadata(file).is_ok_and(|file| file.len() > 0))
    {
        let mut names = (1..).map(|number| folder.path().join(format!("before-restore-{number}")));
        let target = names.find(|path| !path.exists()).unwrap_or_default();
        create_private_folder(&target)?;
        give_to_owner_of(folder.path(), &target)?;
        for (name, file) in &files {
            if file.exists() {
                fs::rename(file, target.join(name))?;
            }
        }
        moved = Some(target);
    }
    // SQLite creates the shared memory of the write-ahead log again.
    match fs::remove_file(folder.path().join("todo-list.db-shm")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(moved),
    }
}
