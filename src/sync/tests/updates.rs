//! Updates of the server: by the stream, in a response, twice, late, or with a gap.

use super::outbox::{Storage, name};
use super::replica::{
    EPOCH, NOW, check, complete, cursor, exchange, other, seen, start, update_since,
};
use super::*;

/// The latest change, by the stream.
fn follow(replica: &mut Replica, server: &List, revision: u64) -> Vec<DirtySet> {
    let ListUpdate::Changes(changes) = update_since(server, revision - 1) else {
        panic!("it was not long ago");
    };
    let here = replica.cursor();
    replica.apply_update(here, ListUpdate::Changes(vec![changes[0].clone()]), NOW)
}

/// The server takes what a page sends, and its answer is not there yet.
fn take(server: &mut List, replica: &mut Replica) -> Vec<CommandId> {
    Storage::default().store(&mut replica.outbox);
    let (first, wishes) = replica.outbox.next_batch().unwrap();
    let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
    let take = |(id, wish)| {
        run(server, id, &wish, Timestamp(9_999)).unwrap();
        id
    };
    ids.zip(wishes).map(take).collect()
}

fn items(numbers: &[u8]) -> Vec<DirtySet> {
    vec![DirtySet::Items(numbers.iter().copied().map(id).collect())]
}

#[test]
fn an_own_change_that_comes_by_the_stream_first_is_not_done_again_by_the_answer() {
    let (mut server, mut replica) = start(&[0]);
    replica.submit(add(1), NOW);
    let ids = take(&mut server, &mut replica);
    assert_eq!(follow(&mut replica, &server, 2), items(&[1]));
    assert!(replica.outbox.pending().is_empty());
    assert_eq!(replica.cursor(), cursor(&server));
    let touched = replica.apply_update(cursor(&server), update_since(&server, 1), NOW);
    assert_eq!(touched, items(&[]), "the answer tells what is known");
    assert_eq!(replica.accept([ids[0]], cursor(&server), NOW), None);
    check(&replica, &[0, 1]);
}

#[test]
fn a_burst_longer_than_what_is_remembered_comes_out_as_predicted() {
    let (mut server, mut replica) = start(&[0, 1]);
    for number in 0..3 * List::MAX_HISTORY as u64 {
        let command = Command::add(
            ItemId::new(Timestamp(1_000 + number), [7; 10]),
            title("one of many"),
            At::End,
        );
        replica.submit(command, NOW);
    }
    while !replica.outbox.pending().is_empty() {
        let touched = exchange(&mut server, &mut replica);
        assert!(!touched.contains(&DirtySet::All));
    }
    assert_eq!(seen(replica.view()), seen(&server));
}

#[test]
fn an_own_change_that_comes_by_the_stream_afterwards_is_known() {
    let (mut server, mut replica) = start(&[0]);
    replica.submit(add(1), NOW);
    exchange(&mut server, &mut replica);
    let before = replica.clone();
    assert_eq!(follow(&mut replica, &server, 2), items(&[]));
    assert!(replica == before);
}

#[test]
fn a_change_of_another_client_makes_only_its_item_dirty_if_nothing_is_pending() {
    let (mut server, mut replica) = start(&[0, 1]);
    other(&mut server, &complete(0));
    assert_eq!(follow(&mut replica, &server, 3), items(&[0]));
    assert_eq!(seen(replica.view()), seen(&server));
    replica.submit(add(2), NOW);
    other(&mut server, &add(3));
    let touched = follow(&mut replica, &server, 4);
    assert!(touched.contains(&DirtySet::All));
    check(&replica, &[0, 1, 3, 2]);
}

#[test]
fn changes_of_others_before_and_after_an_own_one_come_out_as_on_the_server() {
    let (mut server, mut replica) = start(&[0, 1]);
    replica.submit(
        Command::Move {
            id: id(0),
            at: At::End,
        },
        NOW,
    );
    replica.submit(add(2), NOW);
    other(&mut server, &add(3));
    take(&mut server, &mut replica);
    other(&mut server, &add(4));
    for revision in 3..=6 {
        follow(&mut replica, &server, revision);
    }
    assert_eq!(seen(replica.view()), seen(&server));
    assert!(replica.outbox.pending().is_empty());
}

