//! What can be wrong with the journal, and what follows for the program.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the journal cannot be opened, read or written. The exit codes are those of BSD's sysexits.h.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The folder or a file in it cannot be made or written.
    #[error("cannot write in the data folder {folder}: {cause}")]
    NotWritable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// Another process has it open.
    #[error("the data folder {0} is in use by another todo-list")]
    Locked(PathBuf),
    /// A newer version of the program has written it.
    #[error(
        "the data has version {found}, and this todo-list knows versions up to {known}: \
         use the newer program (nothing was changed)"
    )]
    Newer {
        /// The version of the data.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// Data of an older version cannot be copied, and are not brought to this version without a copy.
    #[error(
        "the data of version {version} stay as they are, since no copy of them can be kept: {cause}"
    )]
    NotCopied {
        /// The version of the data.
        version: i64,
        /// Why there is no copy.
        cause: Box<JournalError>,
    },
    /// It is not a journal, or not what was written.
    #[error(
        "the data is damaged: {0} (nothing was changed; put a backup in its place, without todo-list.lock)"
    )]
    Damaged(String),
    /// The end is missing.
    #[error(
        "the data is damaged: revision {acknowledged} was acknowledged, and only {found} is there \
         (nothing was changed; put a backup in its place, or remove todo-list.lock to go on with this)"
    )]
    Lost {
        /// The last revision that somebody was told of.
        acknowledged: u64,
        /// The last revision in the journal.
        found: u64,
    },
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// A setting of the database did not take effect.
    #[error("the database setting {0} did not take effect")]
    Setting(&'static str),
    /// Anything else that the system or SQLite says.
    #[error("cannot read or write the data: {0}")]
    Io(String),
}

impl JournalError {
    /// The exit code of a program that ends because of it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Damaged(_) | Self::Lost { .. } => 65,
            Self::NotWritable { .. } | Self::Full => 73,
            Self::Io(_) | Self::Setting(_) => 74,
            Self::Locked(_) => 75,
            Self::Newer { .. } => 78,
            Self::NotCopied { cause, .. } => cause.exit_code(),
        }
    }
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        // One line: SQLite may quote what it has read.
        let text = error.to_string();
        let text = text.lines().next().unwrap_or_default().to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            Some(_) => Self::Io(text),
            // A value of another type than was written, or missing.
            None => Self::Damaged(text),
        }
    }
}
