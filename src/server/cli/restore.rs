//! `todo-list restore FILE`.

use std::path::Path;

use super::{CliError, print_status};
use crate::server::journal;
use crate::server::journal::JournalReader;

/// Checks a backup, moves the current data aside, and puts a copy of the backup in its place.
pub(super) fn run(folder: &Path, file: &Path) -> Result<(), CliError> {
    if !file.is_file() {
        return Err(CliError::NoData(file.into()));
    }
    let list = JournalReader::open_file(file)?.check()?;
    let replaced = journal::restore(folder, file, list.revision())?;
    let (items, revision) = (list.len(), list.revision());
    print_status(&format!(
        "restored {items} items (revision {revision}) from {}",
        file.display()
    ));
    if let Some(replaced) = replaced {
        print_status(&format!("the old data is in {}", replaced.display()));
    }
    Ok(())
}