#[test]
fn the_change_of_another_page_of_the_browser_ends_its_waiting_here_too() {
    let (mut server, mut here) = start(&[0]);
    let mut there = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&server), client(1));
    let mut storage = Storage::default();
    there.submit(add(1), NOW);
    storage.store(&mut there.outbox);
    here.load(storage.entries(), NOW);
    check(&here, &[0, 1]);
    exchange(&mut server, &mut here);
    storage.store(&mut here.outbox);
    // The other page hears of the storage before it hears of the list.
    there.load(storage.entries(), NOW);
    check(&there, &[0, 1]);
    follow(&mut there, &server, 2);
    check(&there, &[0, 1]);
    assert!(there.outbox.pending().is_empty());
}

#[test]
fn what_is_known_already_changes_nothing_and_what_is_too_new_is_asked_for() {
    let (mut server, mut replica) = start(&[0]);
    for number in [1, 2] {
        other(&mut server, &add(number));
    }
    let unchanged = replica.clone();
    assert_eq!(follow(&mut replica, &server, 1), items(&[]));
    assert!(replica == unchanged && !replica.is_behind());
    assert_eq!(follow(&mut replica, &server, 3), items(&[]));
    assert!(replica.is_behind());
    check(&replica, &[0]);
    replica.begin_catch_up();
    replica.apply_update(cursor(&server), update_since(&server, 1), NOW);
    assert!(!replica.is_behind());
    check(&replica, &[0, 1, 2]);
    follow(&mut replica, &server, 3);
    follow(&mut replica, &server, 2);
    check(&replica, &[0, 1, 2]);
}

#[test]
fn changes_of_another_history_are_not_taken_in() {
    let (mut server, mut replica) = start(&[0]);
    replica.submit(add(1), NOW);
    other(&mut server, &Command::Remove { id: id(0) });
    let elsewhere = Cursor {
        epoch: EPOCH + 1,
        ..cursor(&server)
    };
    assert_eq!(
        replica.apply_update(elsewhere, update_since(&server, 1), NOW),
        []
    );
    assert!(replica.is_behind());
    check(&replica, &[0, 1]);
    assert_eq!(replica.cursor().revision, 1);
}

#[test]
fn a_list_of_another_history_is_taken_over_whatever_its_revision() {
    for items in [&[5][..], &[5, 6, 7, 8, 9]] {
        let (_, mut replica) = start(&[0, 1, 2]);
        replica.submit(add(4), NOW);
        let (server, _) = start(items);
        let elsewhere = Cursor {
            epoch: EPOCH + 1,
            ..cursor(&server)
        };
        let listing = ListUpdate::Listing(Listing::from(&server));
        let touched = replica.apply_update(elsewhere, listing, NOW);
        assert_eq!(touched, [DirtySet::All]);
        assert_eq!(replica.cursor(), elsewhere);
        check(&replica, &[items, &[4]].concat());
    }
}

#[test]
fn a_listing_that_the_stream_has_overtaken_is_nothing_new() {
    let (mut server, mut replica) = start(&[0]);
    other(&mut server, &add(1));
    let (then, listing) = (cursor(&server), Listing::from(&server));
    other(&mut server, &add(2));
    follow(&mut replica, &server, 2);
    follow(&mut replica, &server, 3);
    let touched = replica.apply_update(then, ListUpdate::Listing(listing), NOW);
    assert_eq!(touched, items(&[]));
    check(&replica, &[0, 1, 2]);
    assert_eq!(replica.cursor(), cursor(&server));
}

#[test]
fn a_newer_listing_is_taken_over_and_what_waits_comes_on_top() {
    let (mut server, mut replica) = start(&[0]);
    replica.submit(add(1), NOW);
    other(&mut server, &add(2));
    let listing = ListUpdate::Listing(Listing::from(&server));
    let touched = replica.apply_update(cursor(&server), listing, NOW);
    assert_eq!(touched, [DirtySet::All]);
    check(&replica, &[0, 2, 1]);
}

#[test]
fn the_same_list_again_keeps_what_can_be_taken_back() {
    let (mut server, mut replica) = start(&[0]);
    let (of, _) = replica.submit(complete(0), NOW);
    exchange(&mut server, &mut replica);
    let listing = ListUpdate::Listing(Listing::from(&server));
    let touched = replica.apply_update(cursor(&server), listing, NOW);
    assert_eq!(touched, items(&[]));
    replica.submit(Command::Revert { of }, NOW);
    assert_eq!(
        replica.view().completed(),
        0,
        "the page can take it back by itself"
    );
}

