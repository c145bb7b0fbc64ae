//! What an outbox makes of the entries in the storage, of refusals, and of a sender that is renamed.

use super::outbox::{NOW, REFUSAL, Storage, at, complete, ids, name, rename, sent, stored};
use super::*;

#[test]
fn loading_takes_what_is_stored_and_keeps_what_is_not_stored_yet() {
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    let (first, second) = (outbox.push(add(1), NOW), outbox.push(add(2), NOW));
    let writes = outbox.take_writes();
    let StorageWrite::Put(first_entry) = writes[0].clone() else {
        panic!("what was given is stored");
    };
    // The first is stored without confirmation. Other pages have delivered the others this far.
    let mut entries = vec![
        stored(1, 1, add(3), DeliveryState::Stored),
        stored(1, 2, add(4), DeliveryState::Accepted(at(9))),
        stored(1, 3, add(5), DeliveryState::Accepted(at(10))),
        stored(2, 1, rename(6), DeliveryState::Rejected(REFUSAL)),
        first_entry,
    ];
    outbox.load(entries.clone(), at(9));
    let expected = [name(1, 1), name(1, 3), first, second];
    assert_eq!(ids(outbox.pending()), expected);
    assert_eq!(ids(outbox.rejected()), [name(2, 1)]);
    let stages = outbox.pending().iter().map(|entry| entry.state);
    let kept = [
        DeliveryState::Stored,
        DeliveryState::Accepted(at(10)),
        DeliveryState::Stored,
        DeliveryState::New,
    ];
    assert_eq!(stages.collect::<Vec<_>>(), kept);
    // What the other pages have finished leaves.
    entries.remove(0);
    entries.remove(2);
    outbox.load(entries, at(10));
    assert_eq!(ids(outbox.pending()), [first, second]);
    assert_eq!(outbox.rejected(), []);
}

#[test]
fn what_was_read_before_a_write_does_not_undo_it() {
    let change = |change: &dyn Fn(&mut Outbox)| {
        let mut storage = Storage::default();
        let mut outbox = Outbox::new(ListId::HOME, client(0));
        outbox.requeue_unconfirmed(at(7));
        for number in [1, 2] {
            outbox.push(add(number), NOW);
        }
        storage.store(&mut outbox);
        let before = storage.entries();
        change(&mut outbox);
        let expected = outbox.clone();
        // Whether or not the storage was asked to do it: it has done nothing yet when it is read.
        outbox.load(before.clone(), at(7));
        assert_eq!(outbox, expected);
        let writes = outbox.take_writes();
        outbox.load(before, at(7));
        assert_eq!(outbox.pending(), expected.pending());
        assert_eq!(outbox.rejected(), expected.rejected());
        storage.perform(&writes);
        outbox.load(storage.entries(), at(7));
        outbox.on_stored(&writes);
        let stored = storage.entries();
        outbox.load(stored.clone(), at(7));
        assert_eq!(ids(outbox.pending()), ids(expected.pending()));
        assert_eq!(outbox.rejected(), expected.rejected());
        assert_eq!(outbox.take_writes(), []);
        stored.len()
    };
    let stored = [
        change(&|outbox| assert_eq!(outbox.push(add(3), NOW), name(0, 3))),
        change(&|outbox| assert!(outbox.accept(name(0, 1), at(7)))),
        change(&|outbox| drop(outbox.reject(name(0, 1), REFUSAL))),
        change(&|outbox| outbox.add_rejected(rename(1), REFUSAL, NOW)),
        change(&|outbox| drop(outbox.rename_sender(client(0), client(7)))),
        change(&|outbox| {
            outbox.reject(name(0, 1), REFUSAL);
            outbox.discard_rejected(id(1));
        }),
        change(&|outbox| {
            outbox.accept(name(0, 1), at(7));
            outbox.on_page_cached(at(7));
        }),
    ];
    assert_eq!(stored, [3, 2, 2, 3, 2, 1, 1]);
}

#[test]
fn what_cannot_be_stored_is_sent_all_the_same_and_stays_until_it_can() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    outbox.push(add(1), NOW);
    outbox.push(add(2), NOW);
    let writes = outbox.take_writes();
    outbox.on_store_failed(&writes);
    assert_eq!(sent(&outbox), Some((name(0, 1), 2)));
    // Another page says that something is stored; it is nothing of this page.
    outbox.load(Vec::new(), at(0));
    assert_eq!(ids(outbox.pending()), [name(0, 1), name(0, 2)]);
    outbox.accept(name(0, 1), at(1));
    outbox.add_rejected(rename(3), REFUSAL, NOW);
    for expected in [4, 3] {
        let writes = outbox.take_writes();
        assert_eq!(writes.len(), expected, "of each entry the last is enough");
        outbox.on_store_failed(&writes);
    }
    outbox.load(Vec::new(), at(1));
    assert_eq!(ids(outbox.pending()), [name(0, 2)]);
    assert_eq!(outbox.rejected().len(), 1);
    storage.store(&mut outbox);
    assert_eq!(storage.0.len(), 3);
    assert_eq!(outbox.take_writes(), []);
}

