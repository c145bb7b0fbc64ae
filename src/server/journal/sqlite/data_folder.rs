//! The data folder: its permissions, its lock, and the revision that was acknowledged last.
//!
//! This file never opens an existing database: closing any descriptor of its file would drop SQLite's locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use crate::server::process::{create_private_folder, open_private_file};

/// The names of the files in the folder.
pub(super) const DATABASE: &str = "todo-list.db";
pub(super) const WAL: &str = "todo-list.db-wal";
pub(super) const LOCK: &str = "todo-list.lock";

/// The length of the write-ahead log (WAL) from the start, in bytes.
const WAL_BYTES: u64 = 4 << 20;

/// An open data folder. It is locked while this value lives.
pub(super) struct DataFolder {
    path: PathBuf,
    /// Locked against other processes. It also holds the last acknowledged revision in decimal: if the journal ends
    /// before that, its end is lost, which SQLite alone would not notice.
    lock: File,
}

impl DataFolder {
    /// Opens and locks the folder. A missing one is created for this user only.
    pub(super) fn open(path: &Path) -> Result<Self, JournalError> {
        let not_writable = |cause| JournalError::NotWritable {
            folder: path.into(),
            cause,
        };
        create_private_folder(path).map_err(not_writable)?;
        let lock = open_private_file(&path.join(LOCK)).map_err(not_writable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JournalError::Locked(path.into())),
            Err(TryLockError::Error(cause)) => return Err(not_writable(cause)),
        }
        Ok(Self {
            path: path.into(),
            lock,
        })
    }

    /// Creates an empty database file if there is none. SQLite gives its other files the same permissions.
    pub(super) fn create_database(&self) -> Result<(), JournalError> {
        let database = self.database();
        if database.exists() {
            return Ok(());
        }
        let created = open_private_file(&database);
        created
            .map(drop)
            .map_err(|cause| JournalError::NotWritable {
                folder: self.path.clone(),
                cause,
            })
    }

    /// The path of the folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of the database.
    pub(super) fn database(&self) -> PathBuf {
        database(&self.path)
    }

    /// Whether the database file is missing or empty.
    pub(super) fn is_database_empty(&self) -> bool {
        std::fs::metadata(self.database()).map_or(true, |file| file.len() == 0)
    }

    /// Gives the WAL its usual length at once, with zeros, which SQLite does not take for frames. Overwriting them is
    /// faster than appending: a sync then has no new file length to write. SQLite keeps the length until it closes the
    /// database.
    ///
    /// A failure (the disk may be full) is only logged: SQLite extends the WAL when it needs to.
    pub(super) fn preallocate_wal(&self) {
        let preallocate = || {
            // SQLite holds no locks on this file, so closing it drops none.
            let mut wal = OpenOptions::new().write(true).open(self.wal())?;
            let missing = WAL_BYTES.saturating_sub(wal.seek(SeekFrom::End(0))?);
            wal.write_all(&vec![0; usize::try_from(missing).unwrap_or(0)])?;
            wal.sync_all()
        };
        if let Err(error) = preallocate() {
            tracing::debug!(%error, "cannot preallocate the write-ahead log");
        }
    }

    fn wal(&self) -> PathBuf {
        self.path.join(WAL)
    }

    /// Whether an earlier process has left a WAL that is not empty.
    pub(super) fn has_wal(&self) -> bool {
        std::fs::metadata(self.wal()).is_ok_and(|file| file.len() > 0)
    }

    /// The last revision that was acknowledged; `None` if the lock file holds none.
    pub(super) fn acknowledged(&mut self) -> Result<Option<u64>, JournalError> {
        let mut text = String::new();
        self.lock.rewind().map_err(io_error)?;
        self.lock.read_to_string(&mut text).map_err(io_error)?;
        parse_revision(&text)
    }

    /// Notes the revision that is in the journal and about to be acknowledged. The note is not synced to the disk:
    /// after a power cut it may be behind the journal, but never ahead.
    ///
    /// A failure is never [`JournalError::Full`], because the records are already stored.
    pub(super) fn acknowledge(&mut self, revision: u64) -> Result<(), JournalError> {
        // The width is fixed, so that one write replaces the old text.
        let text = format!("{revision:020}\n");
        self.lock.rewind().map_err(io_error)?;
        self.lock.write_all(text.as_bytes()).map_err(io_error)
    }
}

impl Drop for DataFolder {
    /// Closing the file is not enough: a child process that is just being spawned holds the lock too, until it calls
    /// exec (flock(2)).
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

/// The revision in the lock file; `None` if the file is new.
pub(super) fn parse_revision(text: &str) -> Result<Option<u64>, JournalError> {
    match text.trim() {
        "" => Ok(None),
        text => {
            let damaged =
                |_| JournalError::Damaged("the lock file does not hold a revision".into());
            text.parse().map(Some).map_err(damaged)
        }
    }
}

/// The path of the database in a data folder.
pub(super) fn database(folder: &Path) -> PathBuf {
    folder.join(DATABASE)
}

fn io_error(error: io::Error) -> JournalError {
    JournalError::Io(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_folder_is_unlocked_even_if_another_process_holds_its_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = DataFolder::open(place.path()).unwrap();
        let inherited = folder.lock.try_clone().unwrap();
        assert!(matches!(
            DataFolder::open(place.path()),
            Err(JournalError::Locked(_))
        ));
        drop(folder);
        assert!(DataFolder::open(place.path()).is_ok());
        drop(inherited);
    }
}
