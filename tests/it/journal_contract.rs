//! What every kind of journal promises to the store.

use std::path::Path;
use std::sync::Arc;

use todo_list::domain::{
    At, Change, ClientId, Command, CommandId, Event, Item, ItemId, ListId, Rejection, Timestamp,
    Title,
};
use todo_list::server::journal::{
    Appended, Journal, LoadedList, MemoryJournal, Position, Record, SqliteJournal,
};

const HOME: ListId = ListId::HOME;

/// The record of a command with this number: an added item, or a rejected command without a revision.
fn record(seq: u64, revision: Option<u64>) -> Record {
    let id = ItemId::from(uuid::Uuid::from_u128(seq.into()));
    let item = Item::new(id, Title::parse("x").unwrap());
    let command = CommandId {
        client: ClientId::new([1; 16]),
        seq,
    };
    let added = Event::Added {
        item: item.clone(),
        after: None,
    };
    let change = |revision| Change {
        revision,
        command,
        events: vec![added],
    };
    let answer = revision.map(change).map(Arc::new);
    Record {
        id: command,
        at: Timestamp(1_000 + seq),
        command: match answer {
            Some(_) => Command::Add {
                item,
                at: At::Start,
            },
            None => Command::Remove { id },
        },
        answer: answer.map(Some).ok_or(Rejection::NoSuchItem { id }),
    }
}

fn is_written(appended: Appended) -> bool {
    matches!(appended, Appended::Written { .. })
}

/// Checks a new journal. `reopen` closes and opens it, or connects again.
fn check<J: Journal>(journal: J, mut loaded: LoadedList, reopen: impl Fn(J) -> (J, LoadedList)) {
    let mut journal = journal;
    assert_eq!((loaded.id, loaded.position), (HOME, Position::START));
    assert_eq!(loaded.last_at, Timestamp(0));
    assert!(loaded.list.is_untouched());
    let epoch = loaded.epoch;

    let records = [record(1, Some(1)), record(2, None), record(3, Some(2))];
    let appended = journal.append(HOME, Position::START, &records[..2]);
    assert!(is_written(appended.unwrap()));
    // A position before the end, and one behind it.
    for wrong in [0, 1, 3] {
        let appended = journal.append(HOME, Position(wrong), &records[2..]);
        assert_eq!(appended.unwrap(), Appended::Conflict);
    }
    assert_eq!(journal.find(HOME, records[2].id).unwrap(), None);
    let appended = journal.append(HOME, Position(2), &records[2..]).unwrap();
    assert!(is_written(appended));
    journal.acknowledge(HOME, 2).unwrap();

    for _ in 0..2 {
        for after in 0..=4 {
            let tail = journal.tail(HOME, Position(after)).unwrap();
            assert_eq!(tail, records[records.len().min(after as usize)..]);
        }
        for record in &records {
            let found = journal.find(HOME, record.id).unwrap();
            assert_eq!(found.as_ref(), Some(record));
        }
        let again = journal.load(HOME).unwrap();
        (journal, loaded) = reopen(journal);
        assert_eq!(again.list, loaded.list);
        for loaded in [&loaded, &again] {
            assert_eq!(loaded.epoch, epoch);
            assert_eq!(loaded.position, Position(3));
            assert_eq!(loaded.last_at, records[2].at);
            assert_eq!((loaded.list.revision(), loaded.list.len()), (2, 2));
        }
    }
    let next = [record(4, Some(3))];
    let appended = journal.append(HOME, loaded.position, &next).unwrap();
    assert!(is_written(appended));
    assert_eq!(journal.tail(HOME, loaded.position).unwrap(), next);
}

fn open(folder: &Path) -> (SqliteJournal, LoadedList) {
    SqliteJournal::open(folder).unwrap()
}

#[test]
fn sqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, loaded) = open(folder.path());
    check(journal, loaded, |journal| {
        drop(journal);
        open(folder.path())
    });
}

#[test]
fn a_journal_in_memory_keeps_the_contract() {
    let mut journal = MemoryJournal::default();
    let loaded = journal.load(HOME).unwrap();
    check(journal, loaded, |journal| {
        let mut other = journal.clone();
        drop(journal);
        let loaded = other.load(HOME).unwrap();
        (other, loaded)
    });
}
