//! `todo-list check`.

use std::path::Path;

use super::{AdminError, say};
use crate::server::journal;
use crate::server::journal::{JournalError, JournalReader};

/// Reads everything and verifies it.
pub(super) fn run(folder: &Path) -> Result<(), AdminError> {
    // Before the list: a server may go on in the meantime.
    let acknowledged = journal::acknowledged_revision(folder)?;
    let reader = JournalReader::open(folder)?.ok_or_else(|| AdminError::NoData(folder.into()))?;
    let list = reader.check()?;
    if list.revision() < acknowledged {
        let found = list.revision();
        return Err(JournalError::Lost {
            acknowledged,
            found,
        }
        .into());
    }
    say(&format!(
        "all data are whole: {} items, {} removed ones, revision {}",
        list.len(),
        list.removed().count(),
        list.revision()
    ));
    Ok(())
}
