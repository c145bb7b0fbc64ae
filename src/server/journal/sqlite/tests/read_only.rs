//! Reading a data folder that cannot be written.

use super::*;
use crate::server::journal::sqlite::read_only;
use crate::server::journal::sqlite::reader::{JournalReader, acknowledged_revision};
use crate::server::journal::sqlite::schema::MIGRATIONS;

/// Reads a folder as if it could not be written, and checks that it stays unchanged.
fn read(folder: &Path) -> Result<List, JournalError> {
    let before = contents(folder);
    let (connection, support) = read_only::open(folder)?;
    let list = JournalReader::with(connection, support, MIGRATIONS)?.check();
    assert!(contents(folder) == before, "the folder has changed");
    list
}

fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    // Characters with a meaning in a URI.
    let folder = place.path().join("data?a=b#c %41 \u{e9}");
    (place, folder)
}

#[test]
fn a_closed_database_is_read_in_place_and_servers_cannot_open_it() {
    let _no_spawns = hold_off_spawns();
    let (_place, folder) = folder();
    let (mut journal, mut list) = open(&folder).unwrap();
    add(&mut journal, &mut list, 20);
    drop(journal);
    assert_eq!(read(&folder).unwrap(), list);
    let (connection, support) = read_only::open(&folder).unwrap();
    assert!(support._lock.is_some() && support._copy.is_none());
    let refused = open(&folder).map(|_| ()).unwrap_err();
    assert!(matches!(refused, JournalError::Locked(_)), "{refused}");
    drop((connection, support));
    assert_eq!(open(&folder).unwrap().1, list);
}

#[test]
fn a_database_with_a_log_is_read_through_a_copy_that_is_deleted() {
    let _no_spawns = hold_off_spawns();
    let (_place, folder) = folder();
    let (mut journal, mut list) = open(&folder).unwrap();
    add(&mut journal, &mut list, 20);
    // As a killed server leaves it, with and without its lock file.
    for files in [
        &["todo-list.db", "todo-list.db-wal", "todo-list.lock"][..],
        &["todo-list.db", "todo-list.db-wal"],
    ] {
        let killed = tempfile::tempdir().unwrap();
        for name in files {
            fs::copy(folder.join(name), killed.path().join(name)).unwrap();
        }
        assert_eq!(read(killed.path()).unwrap(), list);
        let (connection, support) = read_only::open(killed.path()).unwrap();
        let copy = support._copy.as_ref().expect("the log was ignored");
        let copy = copy.path().to_owned();
        for (path, mode) in [(copy.clone(), 0o700), (copy.join("todo-list.db"), 0o600)] {
            let found = fs::metadata(&path).unwrap().permissions();
            let found = std::os::unix::fs::PermissionsExt::mode(&found) & 0o777;
            assert_eq!(found, mode, "{}", path.display());
        }
        drop((connection, support));
        assert!(!copy.exists());
    }
}

#[test]
fn what_a_server_has_open_is_not_read_past_it() {
    let _no_spawns = hold_off_spawns();
    let (_place, folder) = folder();
    let (mut journal, mut list) = open(&folder).unwrap();
    add(&mut journal, &mut list, 20);
    let refused = read_only::open(&folder).map(|_| ()).unwrap_err();
    assert!(matches!(refused, JournalError::Locked(_)), "{refused}");
    add(&mut journal, &mut list, 20);
    drop(journal);
    assert_eq!(read(&folder).unwrap(), list);
}

#[test]
fn an_unreadable_note_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    assert_eq!(acknowledged_revision(place.path()).unwrap(), 0);
    fs::create_dir(place.path().join("todo-list.lock")).unwrap();
    let refused = acknowledged_revision(place.path()).unwrap_err();
    assert!(matches!(refused, JournalError::Io(_)), "{refused}");
}
