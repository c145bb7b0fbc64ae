//! The command line: its arguments, and the commands other than serving.
//!
//! `backup`, `check` and `export` only read, also while a server runs. `restore` and `import` lock the data folder, so
//! no server may run.

mod backup;
mod check;
mod export;
pub mod healthcheck;
mod import;
mod password;
mod restore;
mod text_format;

use std::io;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};

use crate::server::auth::{AuthError, PasswordError};
use crate::server::config::{Config, ConfigError, Flags};
use crate::server::journal::JournalError;

/// A shared to-do list, served from this machine.
#[derive(Debug, Parser)]
#[command(name = "todo-list", version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// The command; without one the program serves the list.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// The settings.
    #[command(flatten)]
    pub flags: Flags,
}

const EXIT_CODES: &str = "\
Exit codes: 0 success, 64 wrong usage or setting, 65 damaged data or a file that cannot be imported,
69 no healthy server, 73 cannot write, 74 system error, 75 another todo-list uses the data,
78 the data is newer than this program, 130 or 143 a second Ctrl-C or SIGTERM.

Settings are read from the file, then from environment variables, then from flags. Later ones win.";

/// A command of the program.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Serve the list (the default)
    Serve,
    /// Check that the server on this machine is healthy: exit code 0 if it is, otherwise 69 (for containers)
    Healthcheck,
    /// Write a copy of the data to a new file; works while a server runs
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Replace the data with a backup; the old data is kept beside it
    Restore {
        /// A file that `backup` has written
        file: PathBuf,
    },
    /// Read all data and verify every checksum; works while a server runs
    Check,
    /// Write the items as text; works while a server runs
    Export {
        /// The new file [default: standard output]
        file: Option<PathBuf>,
        /// The format [default: from the file extension, otherwise json]
        #[arg(long)]
        format: Option<TextFormat>,
    },
    /// Set the password that all people share, and end all sessions; works while a server runs
    ///
    /// The program asks for it twice, or reads it from standard input if that is not a terminal.
    Password {
        /// Remove the password: everyone who can reach the server can then use the list
        #[arg(long)]
        remove: bool,
    },
    /// End all sessions, so that everyone must sign in again; works while a server runs
    SignOut,
    /// Add all items of a text file at the end of the list, or none if one is invalid
    Import {
        /// The file
        file: PathBuf,
        /// The format [default: from the file extension]
        #[arg(long)]
        format: Option<TextFormat>,
        /// Only show the items that would be added
        #[arg(long)]
        dry_run: bool,
    },
}

/// A text format for items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
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

impl TextFormat {
    /// The format that belongs to the extension of a file name.
    fn from_extension(file: &Path) -> Option<Self> {
        match file.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "md" | "markdown" => Some(Self::Markdown),
            "txt" => Some(Self::TodoTxt),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings name no data folder.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The settings keep the list in memory only.
    #[error("there is no data: the list is kept in memory")]
    InMemory,
    /// The data folder or file has no database.
    #[error("there is no data in {0}")]
    NoData(PathBuf),
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
    Output(#[from] io::Error),
    /// The file extension belongs to no format.
    #[error("the format of {0} is unknown: set it with --format")]
    UnknownFormat(PathBuf),
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
    /// The exit code of a program that ends because of this error, as in BSD's sysexits.h.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::InMemory | Self::UnknownFormat(_) => 64,
            Self::Invalid(_) | Self::Password(_) | Self::PasswordsDiffer => 65,
            Self::Auth(AuthError::Newer(_)) => 78,
            Self::NoData(_) | Self::Exists(_) => 73,
            Self::File(..) | Self::Output(_) | Self::Auth(_) => 74,
            Self::Journal(error) => error.exit_code(),
        }
    }
}

/// Runs a command other than `serve` and `healthcheck`.
///
/// # Errors
///
/// [`CliError`]; the data is unchanged then.
pub fn run(action: Action, config: &Config) -> Result<(), CliError> {
    let folder = config.data_folder()?.ok_or(CliError::InMemory)?;
    match action {
        // The caller runs these.
        Action::Serve | Action::Healthcheck => Ok(()),
        Action::Backup { file } => backup::run(&folder, &file),
        Action::Restore { file } => restore::run(&folder, &file),
        Action::Check => check::run(&folder),
        Action::Export { file, format } => export::run(&folder, file.as_deref(), format),
        Action::Password { remove: false } => password::set(&folder, config),
        Action::Password { remove: true } => password::remove(&folder, config),
        Action::SignOut => password::sign_out(&folder, config),
        Action::Import {
            file,
            format,
            dry_run,
        } => import::run(&folder, &file, format, dry_run),
    }
}

/// Prints a line on standard error for the administrator. Standard output is for exported data only.
fn print_status(line: &str) {
    eprintln!("{line}");
}
