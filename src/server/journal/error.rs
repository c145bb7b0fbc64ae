//! Errors of the journal, and the exit code of each.

use std::io;
use std::path::PathBuf;

/// Why the journal cannot be opened, read or written. The exit codes are those of BSD's sysexits.h.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The data folder, or a file in it, cannot be created or written.
    #[error("cannot write in the data folder {folder}: {cause}")]
    NotWritable {
        /// The data folder.
        folder: PathBuf,
        /// The system's error.
        cause: io::Error,
    },
    /// Another process has opened the journal.
    #[error("the data folder {0} is in use by another todo-list")]
    Locked(PathBuf),
    /// A newer version of the program has written the data.
    #[error(
        "the data has version {found}, but this todo-list supports versions up to {known}: \
         use the newer program (nothing was changed)"
    )]
    Newer {
        /// The version of the data.
        found: i64,
        /// The newest version that this program supports.
        known: i64,
    },
    /// The data has an older version and cannot be copied. It is never upgraded without a copy.
    #[error("the data stays at version {version}, because no copy of it can be kept: {cause}")]
    NotCopied {
        /// The version of the data.
        version: i64,
        /// Why there is no copy.
        cause: Box<JournalError>,
    },
    /// The file is not a journal, or its contents differ from what was written.
    #[error(
        "the data is damaged: {0} (nothing was changed; put a backup in its place and delete todo-list.lock)"
    )]
    Damaged(String),
    /// Acknowledged commands are missing at the end of the journal.
    #[error(
        "the data is damaged: revision {acknowledged} was acknowledged, but the data ends at revision {found} \
         (nothing was changed; put a backup in its place, or delete todo-list.lock to continue with this data)"
    )]
    Lost {
        /// The last revision that was acknowledged.
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
    /// Any other error of the system or the database.
    #[error("cannot read or write the data: {0}")]
    Io(String),
}

impl JournalError {
    /// The exit code of a program that ends because of this error.
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
