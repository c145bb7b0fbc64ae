//! How far a command can come, and what is stored of it.

use std::collections::BTreeMap;

use super::*;

pub(super) const NOW: Timestamp = Timestamp(5_000);

/// What the storage of a browser holds, in the order of its keys.
#[derive(Clone, Default)]
pub(super) struct Storage(pub(super) BTreeMap<StoredCommandKey, StoredCommand>);

impl Storage {
    pub(super) fn perform(&mut self, writes: &[StorageWrite]) {
        for write in writes {
            match write {
                StorageWrite::Put(entry) => self.0.insert(entry.key(), entry.clone()),
                StorageWrite::Delete(key) => self.0.remove(key),
            };
        }
    }

    /// Does what the outbox wants to be done, and says so.
    pub(super) fn store(&mut self, outbox: &mut Outbox) {
        let writes = outbox.take_writes();
        self.perform(&writes);
        outbox.on_stored(&writes);
    }

    pub(super) fn entries(&self) -> Vec<StoredCommand> {
        self.0.values().cloned().collect()
    }
}

/// A place in the only history that these tests know.
pub(super) fn at(revision: u64) -> Cursor {
    Cursor { epoch: 3, revision }
}

pub(super) fn name(number: u8, seq: u64) -> CommandId {
    CommandId {
        client: client(number),
        seq,
    }
}

pub(super) fn rename(number: u8) -> Command {
    Command::rename(id(number), title("another"))
}

pub(super) fn complete(number: u8) -> Command {
    Command::complete(id(number), true)
}

/// An entry as another page of the browser has stored it.
pub(super) fn stored(
    number: u8,
    seq: u64,
    command: Command,
    state: DeliveryState,
) -> StoredCommand {
    StoredCommand {
        list: ListId::HOME,
        created_at: Timestamp(1_000 * u64::from(number) + seq),
        id: name(number, seq),
        command,
        state,
    }
}

pub(super) fn ids(entries: &[StoredCommand]) -> Vec<CommandId> {
    entries.iter().map(|entry| entry.id).collect()
}

pub(super) fn sent(outbox: &Outbox) -> Option<(CommandId, usize)> {
    let (first, commands) = outbox.next_batch()?;
    Some((first, commands.len()))
}

pub(super) const REFUSAL: Rejection = Rejection::ListFull;

/// What can happen to an outbox with one command in it.
#[derive(Clone, Copy, Debug)]
enum Step {
    Store,
    Done,
    Refuse,
    /// The page is closed, and opened again with a list of this revision.
    Reopen(u64),
    /// The list comes to this revision.
    CatchUp(u64),
    /// The list is another one, at this revision.
    Restored(u64),
    PageKept(u64),
    Forget,
    Rename,
}
use Step::{CatchUp, Done, Forget, PageKept, Refuse, Rename, Reopen, Restored, Store};

/// What an addition that was just given comes to by these steps: in the page, and in the storage.
fn come_to(steps: &[Step]) -> String {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    let mut current = outbox.push(add(1), NOW);
    for step in steps {
        match step {
            Store => storage.store(&mut outbox),
            Done => drop(outbox.accept(current, at(7))),
            Refuse => drop(outbox.reject(current, REFUSAL)),
            Reopen(revision) => {
                outbox = Outbox::new(ListId::HOME, client(8));
                outbox.load(storage.entries(), at(*revision));
            }
            CatchUp(revision) => drop(outbox.settle_accepted(at(*revision))),
            Restored(revision) => {
                let here = Cursor {
                    epoch: 4,
                    revision: *revision,
                };
                outbox.requeue_unconfirmed(here);
            }
            PageKept(revision) => outbox.on_page_cached(at(*revision)),
            Forget => outbox.discard_rejected(id(1)),
            Rename => {
                let renamed = outbox.rename_sender(current.client, client(9));
                current = renamed.first().map_or(current, |(_, new)| *new);
            }
        }
    }
    let state = |entry: &StoredCommand| match entry.state {
        DeliveryState::Accepted(since) => format!("Accepted({})", since.revision),
        state => format!("{state:?}"),
    };
    let show = |mut stages: Vec<String>| {
        if stages.is_empty() {
            stages.push("-".to_owned());
        }
        stages.join(" ").replace(&format!("({REFUSAL:?})"), "")
    };
    let here = outbox.pending().iter().chain(outbox.rejected()).map(state);
    let there = storage.0.values().map(state);
    format!("{} / {}", show(here.collect()), show(there.collect()))
}

