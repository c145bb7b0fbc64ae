//! Several stores share one journal: what one of them has stored counts in all of them.

use std::collections::HashSet;
use std::sync::Arc;

use leptos::server_fn::{Decodes, Encodes};
use serde_json::Value;

use todo_list::domain::{
    At, Change, ClientId, Command, CommandId, Cursor, Item, ItemId, ListId, Rejection, Stamps,
    Timestamp, Title,
};
use todo_list::rpc::{CallEncoding, Exchange, ExchangeResponse};
use todo_list::server::journal::{Journal, Position, Record};
use todo_list::server::store::{Guard, Store, StoreError, new_item};
use todo_list::sync::ListUpdate;

use crate::event_reader::Events;
use crate::faulty_journal::{Fault, FaultyJournal};
use crate::spawn::Server;

/// Two stores of one journal. None of them learns by itself what the other one stores.
struct Stores {
    journal: FaultyJournal,
    one: Store,
    other: Store,
}

impl Stores {
    fn start() -> Self {
        let journal = FaultyJournal::default();
        let open = || Store::open(Box::new(journal.clone())).unwrap();
        let (one, other) = (open(), open());
        Self {
            one,
            other,
            journal,
        }
    }

    /// Lets both stores read everything, and checks that they agree with the journal.
    async fn check(&self) {
        for store in [&self.one, &self.other] {
            store.catch_up(end(store)).await;
        }
        let loaded = self.journal.clone().load(ListId::HOME);
        let loaded = loaded.unwrap();
        let titles = |store: &Store| {
            let list = store.list();
            list.items().cloned().collect::<Vec<Item>>()
        };
        assert_eq!(titles(&self.one), titles(&self.other));
        assert_eq!(
            titles(&self.one),
            loaded.list.items().cloned().collect::<Vec<_>>()
        );
        assert_eq!(self.one.cursor(), self.other.cursor());
        assert_eq!(self.one.revision(), loaded.list.revision());
        let records = self.journal.records();
        assert_eq!(loaded.position, Position::START.after(&records));
        let ids: HashSet<CommandId> = records.iter().map(|record| record.id).collect();
        assert_eq!(ids.len(), records.len(), "a command counts twice");
        let changes = records
            .iter()
            .filter_map(|record| record.answer.as_ref().ok()?.as_ref());
        assert!(
            changes
                .map(|change| change.revision)
                .eq(1..=self.one.revision()),
            "a revision is missing"
        );
    }

    /// The texts in the list of the second store.
    fn texts(&self) -> Vec<String> {
        let list = self.other.list();
        let texts = list.items().skip(2).map(|item| item.title.to_string());
        texts.collect()
    }
}

/// A cursor that no store reaches.
fn end(store: &Store) -> Cursor {
    Cursor {
        revision: u64::MAX,
        ..store.cursor()
    }
}

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

fn add(text: &str) -> (ItemId, Command) {
    let (item, at) = (new_item(title(text)), At::End);
    (item.id, Command::Add { item, at })
}

fn rename(id: ItemId, text: &str) -> Command {
    Command::rename(id, title(text))
}

fn number(seq: u64) -> Option<CommandId> {
    let client = ClientId::new([7; 16]);
    Some(CommandId { client, seq })
}

fn stamps(store: &Store, id: ItemId) -> Stamps {
    store.list().stamps(id).unwrap()
}

/// A record that another store could have stored first: of a rejected command.
fn rejected_of_another(at: Timestamp) -> Record {
    let id = ItemId::from(uuid::Uuid::nil());
    Record {
        id: CommandId {
            client: ClientId::new([8; 16]),
            seq: 1,
        },
        at,
        command: Command::Remove { id },
        answer: Err(Rejection::NoSuchItem { id }),
    }
}

#[tokio::test]
async fn only_one_store_adds_the_examples() {
    let stores = Stores::start();
    assert_eq!(stores.journal.records().len(), 2);
    stores.check().await;

    // The second store has loaded the list before the first one has added them.
    let mut journal = FaultyJournal::default();
    let empty = journal.load(ListId::HOME).unwrap();
    let one = Store::open(Box::new(journal.clone())).unwrap();
    let other = Store::start(Box::new(journal.clone()), empty).unwrap();
    assert_eq!(journal.records().len(), 2);
    assert_eq!(one.cursor(), other.cursor());
}

