//! What a page shows while it waits for the server.

use super::outbox::Storage;
use super::*;

pub(super) const NOW: Timestamp = Timestamp(5_000);

/// The name of the history that all these lists have, unless a test says otherwise.
pub(super) const EPOCH: u64 = 3;

/// A server, and a page that has loaded its list of these items.
pub(super) fn start(numbers: &[u8]) -> (List, Replica) {
    let mut server = List::new(KEY);
    for number in numbers {
        let command = next(&server, client(9));
        run(&mut server, command, &add(*number), Timestamp(1)).unwrap();
    }
    let replica = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&server), client(0));
    (server, replica)
}

pub(super) fn check(replica: &Replica, numbers: &[u8]) {
    let ids: Vec<ItemId> = replica.view().items().map(|item| item.id).collect();
    let expected: Vec<ItemId> = numbers.iter().copied().map(id).collect();
    assert_eq!(ids, expected);
}

/// Where the server's list is.
pub(super) fn cursor(server: &List) -> Cursor {
    Cursor {
        epoch: EPOCH,
        revision: server.revision(),
    }
}

/// The server's update for a page at this revision.
pub(super) fn update_since(server: &List, since: u64) -> ListUpdate {
    let changes = server.history_since(since).unwrap();
    ListUpdate::Changes(changes.cloned().collect())
}

/// Stores and sends what waits, to a server whose clock is another one, and takes the answer.
pub(super) fn exchange(server: &mut List, replica: &mut Replica) -> Vec<DirtySet> {
    Storage::default().store(&mut replica.outbox);
    let since = replica.cursor().revision;
    replica.begin_catch_up();
    let (first, wishes) = replica.outbox.next_batch().unwrap();
    let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
    let outcomes: Vec<_> = ids
        .zip(wishes)
        .map(|(id, wish)| (id, run(server, id, &wish, Timestamp(9_999))))
        .collect();
    let mut touched = Vec::new();
    for (id, outcome) in &outcomes {
        if let Err(rejection) = outcome {
            replica.reject(*id, *rejection, NOW);
            touched.push(DirtySet::All);
        }
    }
    touched.extend(replica.apply_update(cursor(server), update_since(server, since), NOW));
    for (id, outcome) in outcomes {
        if outcome.is_ok() {
            touched.extend(replica.accept([id], cursor(server), NOW));
        }
    }
    touched
}

/// Another client sends a command.
pub(super) fn other(server: &mut List, wish: &Command) {
    let command = next(server, client(5));
    run(server, command, wish, NOW).unwrap();
}

pub(super) fn complete(number: u8) -> Command {
    let completed = true;
    Command::complete(id(number), completed)
}

/// What a person sees of the items. Not the times: the server's clock decides them.
pub(super) fn seen(list: &List) -> Vec<(ItemId, Title, bool, Option<i64>, bool)> {
    let see = |item: &Item| {
        let Item {
            id,
            title,
            completed_at,
            order,
            removed_at,
        } = item;
        let (is_completed, is_removed) = (completed_at.is_some(), removed_at.is_some());
        (*id, title.clone(), is_completed, *order, is_removed)
    };
    list.items().map(see).collect()
}

#[test]
fn a_command_shows_at_once_and_its_answer_changes_nothing() {
    let (mut server, mut replica) = start(&[0, 1]);
    replica.submit(add(2), NOW);
    let (_, touched) = replica.submit(complete(0), NOW);
    assert_eq!(touched, DirtySet::Items(vec![id(0)]));
    check(&replica, &[0, 1, 2]);
    assert!(replica.outbox.is_adding(id(2)));
    let before = replica.view().clone();
    let touched = exchange(&mut server, &mut replica);
    let expected = [id(2), id(0)].map(|id| DirtySet::Items(vec![id]));
    assert_eq!(touched, expected);
    assert!(
        *replica.view() == before,
        "the prediction was right, but for the clock"
    );
    assert!(!replica.outbox.is_adding(id(2)));
    assert!(replica.outbox.pending().is_empty() && !replica.is_behind());
}

#[test]
fn a_wrong_prediction_goes_away() {
    let (mut server, mut replica) = start(&[0, 1]);
    other(&mut server, &Command::Remove { id: id(0) });
    replica.submit(complete(0), NOW);
    replica.submit(add(2), NOW);
    check(&replica, &[0, 1, 2]);
    assert_eq!(replica.view().completed(), 1);
    let touched = exchange(&mut server, &mut replica);
    assert!(touched.contains(&DirtySet::All));
    check(&replica, &[1, 2]);
    assert_eq!(seen(replica.view()), seen(&server));
    assert!(!replica.is_behind(), "the answer tells what others did");
}