#[test]
fn a_response_without_the_change_ends_the_pending_state_too() {
    let (mut server, mut replica) = start(&[0]);
    replica.submit(add(1), NOW);
    let ids = take(&mut server, &mut replica);
    // A page that opens with the list of now has no change to wait for.
    let mut storage = Storage::default();
    let mut next = Replica::new(KEY, ListId::HOME, EPOCH, Listing::from(&server), client(1));
    let entry = replica.outbox.pending()[0].clone();
    storage.perform(&[StorageWrite::Put(entry)]);
    next.load(storage.entries(), NOW);
    assert_eq!(ids, [name(0, 1)]);
    assert!(next.outbox.is_adding(id(1)));
    let touched = next.accept([ids[0]], cursor(&server), NOW);
    assert_eq!(touched, Some(DirtySet::All));
    assert!(next.outbox.pending().is_empty());
    check(&next, &[0, 1]);
}

#[test]
fn what_a_backup_has_forgotten_waits_again_and_what_it_has_gets_its_answer() {
    let (mut server, mut replica) = start(&[0]);
    for number in [1, 2] {
        replica.submit(add(number), NOW);
        exchange(&mut server, &mut replica);
    }
    // The backup was made after the first; others have done much since.
    let backup = |numbers: &[u8]| {
        let (mut server, mut before) = start(&[0]);
        before.submit(add(1), NOW);
        exchange(&mut server, &mut before);
        for number in numbers {
            other(&mut server, &add(*number));
        }
        server
    };
    for numbers in [&[][..], &[5, 6, 7]] {
        let mut page = replica.clone();
        let server = backup(numbers);
        let elsewhere = Cursor {
            epoch: EPOCH + 1,
            ..cursor(&server)
        };
        let listing = ListUpdate::Listing(Listing::from(&server));
        page.apply_update(elsewhere, listing, NOW);
        check(&page, &[&[0, 1], numbers, &[2]].concat());
        let waiting = page.outbox.pending().iter().map(|entry| entry.id);
        assert_eq!(waiting.collect::<Vec<_>>(), [name(0, 1), name(0, 2)]);
        let admissions = [1, 2].map(|seq| server.admit(name(0, seq)));
        assert_eq!(admissions, [Admission::Repeated, Admission::Next]);
        page.accept([name(0, 1)], elsewhere, NOW);
        // An answer of the server as it was is none.
        assert_eq!(page.accept([name(0, 2)], cursor(&server), NOW), None);
        assert!(page.outbox.is_adding(id(2)));
        page.accept([name(0, 2)], elsewhere, NOW);
        assert!(page.outbox.pending().is_empty());
    }
}

#[test]
fn who_falls_behind_while_the_news_are_on_their_way_is_still_behind_afterwards() {
    let (server, mut replica) = start(&[0]);
    replica.mark_behind();
    replica.begin_catch_up();
    assert!(!replica.is_behind());
    replica.mark_behind();
    replica.apply_update(
        cursor(&server),
        ListUpdate::Listing(Listing::from(&server)),
        NOW,
    );
    assert!(replica.is_behind());
}

#[test]
fn a_prediction_about_another_item_goes_away() {
    let (mut server, mut replica) = start(&[0, 1]);
    let (command, _) = replica.submit(add(2), NOW);
    check(&replica, &[0, 1, 2]);
    // The server has understood it in another way, as one of another version might.
    let order = Some(0);
    run(&mut server, command, &Command::order(id(1), order), NOW).unwrap();
    let since = replica.cursor().revision;
    replica.apply_update(cursor(&server), update_since(&server, since), NOW);
    check(&replica, &[0, 1]);
}

proptest! {
    #[test]
    fn news_in_any_pieces_twice_and_late_lead_to_the_list_of_the_server(
        commands in any_commands(30),
        own in prop::collection::vec(any_command(), 0..4),
        pieces in prop::collection::vec((0..40_usize, 0..6_usize), 0..30),
    ) {
        let (mut server, mut replica) = start(&[0, 1, 2, 3]);
        let begin = server.revision();
        for wish in own {
            replica.submit(wish, NOW);
        }
        run_all(&mut server, &commands);
        let ListUpdate::Changes(changes) = update_since(&server, begin) else { unreachable!() };
        for (from, count) in pieces {
            let from = from.min(changes.len());
            let piece = &changes[from..(from + count).min(changes.len())];
            let here = replica.cursor();
            replica.apply_update(here, ListUpdate::Changes(piece.to_vec()), NOW);
        }
        let here = replica.cursor().revision;
        replica.apply_update(cursor(&server), update_since(&server, here), NOW);
        while !replica.outbox.pending().is_empty() {
            exchange(&mut server, &mut replica);
        }
        prop_assert_eq!(seen(replica.view()), seen(&server));
    }
}