#[tokio::test]
async fn a_command_is_decided_after_what_the_other_store_has_stored() {
    let stores = Stores::start();
    let (id, command) = add("x");
    stores.one.run(number(1), command).await.unwrap();
    let (_, command) = add("y");
    let change = stores.other.run(None, command).await.unwrap();
    assert_eq!(change.unwrap().revision, 4);
    assert_eq!(stores.texts(), ["x", "y"]);
    // What the journal refuses is decided again: the item has gone.
    let remove = Command::Remove { id };
    stores.other.run(None, remove).await.unwrap();
    let renamed = stores.one.run(number(2), rename(id, "z")).await;
    let rejection = StoreError::Rejected(Rejection::ItemRemoved { id });
    assert_eq!(renamed, Err(rejection));
    stores.check().await;
}

#[tokio::test]
async fn commands_without_a_sender_get_different_numbers() {
    let stores = Stores::start();
    for text in ["a", "b", "c", "d"] {
        let (one, other) = (add(text).1, add(text).1);
        let one = stores.one.run(None, one).await.unwrap();
        let other = stores.other.run(None, other).await.unwrap();
        assert_eq!(other.unwrap().command.seq, one.unwrap().command.seq + 1);
    }
    stores.check().await;
    assert_eq!(stores.texts(), ["a", "a", "b", "b", "c", "c", "d", "d"]);
}

#[tokio::test]
async fn commands_of_one_batch_stay_in_order_when_they_are_decided_again() {
    let stores = Stores::start();
    stores.one.add(title("first")).await.unwrap();
    // They are submitted before the runtime can yield, so that most are in one batch.
    let mut answers = Vec::new();
    let commands: Vec<(ItemId, Command)> = (0..20).map(|n| add(&n.to_string())).collect();
    for ((_, command), seq) in commands.iter().zip(1..) {
        let submitted = stores.other.submit(number(seq), command.clone());
        answers.push(submitted.await.unwrap());
        let again = stores.other.submit(number(seq), command.clone());
        answers.push(again.await.unwrap());
    }
    let mut revisions = Vec::new();
    for answer in answers {
        revisions.push(answer.await.unwrap().unwrap().revision);
    }
    let expected: Vec<u64> = (4..24).flat_map(|revision| [revision; 2]).collect();
    assert_eq!(revisions, expected);
    stores.check().await;
}

#[tokio::test]
async fn a_repeated_command_gets_the_first_answer_of_the_other_store() {
    let stores = Stores::start();
    let (_, command) = add("x");
    let first = stores.one.run(number(1), command.clone()).await.unwrap();
    let again = stores.other.run(number(1), command.clone()).await.unwrap();
    assert_eq!(first, again);
    let taken = stores.other.run(number(1), add("y").1).await;
    assert_eq!(taken, Err(StoreError::NumberTaken));
    // Also when the store is not behind.
    let again = stores.other.run(number(1), command).await.unwrap();
    assert_eq!(first, again);
    stores.check().await;
}

#[tokio::test]
async fn a_store_that_is_behind_finds_no_gap_in_the_numbers() {
    let stores = Stores::start();
    stores.one.run(number(1), add("x").1).await.unwrap();
    stores.other.run(number(2), add("y").1).await.unwrap();
    let gap = stores.one.run(number(5), add("z").1).await;
    assert_eq!(gap, Err(StoreError::OutOfOrder { expected: 3 }));
    stores.check().await;
}

#[tokio::test]
async fn a_guard_compares_with_the_end_of_the_journal() {
    let stores = Stores::start();
    let (id, command) = add("x");
    stores.one.run(None, command).await.unwrap();
    stores.one.run(None, rename(id, "y")).await.unwrap();
    let guard = Some(Guard::Item(id, stamps(&stores.one, id)));
    stores.other.run_if(guard, rename(id, "z")).await.unwrap();
    let changed = stores.one.run_if(guard, rename(id, "u")).await;
    assert_eq!(changed, Err(StoreError::Changed));
    let guard = Some(Guard::List(stores.one.revision()));
    stores.other.run(None, rename(id, "z")).await.unwrap();
    stores.one.run_if(guard, rename(id, "z")).await.unwrap();
    stores.other.run(None, rename(id, "y")).await.unwrap();
    let changed = stores.one.run_if(guard, rename(id, "z")).await;
    assert_eq!(changed, Err(StoreError::Changed));
    stores.other.run(None, rename(id, "z")).await.unwrap();
    assert_eq!(stores.texts(), ["z"]);
    stores.check().await;
}

