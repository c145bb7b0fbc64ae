//! What is done in quiet moments: snapshots, and putting the log into the database; and the log, which is long before
//! it is used.

use std::path::Path;

use tokio::runtime::Builder;

use super::{Journal, Title, add, alone, copy_folder, fs, opened, schema};
use crate::server::journal::due::{BETWEEN_SNAPSHOTS, PATIENCE};
use crate::server::store::Store;

/// How long the log is as long as it has not become longer than it was made.
const LOG_BYTES: u64 = 4 << 20;

fn snapshots(journal: &Journal) -> i64 {
    let count = "SELECT count(*) FROM snapshot";
    let connection = &journal.connection;
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

fn log_bytes(folder: &Path) -> u64 {
    fs::metadata(folder.join("todo-list.db-wal")).unwrap().len()
}

#[test]
fn a_snapshot_is_due_for_a_while_before_nobody_may_wait_for_a_quiet_moment() {
    let (mut journal, mut list) = Journal::in_memory().unwrap();
    add(&mut journal, &mut list, BETWEEN_SNAPSHOTS - 1);
    assert!(!journal.is_untidy(&list));
    add(&mut journal, &mut list, 1);
    assert!(journal.is_untidy(&list));
    journal.tidy_up_at_last(&list).unwrap();
    assert!(journal.is_untidy(&list));
    journal.tidy_up(&list).unwrap();
    assert!(!journal.is_untidy(&list));
    assert_eq!(snapshots(&journal), 1);
    // By now half of the list is more than the least.
    add(&mut journal, &mut list, 2 * PATIENCE - 1);
    journal.tidy_up_at_last(&list).unwrap();
    assert!(journal.is_untidy(&list));
    add(&mut journal, &mut list, BETWEEN_SNAPSHOTS + 3);
    journal.tidy_up_at_last(&list).unwrap();
    assert!(!journal.is_untidy(&list));
}

#[test]
fn a_long_log_is_put_into_the_database_when_it_is_tidied_up() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, mut list) = Journal::open(folder.path()).unwrap();
    let database = folder.path().join("todo-list.db");
    let length = || fs::metadata(&database).unwrap().len();
    let before = length();
    while !journal.is_untidy(&list) {
        add(&mut journal, &mut list, 1);
        assert_eq!(length(), before, "SQLite has not waited");
    }
    journal.tidy_up(&list).unwrap();
    assert!(length() > before);
}

#[test]
fn the_log_is_long_from_the_start_and_holds_what_was_kept() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (mut journal, mut list) = Journal::open(folder.path()).unwrap();
    assert_eq!(log_bytes(folder.path()), LOG_BYTES);
    for _ in 0..30 {
        add(&mut journal, &mut list, 1);
        assert_eq!(log_bytes(folder.path()), LOG_BYTES);
    }
    copy_folder(folder.path(), elsewhere.path());
    assert_eq!(opened(elsewhere.path(), schema::MIGRATIONS), list);
}

#[test]
fn the_log_does_not_grow_without_a_quiet_moment() {
    // Each is a commit of three pages and more.
    const COMMANDS: usize = 800;
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let (journal, list) = Journal::open(folder.path()).unwrap();
    let store = Store::start(journal, list).unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for number in 0..COMMANDS {
            let title = Title::parse(&format!("item {number}")).unwrap();
            store.add(title).await.unwrap();
        }
        assert_eq!(log_bytes(folder.path()), LOG_BYTES);
        assert!(store.close().await.is_none());
    });
    let kept = opened(folder.path(), schema::MIGRATIONS);
    assert_eq!(kept.len(), 2 + COMMANDS);
}
