//! Why a command failed, in words for the administrator, and the exit code of each.

use std::io;
use std::path::{Path, PathBuf};

use crate::server::auth::{AuthError, PasswordError};
use crate::server::config::ConfigError;
use crate::server::journal::JournalError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings name no data folder.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The settings keep the list in memory only.
    #[error("there is no data: the list is kept in memory")]
    InMemory,
    /// The data folder has no database.
    #[error("there is no data in {folder}{}", named_by(.source_name))]
    NoData {
        /// The folder.
        folder: PathBuf,
        /// The flag or variable that names it.
        source_name: Option<String>,
    },
    /// A password was to be set in a folder that no server has used.
    #[error(
        "there is no data in {folder}{}, so no password was set: name the folder of the server with --data, or add \
         --new if the server is going to use this one",
        named_by(.source_name)
    )]
    NoDataForPassword {
        /// The folder.
        folder: PathBuf,
        /// The flag or variable that names it.
        source_name: Option<String>,
    },
    /// The backup to restore does not exist.
    #[error("there is no data in {0}: no such file, and nothing was changed")]
    NoSuchBackup(PathBuf),
    /// The file to restore is no backup.
    #[error(
        "{file} is no backup that can be restored: {reason}; the data in {folder} is untouched"
    )]
    NoBackup {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The data folder.
        folder: PathBuf,
    },
    /// What was given as the password is no text.
    #[error("cannot read the password: {0}")]
    UnreadablePassword(&'static str),
    /// Standard input or the terminal cannot be read.
    #[error("cannot read: {0}")]
    Input(io::Error),
    /// The data cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file to write already exists.
    #[error("{0} already exists: choose a new file")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot use {0}: {1}")]
    File(PathBuf, io::Error),
    /// Standard output cannot be written.
    #[error("cannot write: {0}")]
    Output(io::Error),
    /// The file extension belongs to no format.
    #[error("the format of {0} is unknown: name it with --format")]
    UnknownFormat(String),
    /// The folder of a new file is missing, or cannot be written.
    #[error("cannot create {file}: {cause}")]
    NotCreated {
        /// The new file.
        file: PathBuf,
        /// What is wrong.
        cause: String,
    },
    /// A server uses the data folder.
    #[error(
        "the data folder {0} is in use by another todo-list: stop that server, {1}, and start it again"
    )]
    ServerRuns(PathBuf, &'static str),
    /// The password or the sessions cannot be read or written.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// The password is not acceptable.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The password was typed differently the second time.
    #[error("the passwords differ; nothing was changed")]
    PasswordsDiffer,
    /// A file to import has an invalid item, or too many items.
    #[error("nothing was imported: {0}")]
    Invalid(String),
}

impl CliError {
    /// A new file cannot be created.
    pub(super) fn cannot_create(file: &Path, cause: io::ErrorKind) -> Self {
        let cause = match cause {
            io::ErrorKind::NotFound => "its folder does not exist".into(),
            other => other.to_string(),
        };
        let file = file.into();
        Self::NotCreated { file, cause }
    }

    /// The exit code of a program that ends because of this error, as in BSD's sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::InMemory | Self::UnknownFormat(_) => 64,
            Self::Invalid(_)
            | Self::NoBackup { .. }
            | Self::Password(_)
            | Self::UnreadablePassword(_)
            | Self::PasswordsDiffer => 65,
            Self::Auth(AuthError::Newer(_)) => 78,
            Self::NoData { .. }
            | Self::NoDataForPassword { .. }
            | Self::NoSuchBackup(_)
            | Self::Exists(_)
            | Self::NotCreated { .. } => 73,
            Self::ServerRuns(..) => 75,
            Self::File(..) | Self::Input(_) | Self::Output(_) | Self::Auth(_) => 74,
            Self::Journal(error) => error.exit_code(),
        }
    }
}

/// Says which flag or variable names a folder, if one does.
fn named_by(source: &Option<String>) -> String {
    let named = source.as_ref().map(|source| format!(" (from {source})"));
    named.unwrap_or_default()
}