#[test]
fn a_command_goes_from_state_to_state_and_leaves_when_it_is_delivered() {
    for (steps, expected) in [
        // It is waiting, and what is in the storage follows with the next write.
        (&[][..], "New / -"),
        (&[Store], "Stored / Stored"),
        (&[Store, Done], "- / Stored"),
        (&[Store, Done, Store], "- / Accepted(7)"),
        (&[Store, Refuse], "Rejected / Stored"),
        (&[Store, Refuse, Store], "Rejected / Rejected"),
        // The answer comes before the storage says a word.
        (&[Done, Store], "- / Accepted(7)"),
        (&[Refuse, Store], "Rejected / Rejected"),
        // A second answer, or one that comes late, changes nothing.
        (&[Store, Done, Refuse, Store], "- / Accepted(7)"),
        (&[Store, Refuse, Done, Store], "Rejected / Rejected"),
        (&[Store, Refuse, Refuse, Store], "Rejected / Rejected"),
        // What is done stays until the page that opens without a network has it.
        (&[Store, Done, Store, PageKept(6), Store], "- / Accepted(7)"),
        (&[Store, Done, Store, PageKept(7), Store], "- / -"),
        (&[Store, Done, PageKept(7), Store], "- / -"),
        (&[Store, PageKept(9), Store], "Stored / Stored"),
        // What was refused stays until the person has dealt with it.
        (
            &[Store, Refuse, Store, PageKept(9), Store],
            "Rejected / Rejected",
        ),
        (&[Store, Refuse, Store, Forget, Store], "- / -"),
        (&[Store, Refuse, Forget, Store], "- / -"),
        (&[Store, Forget, Store], "Stored / Stored"),
        (&[Store, Done, Store, Forget, Store], "- / Accepted(7)"),
        // Another page goes on with what is stored, and only with that.
        (&[Reopen(3)], "- / -"),
        (&[Store, Reopen(3)], "Stored / Stored"),
        (&[Store, Done, Reopen(3)], "Stored / Stored"),
        (&[Store, Done, Store, Reopen(7)], "- / Accepted(7)"),
        // One whose list is behind goes on showing it until the list has it, and does not send it.
        (
            &[Store, Done, Store, Reopen(6)],
            "Accepted(7) / Accepted(7)",
        ),
        (
            &[Store, Done, Store, Reopen(5), CatchUp(6), Rename, Store],
            "Accepted(7) / Accepted(7)",
        ),
        (
            &[Store, Done, Store, Reopen(6), CatchUp(7)],
            "- / Accepted(7)",
        ),
        // Another history may not have it, so it is sent again, and may get another name.
        (
            &[Store, Done, Store, Reopen(6), Restored(9)],
            "Accepted(7) / Accepted(7)",
        ),
        (
            &[Store, Done, Store, Reopen(7), Restored(2), Rename, Store],
            "Stored / Stored",
        ),
        (
            &[Store, Done, Store, Reopen(6), Done, Store],
            "- / Accepted(7)",
        ),
        (
            &[Store, Done, Store, Reopen(7), PageKept(7), Store],
            "- / -",
        ),
        (&[Store, Refuse, Store, Reopen(3)], "Rejected / Rejected"),
        (&[Store, Refuse, Store, Reopen(3), Forget, Store], "- / -"),
        // Under another name it is as if it had just been given.
        (&[Rename], "New / -"),
        (&[Rename, Store], "Stored / Stored"),
        (&[Store, Rename], "New / Stored"),
        (&[Store, Rename, Store], "Stored / Stored"),
        (&[Store, Reopen(3), Rename, Store], "Stored / Stored"),
        (&[Store, Rename, Store, Done, Store], "- / Accepted(7)"),
        (
            &[Store, Rename, Store, Refuse, Store],
            "Rejected / Rejected",
        ),
        (&[Store, Done, Store, Rename, Store], "- / Accepted(7)"),
        (
            &[Store, Refuse, Store, Rename, Store],
            "Rejected / Rejected",
        ),
    ] {
        assert_eq!(come_to(steps), expected, "{steps:?}");
    }
}

#[test]
fn what_is_not_stored_is_not_sent() {
    let (mut storage, mut outbox) = (Storage::default(), Outbox::new(ListId::HOME, client(0)));
    assert_eq!(sent(&outbox), None);
    outbox.push(add(1), NOW);
    outbox.push(add(2), NOW);
    assert_eq!(sent(&outbox), None);
    let writes = outbox.take_writes();
    assert_eq!(sent(&outbox), None, "it is only on its way");
    storage.perform(&writes);
    outbox.on_stored(&writes);
    outbox.push(add(3), NOW);
    assert_eq!(sent(&outbox), Some((name(0, 1), 2)));
    storage.store(&mut outbox);
    assert_eq!(sent(&outbox), Some((name(0, 1), 3)));
    assert_eq!(outbox.take_writes(), [], "nothing is written twice");
    outbox.accept(name(0, 1), at(1));
    assert_eq!(sent(&outbox), Some((name(0, 2), 2)));
}

#[test]
fn nothing_overtakes_what_is_not_stored_yet() {
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    outbox.push(add(1), NOW);
    outbox.load(vec![stored(4, 1, add(2), DeliveryState::Stored)], at(0));
    assert_eq!(ids(outbox.pending()), [name(4, 1), name(0, 1)]);
    assert_eq!(sent(&outbox), Some((name(4, 1), 1)));
    outbox.accept(name(4, 1), at(1));
    assert_eq!(sent(&outbox), None);
}

