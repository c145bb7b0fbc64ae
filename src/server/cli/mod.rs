//! What an administrator does with the data: back up, restore, check, export and import.
//!
//! Backing up, checking and exporting only read, also while a server runs. Restoring and importing
//! need the data folder for themselves.

mod backup;
mod check;
pub mod healthcheck;
mod import_export;
mod password;
mod restore;
mod text_format;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::server::auth::{AccessError, PasswordError};
use crate::server::config::{Config, ConfigError, Flags};
use crate::server::journal::JournalError;

/// A shared to-do list, served from this machine.
#[derive(Debug, Parser)]
#[command(name = "todo-list", version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// The settings.
    #[command(flatten)]
    pub flags: Flags,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 64 wrong usage or setting, 65 damaged data or a file that cannot be imported,
69 no healthy server, 73 cannot write, 74 the system has failed, 75 another todo-list uses the data,
78 the data are newer, 130 or 143 a second Ctrl-C or SIGTERM.

Settings come from the file, then from environment variables, then from flags.";

/// What the program does.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Serve the list (what happens without a command)
    Serve,
    /// Ask the server on this machine whether it is well: exit code 0, else 69 (for containers)
    Healthcheck,
    /// Write a copy of all data into a new file, also while a server runs
    Backup {
        /// The file, which must not be there yet
        file: PathBuf,
    },
    /// Put a backup in the place of the data; what was there is kept beside it
    Restore {
        /// The file that `backup` has written
        file: PathBuf,
    },
    /// Read all data and verify every checksum, also while a server runs
    Check,
    /// Write the items as text, also while a server runs
    Export {
        /// The file [default: standard output]
        file: Option<PathBuf>,
        /// The format [default: by the ending of the file, else json]
        #[arg(long)]
        format: Option<Format>,
    },
    /// Set the password that everybody signs in with, also while a server runs; all sessions end
    ///
    /// It is asked for twice, or read from standard input if that is no terminal.
    Password {
        /// Remove it: everybody who reaches the server may use the list
        #[arg(long)]
        remove: bool,
    },
    /// End all sessions, also while a server runs: everybody has to sign in again
    SignOut,
    /// Add the items of a text file at the end of the list: all of them, or none
    Import {
        /// The file
        file: PathBuf,
        /// The format [default: by the ending of the file]
        #[arg(long)]
        format: Option<Format>,
        /// Only show what would be added
        #[arg(long)]
        dry_run: bool,
    },
}

/// A text format for items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// An array of objects with `title`, `completed` and `completed_at` (RFC 3339)
    Json,
    /// A checklist: `- [ ] title` and `- [x] title`
    Markdown,
    /// One line for each item, as at <https://github.com/todotxt/todo.txt>
    #[value(name = "todo.txt")]
    TodoTxt,
    /// Comma-separated values with a header line (RFC 4180)
    Csv,
}

impl Format {
    /// The format that the ending of a file name stands for.
    fn of(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            "txt" => Some(Self::TodoTxt),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Why an action was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The settings do not say where the data is.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The list is kept in memory only.
    #[error("there is no data: the list is kept in memory")]
    InMemory,
    /// There is no database.
    #[error("there is no data in {0}")]
    NoData(PathBuf),
    /// The data cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The file that is to be written is there already.
    #[error("{0} is there already: name a new file")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("cannot use {0}: {1}")]
    File(PathBuf, io::Error),
    /// Standard output cannot be written.
    #[error("cannot write: {0}")]
    Output(#[from] io::Error),
    /// The format is not known.
    #[error("the format of {0} is not known: name it with --format")]
    UnknownFormat(PathBuf),
    /// The password or the sessions cannot be kept.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The password cannot be set.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// It was not the same the second time.
    #[error("the passwords are not the same; nothing was changed")]
    NotTheSame,
    /// Lines of a file cannot be items.
    #[error("nothing was imported: {0}")]
    Invalid(String),
}

impl AdminError {
    /// The exit code of a program that ends because of it, as in BSD's sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::InMemory | Self::UnknownFormat(_) => 64,
            Self::Invalid(_) | Self::Password(_) | Self::NotTheSame => 65,
            Self::Access(AccessError::Newer(_)) => 78,
            Self::NoData(_) | Self::Exists(_) => 73,
            Self::File(..) | Self::Output(_) | Self::Access(_) => 74,
            Self::Journal(error) => error.exit_code(),
        }
    }
}

/// Does an action other than serving.
///
/// # Errors
///
/// [`AdminError`]; nothing has changed then.
pub fn run(action: Action, config: &Config) -> Result<(), AdminError> {
    let folder = config.data_folder()?.ok_or(AdminError::InMemory)?;
    match action {
        // Neither is about the data.
        Action::Serve | Action::Healthcheck => Ok(()),
        Action::Backup { file } => backup::run(&folder, &file),
        Action::Restore { file } => restore::run(&folder, &file),
        Action::Check => check::run(&folder),
        Action::Export { file, format } => import_export::export(&folder, file.as_deref(), format),
        Action::Password { remove: false } => password::set(&folder, config),
        Action::Password { remove: true } => password::remove(&folder, config),
        Action::SignOut => password::sign_out(&folder, config),
        Action::Import {
            file,
            format,
            dry_run,
        } => import_export::import(&folder, &file, format, dry_run),
    }
}

/// Says something to the person at the terminal. Standard output is for data alone.
fn say(words: &str) {
    eprintln!("{words}");
}
