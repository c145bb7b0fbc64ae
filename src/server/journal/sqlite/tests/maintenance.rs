//! Maintenance: snapshots and checkpoints, and the length of the write-ahead log.

use std::path::Path;

use tokio::runtime::Builder;

use super::{
    Journal, SqliteJournal, Title, add, copy_folder, fs, hold_off_spawns, open, opened, schema,
};
use crate::server::journal::Maintenance;
use crate::server::journal::sqlite::maintenance::{
    MAX_COMMANDS_PAST_DUE, MIN_COMMANDS_BETWEEN_SNAPSHOTS,
};
use crate::server::store::Store;

/// The preallocated length of the log.
const WAL_BYTES: u64 = 4 << 20;

fn snapshots(journal: &SqliteJournal) -> i64 {
    let count = "SELECT count(*) FROM snapshot";
    let connection = &journal.connection;
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

fn wal_bytes(folder: &Path) -> u64 {
    fs::metadata(folder.join("todo-list.db-wal")).unwrap().len()
}

#[test]
fn a_snapshot_is_due_long_before_it_is_overdue() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, mut list) = open(folder.path()).unwrap();
    add(&mut journal, &mut list, MIN_COMMANDS_BETWEEN_SNAPSHOTS - 1);
    assert!(!journal.needs_maintenance(&list));
    add(&mut journal, &mut list, 1);
    assert!(journal.needs_maintenance(&list));
    journal
        .run_maintenance(&list, Maintenance::Overdue)
        .unwrap();
    assert!(journal.needs_maintenance(&list));
    journal.run_maintenance(&list, Maintenance::Due).unwrap();
    assert!(!journal.needs_maintenance(&list));
    assert_eq!(snapshots(&journal), 1);
    // Half of the list is now more than the minimum.
    add(&mut journal, &mut list, 2 * MAX_COMMANDS_PAST_DUE - 1);
    journal
        .run_maintenance(&list, Maintenance::Overdue)
        .unwrap();
    assert!(journal.needs_maintenance(&list));
    add(&mut journal, &mut list, MIN_COMMANDS_BETWEEN_SNAPSHOTS + 3);
    journal
        .run_maintenance(&list, Maintenance::Overdue)
        .unwrap();
    assert!(!journal.needs_maintenance(&list));
}

#[test]
fn maintenance_copies_a_long_log_into_the_database() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, mut list) = open(folder.path()).unwrap();
    let database = folder.path().join("todo-list.db");
    let length = || fs::metadata(&database).unwrap().len();
    let before = length();
    while !journal.needs_maintenance(&list) {
        add(&mut journal, &mut list, 1);
        assert_eq!(length(), before, "SQLite has run a checkpoint by itself");
    }
    journal.run_maintenance(&list, Maintenance::Due).unwrap();
    assert!(length() > before);
}

#[test]
fn the_log_is_preallocated_and_holds_the_commands() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (mut journal, mut list) = open(folder.path()).unwrap();
    assert_eq!(wal_bytes(folder.path()), WAL_BYTES);
    for _ in 0..30 {
        add(&mut journal, &mut list, 1);
        assert_eq!(wal_bytes(folder.path()), WAL_BYTES);
    }
    copy_folder(folder.path(), elsewhere.path());
    assert_eq!(opened(elsewhere.path(), schema::MIGRATIONS), list);
}

#[test]
fn the_log_does_not_grow_without_an_idle_moment() {
    // Each command is a commit of at least three pages.
    const COMMANDS: usize = 800;
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (journal, loaded) = SqliteJournal::open(folder.path()).unwrap();
    let store = Store::start(Box::new(journal), loaded).unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for number in 0..COMMANDS {
            let title = Title::parse(&format!("item {number}")).unwrap();
            store.add(title).await.unwrap();
        }
        assert_eq!(wal_bytes(folder.path()), WAL_BYTES);
        assert!(store.close().await.is_none());
    });
    let kept = opened(folder.path(), schema::MIGRATIONS);
    assert_eq!(kept.len(), 2 + COMMANDS);
}