#[test]
fn a_refused_text_stays_and_a_refused_click_goes() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    let commands = [
        add(1),
        rename(2),
        complete(3),
        Command::Remove { id: id(4) },
    ];
    for command in &commands {
        outbox.push(command.clone(), NOW);
    }
    storage.store(&mut outbox);
    for (seq, command) in (1..).zip(commands) {
        assert_eq!(outbox.reject(name(0, seq), REFUSAL), Some(command));
        assert_eq!(outbox.reject(name(0, seq), REFUSAL), None);
    }
    storage.store(&mut outbox);
    assert_eq!(ids(outbox.rejected()), [name(0, 1), name(0, 2)]);
    assert_eq!(ids(&storage.entries()), [name(0, 1), name(0, 2)]);
    outbox.discard_rejected(id(2));
    outbox.discard_rejected(id(3));
    storage.store(&mut outbox);
    assert_eq!(ids(&storage.entries()), [name(0, 1)]);
}

#[test]
fn of_an_item_only_the_last_text_that_was_refused_stays() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    for _ in 0..2 {
        let id = outbox.push(rename(1), NOW);
        outbox.reject(id, REFUSAL);
    }
    storage.store(&mut outbox);
    assert_eq!(ids(outbox.rejected()), [name(0, 2)]);
    assert_eq!(ids(&storage.entries()), [name(0, 2)]);
}

#[test]
fn a_text_that_is_not_sent_has_no_number() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    outbox.add_rejected(rename(1), REFUSAL, NOW);
    outbox.add_rejected(rename(2), REFUSAL, NOW);
    storage.store(&mut outbox);
    assert_eq!(sent(&outbox), None);
    assert_eq!(storage.0.len(), 2);
    assert_eq!(outbox.push(add(3), NOW), name(0, 1));
    let mut next = Outbox::new(ListId::HOME, client(1));
    next.load(storage.entries(), at(0));
    assert_eq!(next.rejected(), outbox.rejected());
    next.discard_rejected(id(1));
    storage.store(&mut next);
    assert_eq!(storage.0.len(), 1);
}

#[test]
fn a_renamed_sender_begins_at_1_and_what_takes_its_commands_back_follows() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    for command in [add(1), add(2), complete(2)] {
        outbox.push(command, NOW);
    }
    let (done, of) = (name(0, 1), name(0, 3));
    outbox.push(Command::Revert { of }, NOW);
    outbox.push(Command::Revert { of: done }, NOW);
    outbox.accept(done, at(1));
    storage.store(&mut outbox);
    outbox.load(storage.entries(), at(1));
    let renamed = outbox.rename_sender(client(0), client(7));
    let expected: Vec<_> = (1..=4)
        .map(|seq| (name(0, seq + 1), name(7, seq)))
        .collect();
    assert_eq!(renamed, expected);
    assert_eq!(sent(&outbox), None, "not before it is stored");
    storage.store(&mut outbox);
    assert_eq!(sent(&outbox), Some((name(7, 1), 4)));
    let commands = outbox.next_batch().unwrap().1;
    assert_eq!(commands[2], Command::Revert { of: name(7, 2) });
    assert_eq!(
        commands[3],
        Command::Revert { of: done },
        "it keeps its name"
    );
    assert_eq!(outbox.push(add(3), NOW), name(7, 5));
    // All of it is in the storage, and nothing else.
    storage.store(&mut outbox);
    let mut next = Outbox::new(ListId::HOME, client(8));
    next.load(storage.entries(), at(1));
    assert_eq!(next.pending(), outbox.pending());
}

#[test]
fn another_sender_of_the_browser_is_renamed_alone() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    let entries = vec![
        stored(1, 4, add(1), DeliveryState::Stored),
        stored(2, 1, add(2), DeliveryState::Stored),
        StoredCommand {
            created_at: Timestamp(3_000),
            ..stored(1, 5, add(3), DeliveryState::Stored)
        },
    ];
    outbox.load(entries, at(0));
    outbox.push(add(4), NOW);
    storage.store(&mut outbox);
    outbox.rename_sender(client(1), client(7));
    storage.store(&mut outbox);
    let expected = [name(7, 1), name(2, 1), name(7, 2), name(0, 1)];
    assert_eq!(ids(outbox.pending()), expected);
    assert_eq!(outbox.push(add(5), NOW), name(0, 2), "this page goes on");
}

#[test]
fn two_pages_that_rename_a_sender_come_to_the_same_names() {
    let mut storage = Storage::default();
    let mut here = Outbox::new(ListId::HOME, client(0));
    for number in [1, 2] {
        here.push(add(number), NOW);
    }
    storage.store(&mut here);
    let mut there = Outbox::new(ListId::HOME, client(1));
    there.load(storage.entries(), at(0));
    here.push(add(3), NOW);
    let new = client(0).renamed(at(0).epoch);
    for outbox in [&mut here, &mut there] {
        outbox.rename_sender(client(0), new);
        storage.store(outbox);
    }
    let names = (1..=3).map(|seq| CommandId { client: new, seq });
    assert_eq!(ids(&storage.entries()), names.collect::<Vec<_>>());
    let others = [0, 1, 3, u64::MAX].map(|epoch| client(0).renamed(epoch));
    assert!(!others.contains(&client(0)) && others[2] == new);
    assert_ne!(new, new.renamed(3), "nor when it is mistaken again");
}
