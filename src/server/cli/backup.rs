//! `todo-list backup FILE`.

use std::path::Path;

use super::new_file::NewFile;
use super::{CliError, count_items, open_reader, print_status};
use crate::server::journal::JournalReader;

/// Copies a single state of the data to a partial file, checks the copy, and only then renames it.
pub(super) fn run(folder: &Path, file: &Path) -> Result<(), CliError> {
    let new = NewFile::create(file)?;
    open_reader(folder)?.copy_to(new.partial())?;
    let list = JournalReader::open_file(new.partial())?.list()?;
    let file = new.keep()?;
    print_status(&format!(
        "backed up {} (revision {}) to {}",
        count_items(list.len()),
        list.revision(),
        file.display()
    ));
    Ok(())
}
