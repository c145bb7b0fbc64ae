//! `todo-list check`.

use std::path::Path;

use super::{CliError, open_reader, print_status};
use crate::server::journal;
use crate::server::journal::JournalError;

/// Reads everything and verifies it.
pub(super) fn run(folder: &Path) -> Result<(), CliError> {
    // Before the list is read: a server may acknowledge more commands meanwhile.
    let acknowledged = journal::acknowledged_revision(folder)?;
    let list = open_reader(folder)?.check()?;
    if list.revision() < acknowledged {
        let found = list.revision();
        return Err(JournalError::Lost {
            acknowledged,
            found,
        }
        .into());
    }
    print_status(&format!(
        "the data is intact: {} items, {} removed items, revision {}",
        list.len(),
        list.removed().count(),
        list.revision()
    ));
    Ok(())
}
