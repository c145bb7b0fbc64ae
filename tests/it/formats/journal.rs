//! The rows of the journal and its snapshot.

use std::fmt::Write;
use std::sync::Arc;

use rusqlite::Connection;

use todo_list::domain::{Change, Event, Item, List, Rejection, Snapshot, Timestamp};
use todo_list::server::journal::{Journal, Record, SqliteJournal};

use super::{catalogue, check};
use crate::spawn::KEY;

/// One record for each command and each rejection, and as many more as a snapshot needs.
fn records() -> (Vec<Record>, List) {
    let mut list = List::new(KEY);
    let at = Timestamp(1_700_000_000_456);
    let mut records = Vec::new();
    let mut take = |command, answer: Result<Vec<_>, Rejection>| {
        let id = catalogue::command_id(records.len() as u64 + 1);
        let answer = answer.map(|events| {
            let change = Change {
                revision: list.revision() + 1,
                command: id,
                events,
            };
            (!change.events.is_empty()).then(|| Arc::new(change))
        });
        match &answer {
            Ok(Some(change)) => list.apply(change.clone()),
            Ok(None) | Err(_) => list.consume_number(id),
        }
        records.push(Record {
            id,
            at,
            command,
            answer,
        });
    };
    for number in [2, 1, 3] {
        let item = Item::new(catalogue::id(number), catalogue::title("Buy milk"));
        let event = Event::Added { item, after: None };
        take(catalogue::commands().swap_remove(0).1, Ok(vec![event]));
    }
    for (_, command) in catalogue::commands() {
        take(command, Ok(Vec::new()));
    }
    for (_, event) in catalogue::events() {
        take(catalogue::commands().swap_remove(4).1, Ok(vec![event]));
    }
    for (_, rejection) in catalogue::rejections() {
        take(catalogue::commands().swap_remove(4).1, Err(rejection));
    }
    (records, list)
}

#[test]
fn the_rows_of_the_journal_stay_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (records, mut list) = records();
    let (mut journal, loaded) = SqliteJournal::open(folder.path()).unwrap();
    journal.append_at_end(&records, || {}).unwrap();
    journal.acknowledge(loaded.id, list.revision()).unwrap();
    // A snapshot is due after a thousand commands.
    let refused = (records.len() as u64 + 1..=1_000).map(|seq| Record {
        id: catalogue::command_id(seq),
        ..records.last().unwrap().clone()
    });
    let refused: Vec<_> = refused.collect();
    for record in &refused {
        list.consume_number(record.id);
    }
    journal.append_at_end(&refused, || {}).unwrap();
    journal.save_snapshot_if_due(&list).unwrap();
    drop(journal);
    let (mut journal, read) = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(read.list, list);
    for record in &records {
        let found = journal.find(read.id, record.id).unwrap();
        assert_eq!(found.as_ref(), Some(record));
    }
    drop(journal);

    let connection = Connection::open(folder.path().join("todo-list.db")).unwrap();
    let version: i64 = connection
        .query_row("SELECT max(version) FROM entry", [], |row| row.get(0))
        .unwrap();
    let data_version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(
        data_version, version,
        "an older program would call these rows damaged"
    );
    let mut text = format!("version: {version}\n");
    let mut select = connection
        .prepare("SELECT number, hex(list), hex(client), seq, at, command, answer, checksum FROM entry ORDER BY number LIMIT ?")
        .unwrap();
    let mut rows = select.query([records.len() as i64]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let number = |index| row.get::<_, i64>(index).unwrap();
        let column = |index| row.get::<_, String>(index).unwrap();
        writeln!(
            text,
            "row {} {} {} {} {}\n  {}\n  {}\n  {}",
            number(0),
            column(1),
            column(2),
            number(3),
            number(4),
            column(5),
            column(6),
            number(7),
        )
        .unwrap();
    }
    let (body, checksum): (String, i64) = connection
        .query_row("SELECT body, checksum FROM snapshot", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let snapshot: Snapshot = serde_json::from_str(&body).unwrap();
    assert_eq!(snapshot.into_list(KEY).unwrap(), list);
    writeln!(text, "snapshot {checksum}\n  {body}").unwrap();
    check("journal", version, &text);
}