#[test]
fn a_command_that_arrives_earlier_at_the_server_comes_first() {
    let (mut server, mut replica) = start(&[0]);
    other(&mut server, &add(1));
    replica.submit(add(2), NOW);
    check(&replica, &[0, 2]);
    exchange(&mut server, &mut replica);
    check(&replica, &[0, 1, 2]);
}

#[test]
fn a_refused_addition_leaves_the_view_and_only_that_one() {
    let (_, mut replica) = start(&[0]);
    let (refused, _) = replica.submit(add(1), NOW);
    let (kept, _) = replica.submit(add(2), NOW);
    let refuse = |replica: &mut Replica| replica.reject(refused, Rejection::ListFull, NOW);
    assert_eq!(refuse(&mut replica), Some(add(1)));
    check(&replica, &[0, 2]);
    assert_eq!(refuse(&mut replica), None);
    Storage::default().store(&mut replica.outbox);
    assert_eq!(replica.outbox.next_batch().unwrap().0, kept);
}

#[test]
fn a_command_that_seems_to_be_against_the_rules_is_sent_all_the_same() {
    let (mut server, mut replica) = start(&[0]);
    other(&mut server, &add(7));
    replica.submit(complete(7), NOW);
    check(&replica, &[0]);
    exchange(&mut server, &mut replica);
    check(&replica, &[0, 7]);
    assert_eq!(replica.view().completed(), 1);
}

#[test]
fn what_takes_back_a_waiting_command_follows_its_new_name() {
    let (mut server, mut replica) = start(&[0]);
    replica.submit(add(1), NOW);
    let (of, _) = replica.submit(complete(0), NOW);
    replica.submit(Command::Revert { of }, NOW);
    let before = seen(replica.view());
    replica.outbox.rename_sender(client(0), client(1));
    replica.rebase(NOW);
    assert_eq!(seen(replica.view()), before);
    exchange(&mut server, &mut replica);
    assert!(replica.outbox.pending().is_empty());
    assert_eq!(
        server.completed(),
        0,
        "it was completed, and that was taken back"
    );
    assert_eq!(server.revision(), 4);
}

#[test]
fn a_page_that_opens_shows_what_waits_in_the_storage() {
    let (mut server, mut replica) = start(&[0]);
    let mut storage = Storage::default();
    replica.submit(add(1), NOW);
    replica.submit(complete(0), NOW);
    storage.store(&mut replica.outbox);
    let mut next = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&server), client(1));
    assert_eq!(next.load(storage.entries(), NOW), DirtySet::All);
    assert_eq!(seen(next.view()), seen(replica.view()));
    let again = next.load(storage.entries(), NOW);
    assert_eq!(again, DirtySet::Items(vec![]), "nothing is drawn again");
    assert!(next.outbox.is_adding(id(1)));
    exchange(&mut server, &mut next);
    assert_eq!(seen(next.view()), seen(&server));
    assert!(next.outbox.pending().is_empty());
    storage.store(&mut next.outbox);
    // The page before it hears of that.
    replica.apply_update(cursor(&server), update_since(&server, 1), NOW);
    assert!(replica.outbox.pending().is_empty());
}

#[test]
fn a_kept_page_shows_what_was_done_since_it_was_kept() {
    let (mut server, mut replica) = start(&[0]);
    let kept = Listing::from(&server);
    let mut storage = Storage::default();
    replica.submit(add(1), NOW);
    storage.store(&mut replica.outbox);
    exchange(&mut server, &mut replica);
    storage.store(&mut replica.outbox);
    let mut offline = Replica::new(KEY, ListId::HOME, EPOCH, kept, client(1));
    offline.load(storage.entries(), NOW);
    check(&offline, &[0, 1]);
    let mut online = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&server), client(2));
    online.load(storage.entries(), NOW);
    check(&online, &[0, 1]);
    assert!(online.outbox.pending().is_empty());
}

proptest! {
    #[test]
    fn a_page_alone_predicts_exactly_what_the_server_does(commands in any_commands(25)) {
        let (mut server, mut replica) = start(&[0, 1, 2, 3]);
        for (_, _, wish) in commands {
            replica.submit(wish, NOW);
        }
        while !replica.outbox.pending().is_empty() {
            exchange(&mut server, &mut replica);
        }
        prop_assert_eq!(seen(replica.view()), seen(&server));
    }
}
