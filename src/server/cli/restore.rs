//! `todo-list restore FILE`.

use std::path::Path;

use super::{AdminError, say};
use crate::server::journal::{JournalReader, restore as restore_data};

/// Checks the backup, keeps the present data beside, and puts the backup in their place.
pub(super) fn run(folder: &Path, file: &Path) -> Result<(), AdminError> {
    if !file.is_file() {
        return Err(AdminError::NoData(file.into()));
    }
    let list = JournalReader::open_file(file)?.check()?;
    let kept = restore_data(folder, file, list.revision())?;
    let (items, revision) = (list.len(), list.revision());
    say(&format!(
        "restored {items} items (revision {revision}) from {}",
        file.display()
    ));
    if let Some(kept) = kept {
        say(&format!("what was there before is in {}", kept.display()));
    }
    Ok(())
}