/// What a client does with the answers is the same whether the journal has kept the records or not.
#[tokio::test]
async fn a_command_counts_once_if_the_answer_of_the_journal_is_lost() {
    let rejected = rejected_of_another(Timestamp(1));
    let faults = [
        vec![Fault::LoseAnswer],
        vec![Fault::LoseRecords],
        vec![Fault::Delay],
        vec![Fault::LoseRecords, Fault::LoseRecords, Fault::LoseAnswer],
        vec![Fault::Delay, Fault::LoseAnswer],
        vec![Fault::Overtake(vec![rejected.clone()])],
        vec![Fault::LoseRecords, Fault::Overtake(vec![rejected.clone()])],
        vec![Fault::Overtake(vec![rejected]), Fault::Delay],
    ];
    for faults in faults {
        for id in [None, number(1)] {
            for is_behind in [false, true] {
                let stores = Stores::start();
                if is_behind {
                    stores.other.add(title("other")).await.unwrap();
                }
                faults.iter().for_each(|it| stores.journal.fail(it.clone()));
                let (_, command) = add("x");
                let change = stores.one.run(id, command.clone()).await.unwrap();
                let revision = change.as_ref().unwrap().revision;
                assert_eq!(revision, stores.one.revision(), "{faults:?}");
                let records = stores.journal.records();
                let times = records.iter().filter(|it| it.command == command).count();
                assert_eq!(times, 1, "{faults:?}");
                if id.is_some() {
                    assert_eq!(stores.other.run(id, command).await.unwrap(), change);
                }
                // Both stores can go on.
                stores.other.add(title("y")).await.unwrap();
                stores.one.add(title("z")).await.unwrap();
                stores.check().await;
                let texts = stores.texts();
                let expected = [vec!["x", "y", "z"], vec!["other", "x", "y", "z"]];
                assert_eq!(texts, expected[usize::from(is_behind)], "{faults:?}");
            }
        }
    }
}

/// The writers are threads of their own, so their appends meet in every order.
#[tokio::test]
async fn stores_that_write_at_the_same_time_lose_nothing() {
    let stores = Stores::start();
    let mut answers = Vec::new();
    for seq in 1..=200 {
        for (store, client) in [(&stores.one, 1), (&stores.other, 2)] {
            let client = ClientId::new([client; 16]);
            let id = Some(CommandId { client, seq });
            answers.push(store.submit(id, add("x").1).await.unwrap());
            answers.push(store.submit(None, add("x").1).await.unwrap());
        }
    }
    for answer in answers {
        answer.await.unwrap();
    }
    stores.check().await;
    assert_eq!(stores.texts().len(), 800);
}

#[tokio::test]
async fn a_full_disk_changes_nothing() {
    let stores = Stores::start();
    stores.one.add(title("first")).await.unwrap();
    // The second store is behind, or has a record whose fate it does not know.
    for faults in [vec![Fault::Full], vec![Fault::LoseRecords, Fault::Full]] {
        faults.into_iter().for_each(|it| stores.journal.fail(it));
        let full = stores.other.run(number(1), add("x").1).await;
        assert_eq!(full, Err(StoreError::Full));
        assert_eq!(stores.texts(), ["first"]);
        stores.check().await;
    }
    for fault in [Fault::LoseAnswer, Fault::Full] {
        stores.journal.fail(fault);
    }
    stores.other.run(number(1), add("y").1).await.unwrap();
    let full = stores.one.run(number(2), add("z").1).await;
    assert_eq!(full, Err(StoreError::Full));
    stores.one.run(number(2), add("z").1).await.unwrap();
    stores.check().await;
    assert_eq!(stores.texts(), ["first", "y", "z"]);
}

#[tokio::test]
async fn a_store_catches_up_with_a_cursor_of_the_other_one() {
    let stores = Stores::start();
    let mut follower = stores.other.published();
    let before = follower.head();
    stores.one.add(title("x")).await.unwrap();
    stores.one.add(title("y")).await.unwrap();
    let cursor = stores.one.cursor();
    let elsewhere = Cursor {
        epoch: cursor.epoch ^ 1,
        ..cursor
    };
    let reads = stores.journal.reads_of_tail();
    stores.other.catch_up(elsewhere).await;
    stores.other.catch_up(stores.other.cursor()).await;
    assert_eq!(stores.other.revision(), before);
    assert_eq!(stores.journal.reads_of_tail(), reads, "it was not behind");
    stores.other.catch_up(cursor).await;
    assert_eq!(stores.other.cursor(), cursor);
    assert_eq!(stores.journal.reads_of_tail(), reads + 1);
    // Its streams learn of it.
    follower.changed().await.unwrap();
    assert_eq!(follower.head(), cursor.revision);
    // The journal has no such revision.
    stores.other.catch_up(end(&stores.other)).await;
    assert_eq!(stores.other.cursor(), cursor);
    stores.other.clone().close().await;
    stores.other.catch_up(end(&stores.other)).await;
}

