//! `todo-list restore FILE`.

use std::fs::File;
use std::io;
use std::path::Path;

use super::{CliError, count_items, print_if_new, print_status};
use crate::server::journal;
use crate::server::journal::{JournalError, JournalReader};

/// Checks a backup, moves the current data aside, and puts a copy of the backup in its place.
pub(super) fn run(folder: &Path, file: &Path) -> Result<(), CliError> {
    match File::open(file) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CliError::NoSuchBackup(file.into()));
        }
        Err(error) => return Err(CliError::File(file.into(), error)),
    }
    let no_backup = |reason: String| CliError::NoBackup {
        file: file.into(),
        reason,
        folder: folder.into(),
    };
    match file.metadata() {
        Ok(found) if found.is_dir() => return Err(no_backup("it is a folder".into())),
        Ok(found) if found.len() == 0 => return Err(no_backup("it is empty".into())),
        _ => {}
    }
    let checked = JournalReader::open_file(file).and_then(JournalReader::check);
    let list = checked.map_err(|error| match error {
        // The file can be opened, so it is another one than a backup.
        JournalError::Damaged(reason) | JournalError::Io(reason) => no_backup(reason),
        error => error.into(),
    })?;
    let is_new = !journal::has_data(folder)?;
    let replaced = journal::restore(folder, file, list.revision());
    let replaced = replaced.map_err(|error| match error {
        JournalError::Locked(folder) => CliError::ServerRuns(folder, "restore"),
        error => error.into(),
    })?;
    print_status(&format!(
        "restored {} (revision {}) from {}",
        count_items(list.len()),
        list.revision(),
        file.display()
    ));
    if let Some(replaced) = replaced {
        print_status(&format!("the old data is in {}", replaced.display()));
    }
    print_if_new(is_new, folder);
    Ok(())
}
