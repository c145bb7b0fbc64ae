//! The command line: its arguments, and the commands other than serving.
//!
//! `backup`, `check` and `export` only read, also while a server runs. `restore` and `import` lock the data folder, so
//! no server may run.

mod arguments;
mod backup;
mod check;
mod error;
mod export;
pub mod healthcheck;
mod import;
mod new_file;
mod password;
mod restore;

use std::path::Path;

pub use self::arguments::{Action, ArgumentError, Arguments, Sources};
pub use self::error::CliError;
use crate::app::list_text::count_items;
use crate::server::config::Config;
use crate::server::journal::JournalReader;

/// The name of a file that means standard input or standard output.
const STANDARD_STREAM: &str = "-";

/// Runs a command other than `serve` and `healthcheck`.
///
/// # Errors
///
/// [`CliError`]; the data is unchanged then.
pub fn run(action: Action, config: &Config, sources: &Sources) -> Result<(), CliError> {
    let named_by = || sources.of("data").map(str::to_owned);
    run_in_folder(action, config).map_err(|error| match error {
        CliError::NoData { folder, .. } => CliError::NoData {
            folder,
            source_name: named_by(),
        },
        CliError::NoDataForPassword { folder, .. } => CliError::NoDataForPassword {
            folder,
            source_name: named_by(),
        },
        error => error,
    })
}

fn run_in_folder(action: Action, config: &Config) -> Result<(), CliError> {
    let folder = config.data_folder()?.ok_or(CliError::InMemory)?;
    match action {
        // The caller runs these.
        Action::Serve | Action::Healthcheck => Ok(()),
        Action::Backup { file } => backup::run(&folder, &file),
        Action::Restore { file } => restore::run(&folder, &file),
        Action::Check => check::run(&folder),
        Action::Export { file, format } => export::run(&folder, file.as_deref(), format),
        Action::Password { remove: false, new } => password::set(&folder, config, new),
        Action::Password { remove: true, .. } => password::remove(&folder, config),
        Action::SignOut => password::sign_out(&folder, config),
        Action::Import {
            file,
            format,
            dry_run,
        } => import::run(&folder, &file, format, dry_run),
    }
}

/// Opens the journal in a data folder that must have one.
fn open_reader(folder: &Path) -> Result<JournalReader, CliError> {
    JournalReader::open(folder)?.ok_or_else(|| no_data(folder))
}

fn no_data(folder: &Path) -> CliError {
    CliError::NoData {
        folder: folder.into(),
        source_name: None,
    }
}

/// Says that a folder had no data before, so that an administrator notices a wrong one.
fn print_if_new(is_new: bool, folder: &Path) {
    if is_new {
        let folder = folder.display();
        print_status(&format!(
            "there was no data in {folder} before: this is a new list"
        ));
    }
}

/// Prints a line on standard error for the administrator. Standard output is for exported data only.
fn print_status(line: &str) {
    eprintln!("{line}");
}