#[tokio::test]
async fn a_decision_is_not_earlier_than_the_last_one_of_another_store() {
    let stores = Stores::start();
    let now = stores.journal.records()[1].at;
    let later = Timestamp(now.0 + 30_000);
    let fault = Fault::Overtake(vec![rejected_of_another(later)]);
    stores.journal.fail(fault);
    stores.one.add(title("x")).await.unwrap();
    stores.other.add(title("y")).await.unwrap();
    let times: Vec<Timestamp> = stores.journal.records().iter().map(|it| it.at).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(times[4], later);
    // A store that starts later.
    let third = Store::open(Box::new(stores.journal.clone())).unwrap();
    third.add(title("z")).await.unwrap();
    assert_eq!(stores.journal.records()[5].at, later);
}

/// Two servers of one journal.
async fn servers() -> (Server, Server) {
    let Stores { one, other, .. } = Stores::start();
    (
        Server::with_store(one).await,
        Server::with_store(other).await,
    )
}

async fn exchange(server: &Server, since: Cursor) -> ExchangeResponse {
    let arguments = Exchange {
        list: ListId::HOME,
        since,
        first: number(1).unwrap(),
        commands: Vec::new(),
    };
    let body = CallEncoding::encode(&arguments).unwrap();
    let request = server
        .request("POST", "/api/fn/exchange")
        .body(body.to_vec());
    let body = request.send().await.unwrap().bytes().await.unwrap();
    CallEncoding::decode(body).unwrap()
}

#[tokio::test]
async fn a_page_that_is_ahead_of_a_server_does_not_go_back() {
    let (one, other) = servers().await;
    let change = one.store.add(title("x")).await.unwrap();
    let ahead = one.store.cursor();
    let response = exchange(&other, ahead).await;
    assert_eq!(response.cursor, ahead);
    assert!(matches!(response.update, ListUpdate::Changes(changes) if changes.is_empty()));
    // A cursor that no server has given is answered with the whole list, as before.
    let response = exchange(&other, end(&one.store)).await;
    assert_eq!(response.cursor, ahead);
    assert!(matches!(response.update, ListUpdate::Listing(_)));
    // A page that is one change behind gets it from either.
    let behind = Cursor {
        revision: ahead.revision - 1,
        ..ahead
    };
    let ListUpdate::Changes(changes) = exchange(&other, behind).await.update else {
        panic!("it is the whole list");
    };
    assert_eq!(changes, [change.unwrap()]);
}

#[tokio::test]
async fn a_stream_continues_at_another_server_without_a_reset() {
    let (one, other) = servers().await;
    one.store.add(title("x")).await.unwrap();
    let ahead = one.store.cursor();
    let mut events = Events::after(&other, ahead).await;
    events.expect("heartbeat", ahead).await;
    one.store.add(title("y")).await.unwrap();
    let mut resumed = Events::resume(&other, &one.store.cursor().to_string()).await;
    resumed.expect("heartbeat", one.store.cursor()).await;
    assert_eq!(events.change().await.revision, ahead.revision + 1);
    let mut unknown = Events::after(&other, end(&one.store)).await;
    unknown.expect("reset", one.store.cursor()).await;
}

#[tokio::test]
async fn the_changes_since_a_cursor_of_another_server_are_known() {
    let (one, other) = servers().await;
    for by_revision in [false, true] {
        let change: Arc<Change> = one.store.add(title("x")).await.unwrap().unwrap();
        let since = match by_revision {
            true => change.revision.to_string(),
            false => one.store.cursor().to_string(),
        };
        let path = format!("/api/v1/lists/home?since={since}");
        let body: Value = other.get(&path).await.json().await.unwrap();
        assert_eq!(body["revision"], change.revision);
        assert_eq!(body["changes"], serde_json::json!([]));
    }
}
