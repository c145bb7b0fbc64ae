//! What is done in quiet moments: snapshots, and putting the log into the database; and the log, which is long before
//! it is used.

use super::{Journal, add, alone, copy_folder, fs, opened, schema};
use crate::server::journal::{BETWEEN_SNAPSHOTS, PATIENCE};

fn snapshots(journal: &Journal) -> i64 {
    let count = "SELECT count(*) FROM snapshot";
    let connection = &journal.connection;
    connection.query_row(count, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_snapshot_is_due_for_a_while_before_nobody_may_wait_for_a_quiet_moment() {
    let (mut journal, mut list) = Journal::in_memory().unwrap();
    add(&mut journal, &mut list, BETWEEN_SNAPSHOTS - 1);
    assert!(!journal.is_untidy(&list));
    add(&mut journal, &mut list, 1);
    assert!(journal.is_untidy(&list) && !journal.is_very_untidy(&list));
    journal.tidy_up(&list).unwrap();
    assert!(!journal.is_untidy(&list));
    assert_eq!(snapshots(&journal), 1);
    // By now half of the list is more than the least.
    add(&mut journal, &mut list, 2 * PATIENCE - 1);
    assert!(!journal.is_very_untidy(&list));
    add(&mut journal, &mut list, BETWEEN_SNAPSHOTS + 3);
    assert!(journal.is_very_untidy(&list));
    journal.tidy_up(&list).unwrap();
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
    let length = || {
        fs::metadata(folder.path().join("todo-list.db-wal"))
            .unwrap()
            .len()
    };
    assert_eq!(length(), 4 << 20);
    for _ in 0..30 {
        add(&mut journal, &mut list, 1);
        assert_eq!(length(), 4 << 20);
    }
    copy_folder(folder.path(), elsewhere.path());
    assert_eq!(opened(elsewhere.path(), schema::MIGRATIONS), list);
}