#[test]
fn a_call_holds_the_commands_of_one_sender_without_a_gap() {
    let kept = |number, seq| stored(number, seq, complete(1), DeliveryState::Stored);
    for (entries, expected) in [
        (vec![kept(1, 1), kept(1, 2), kept(2, 3)], (name(1, 1), 2)),
        (vec![kept(1, 5), kept(1, 6), kept(1, 8)], (name(1, 5), 2)),
        (vec![kept(1, 5), kept(2, 6), kept(2, 7)], (name(1, 5), 1)),
    ] {
        let mut outbox = Outbox::new(ListId::HOME, client(0));
        outbox.load(entries, at(0));
        assert_eq!(sent(&outbox), Some(expected));
    }
}

#[test]
fn a_call_is_no_longer_than_a_request_may_be_unless_it_is_one_command() {
    let names = |count: usize| Command::CompleteAll {
        ids: vec![id(1); count],
        completed: true,
    };
    // 17 bytes for each, and 64 for the command; and no more commands than the server remembers.
    for (commands, expected) in [
        (vec![names(1_920), names(1_000)], 1),
        (vec![names(1_920), complete(1)], 2),
        (vec![names(1_921), complete(1)], 1),
        (vec![names(3_000), complete(1)], 1),
        (vec![complete(1); 600], 128),
    ] {
        let (mut storage, mut outbox) = (Storage::default(), Outbox::new(ListId::HOME, client(0)));
        let count = commands.len();
        for command in commands {
            outbox.push(command, NOW);
        }
        storage.store(&mut outbox);
        assert_eq!(sent(&outbox), Some((name(0, 1), expected)), "of {count}");
        let weight = |entry: &StoredCommand| entry.command.weight();
        let weight: usize = outbox.pending()[..expected].iter().map(weight).sum();
        assert!(weight <= 32_768 || expected == 1, "{weight}");
    }
}

#[test]
fn what_was_accepted_holds_up_nothing() {
    let mut outbox = Outbox::new(ListId::HOME, client(0));
    let entries = vec![
        stored(1, 1, add(3), DeliveryState::Accepted(at(10))),
        stored(1, 2, add(4), DeliveryState::Stored),
    ];
    outbox.load(entries, at(9));
    assert_eq!(outbox.pending().len(), 2);
    assert_eq!(sent(&outbox), Some((name(1, 2), 1)));
    // In another history it is sent again. The list may come back to the one that has it.
    let elsewhere = Cursor {
        epoch: 4,
        revision: 50,
    };
    outbox.requeue_unconfirmed(elsewhere);
    assert_eq!(sent(&outbox), Some((name(1, 1), 2)));
    outbox.requeue_unconfirmed(at(10));
    assert!(outbox.settle_accepted(at(10)));
    assert_eq!(ids(outbox.pending()), [name(1, 2)]);
}

#[test]
fn pages_that_get_the_same_rejection_of_several_items_store_each_text_once() {
    let item = |number: u8| Item::new(id(number), title("x"));
    let items = [1, 2].map(item).to_vec();
    let several = Command::AddAll { items, at: At::End };
    let entries = vec![stored(1, 1, several, DeliveryState::Stored)];
    let mut storage = Storage::default();
    for number in [5, 6] {
        let mut outbox = Outbox::new(ListId::HOME, client(number));
        outbox.load(entries.clone(), at(9));
        outbox.reject(name(1, 1), REFUSAL);
        storage.store(&mut outbox);
        assert_eq!(outbox.rejected().len(), 2);
    }
    assert_eq!(storage.entries().len(), 2);
}

#[test]
fn the_order_of_the_keys_is_the_order_of_giving() {
    let mut storage = Storage::default();
    let mut outbox = Outbox::new(ListId::HOME, client(200));
    // The clock stands still, and goes back.
    for (number, now) in [(1, 9_000), (2, 9_000), (3, 8_000), (4, 9_002), (5, 12_000)] {
        outbox.push(add(number), Timestamp(now));
    }
    storage.store(&mut outbox);
    // Another page goes on, with a clock that is behind and a name that sorts before.
    let mut other = Outbox::new(ListId::HOME, client(3));
    other.load(storage.entries(), at(0));
    other.push(add(6), Timestamp(1_000));
    let long_ago = other.pending().last().unwrap().created_at;
    assert!(long_ago > Timestamp(12_000));
    storage.store(&mut other);
    let order = |entry: &StoredCommand| entry.command.clone();
    let given: Vec<Command> = (1..=6).map(add).collect();
    let keys: Vec<Command> = storage.0.values().map(order).collect();
    assert_eq!(keys, given);
    let waiting: Vec<Command> = other.pending().iter().map(order).collect();
    assert_eq!(waiting, given);
}
