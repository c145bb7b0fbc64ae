//! The folder with the data: who may read it, who has it open, and what was acknowledged.
//!
//! Nothing here opens a database that is there already: closing any descriptor of its file would drop
//! SQLite's locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::JournalError;
use crate::server::process::{create_private_folder, open_private_file};

/// The files in the folder.
pub(super) const DATABASE: &str = "todo-list.db";
pub(super) const LOG: &str = "todo-list.db-wal";
pub(super) const LOCK: &str = "todo-list.lock";

/// How long the write-ahead log is from the start, in bytes.
const LOG_BYTES: u64 = 4 << 20;

/// An open data folder. The lock is held as long as it lives.
pub(super) struct Folder {
    path: PathBuf,
    /// Locked against other processes. It also holds the last acknowledged revision in decimal: if
    /// the journal ends before it, its end is lost, which SQLite alone would not notice.
    lock: File,
}

impl Folder {
    /// Opens the folder, or makes it, for this user only, and locks it.
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

    /// Makes an empty database if there is none: SQLite gives its other files the permissions of this
    /// one.
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

    /// The folder itself.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    pub(super) fn database(&self) -> PathBuf {
        database(&self.path)
    }

    /// Whether there is nothing in the database at all.
    pub(super) fn is_empty(&self) -> bool {
        std::fs::metadata(self.database()).map_or(true, |file| file.len() == 0)
    }

    /// Makes the write-ahead log as long as it usually becomes, by zeros, which are no frames of it. What is written
    /// over them is on the disk sooner than what makes the file longer: there is nothing to write down about the
    /// file. SQLite keeps the length until it is closed.
    ///
    /// Without room for it everything is as it was: SQLite makes the log longer when it has to.
    pub(super) fn lengthen_log(&self) {
        let lengthen = || {
            // Its locks are those of other files: closing this one drops none.
            let mut log = OpenOptions::new().write(true).open(self.log())?;
            let missing = LOG_BYTES.saturating_sub(log.seek(SeekFrom::End(0))?);
            log.write_all(&vec![0; usize::try_from(missing).unwrap_or(0)])?;
            log.sync_all()
        };
        if let Err(error) = lengthen() {
            tracing::debug!(%error, "the log is not lengthened");
        }
    }

    fn log(&self) -> PathBuf {
        self.path.join(LOG)
    }

    /// Whether there is something in the write-ahead log, which an earlier program has left.
    pub(super) fn has_log(&self) -> bool {
        std::fs::metadata(self.log()).is_ok_and(|file| file.len() > 0)
    }

    /// The last revision that somebody was told of; `None` if there is no note of it.
    pub(super) fn acknowledged(&mut self) -> Result<Option<u64>, JournalError> {
        let mut text = String::new();
        self.lock.rewind().map_err(io_error)?;
        self.lock.read_to_string(&mut text).map_err(io_error)?;
        parse_revision(&text)
    }

    /// Takes note of the revision that is in the journal and is about to be acknowledged. It is not
    /// forced to the disk: it may be behind after a power cut, but never ahead.
    ///
    /// A failure is never [`JournalError::Full`]: what the journal has kept stays kept.
    pub(super) fn acknowledge(&mut self, revision: u64) -> Result<(), JournalError> {
        // Of a fixed width, so that one write replaces what was there.
        let text = format!("{revision:020}\n");
        self.lock.rewind().map_err(io_error)?;
        self.lock.write_all(text.as_bytes()).map_err(io_error)
    }
}

impl Drop for Folder {
    /// Closing the file alone would not do: a program that is just being started by this process has it, too, until it
    /// runs (flock(2)).
    fn drop(&mut self) {
        let _ = self.lock.unlock();
    }
}

/// The revision in the lock file; `None` if the file is new.
pub(super) fn parse_revision(text: &str) -> Result<Option<u64>, JournalError> {
    match text.trim() {
        "" => Ok(None),
        text => {
            let damaged = |_| JournalError::Damaged("the lock file has no revision in it".into());
            text.parse().map(Some).map_err(damaged)
        }
    }
}

/// The database in a data folder.
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
    fn a_folder_that_is_closed_is_free_whoever_else_has_its_file() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(place.path()).unwrap();
        let inherited = folder.lock.try_clone().unwrap();
        assert!(matches!(
            Folder::open(place.path()),
            Err(JournalError::Locked(_))
        ));
        drop(folder);
        assert!(Folder::open(place.path()).is_ok());
        drop(inherited);
    }
}
