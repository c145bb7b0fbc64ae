//! `todo-list backup FILE`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::{CliError, print_status};
use crate::server::journal::JournalReader;

/// Copies a single state of the data to a partial file, checks the copy, and only then renames it.
pub(super) fn run(folder: &Path, file: &Path) -> Result<(), CliError> {
    if file.exists() {
        return Err(CliError::Exists(file.into()));
    }
    let reader = JournalReader::open(folder)?.ok_or_else(|| CliError::NoData(folder.into()))?;
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let failed = |error| CliError::File(file.into(), error);
    // From an earlier attempt.
    if partial.exists() {
        fs::remove_file(&partial).map_err(failed)?;
    }
    reader.copy_to(&partial)?;
    let list = JournalReader::open_file(&partial)?.list()?;
    File::open(&partial)
        .and_then(|copy| copy.sync_all())
        .map_err(failed)?;
    fs::rename(&partial, file).map_err(failed)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))
        .and_then(|folder| folder.sync_all())
        .map_err(failed)?;
    print_status(&format!(
        "backed up {} items (revision {}) to {}",
        list.len(),
        list.revision(),
        file.display()
    ));
    Ok(())
}
