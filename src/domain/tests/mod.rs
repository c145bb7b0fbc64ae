//! Tests of the rules: examples, and properties of any sequence of commands.

mod examples;
mod properties;
mod story;
mod title_pieces;
mod undo;
mod undo_stack;

use std::sync::Arc;

use proptest::prelude::*;

use super::*;

/// The key of the lists of these tests.
pub(crate) const KEY: HashKey = HashKey::new([7; 16]);

/// The item of this number.
pub(crate) fn id(number: u8) -> ItemId {
    ItemId::new(Timestamp(u64::from(number)), [number; 10])
}

pub(crate) fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

pub(crate) fn client(number: u8) -> ClientId {
    ClientId::from(uuid::Uuid::from_bytes([number + 1; 16]))
}

pub(crate) fn add(number: u8) -> Command {
    Command::add(id(number), title(&format!("item {number}")), At::End)
}

/// The next command of a sender on this list.
pub(crate) fn next(list: &List, client: ClientId) -> CommandId {
    CommandId {
        client,
        seq: list.expected_seq(client),
    }
}

/// Decides a command and applies it, as the server does. A command that changes nothing has a change without events at the
/// current revision.
pub(crate) fn run(
    list: &mut List,
    command: CommandId,
    wish: &Command,
    now: Timestamp,
) -> Result<Change, Rejection> {
    match decide(list, wish, now) {
        Ok(events) if events.is_empty() => {
            list.consume_number(command);
            let revision = list.revision();
            Ok(Change {
                revision,
                command,
                events,
            })
        }
        Ok(events) => {
            let change = Change {
                revision: list.revision() + 1,
                command,
                events,
            };
            list.apply(Arc::new(change.clone()));
            Ok(change)
        }
        Err(rejection) => {
            list.consume_number(command);
            Err(rejection)
        }
    }
}

/// What every client sees, whatever history it knows.
pub(crate) fn visible(list: &List) -> Vec<Item> {
    list.items().cloned().collect()
}

/// Checks what holds for every list at any time.
pub(crate) fn check_invariants(list: &List) {
    let items = visible(list);
    let mut ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), items.len(), "no item comes twice");
    assert_eq!(list.len(), items.len(), "every item is in the order");
    assert!(items.iter().all(|item| item.removed_at.is_none()));
    assert!(
        list.removed()
            .all(|item| item.removed_at.is_some() && !ids.contains(&item.id))
    );
    let completed = items
        .iter()
        .filter(|item| item.completed_at.is_some())
        .count();
    assert_eq!(list.completed(), completed);
    assert!(list.history.len() <= List::MAX_HISTORY);
    let known = items.iter().chain(list.removed());
    let bytes: usize = known.map(|item| item.title.as_str().len()).sum();
    assert_eq!(list.nodes.title_bytes(), bytes);
}

/// Any place in a list, including those beside one of these items.
pub(crate) fn any_place(item: impl Strategy<Value = ItemId> + Clone) -> impl Strategy<Value = At> {
    prop_oneof![
        Just(At::Start),
        Just(At::End),
        item.clone().prop_map(At::After),
        item.prop_map(At::Before),
    ]
}

fn any_text() -> impl Strategy<Value = Title> {
    (0..4_u8).prop_map(|number| title(&format!("text {number}")))
}

/// One of the items 0 to 7 with any fields, as a command may contain it.
fn any_new_item() -> impl Strategy<Value = Item> {
    let time = || prop::option::of((0..100_000_u64).prop_map(Timestamp));
    let order = prop::option::of(0..3_i64);
    let item = (0..8_u8, any_text(), time(), order, time());
    item.prop_map(|(number, title, completed_at, order, removed_at)| Item {
        id: id(number),
        title,
        completed_at,
        order,
        removed_at,
    })
}

fn any_patch() -> impl Strategy<Value = ItemPatch> {
    fn patch<T: std::fmt::Debug>(
        value: impl Strategy<Value = T>,
    ) -> impl Strategy<Value = FieldPatch<T>> {
        let set = |value: Option<T>| value.map_or(FieldPatch::Keep, FieldPatch::Set);
        prop::option::of(value).prop_map(set)
    }
    let order = patch(prop::option::of(0..3_i64));
    let fields = (patch(any_text()), patch(any::<bool>()), order);
    fields.prop_map(|(title, completed, order)| ItemPatch {
        title,
        completed,
        order,
    })
}

/// Any command on the items 0 to 7, by the clients 0 to 2.
pub(crate) fn any_command() -> impl Strategy<Value = Command> {
    let item = || (0..8_u8).prop_map(id);
    let items = || prop::collection::vec(item(), 0..10);
    let at = || any_place(item());
    let text = any_text;
    let command = (0..3_u8, 1..12_u64).prop_map(|(number, seq)| CommandId {
        client: client(number),
        seq,
    });
    prop_oneof![
        3 => (item(), text(), at()).prop_map(|(id, title, at)| Command::add(id, title, at)),
        2 => (any_new_item(), at()).prop_map(|(item, at)| Command::Add { item, at }),
        2 => (prop::collection::vec(any_new_item(), 0..5), at())
            .prop_map(|(items, at)| Command::AddAll { items, at }),
        2 => (item(), any_patch()).prop_map(|(id, patch)| Command::Edit { id, patch }),
        2 => (item(), text()).prop_map(|(id, title)| Command::rename(id, title)),
        2 => (item(), any::<bool>()).prop_map(|(id, completed)| Command::complete(id, completed)),
        1 => (item(), prop::option::of(0..3_i64)).prop_map(|(id, order)| Command::order(id, order)),
        2 => item().prop_map(|id| Command::Remove { id }),
        1 => items().prop_map(|ids| Command::RemoveAll { ids }),
        2 => (item(), at()).prop_map(|(id, at)| Command::Move { id, at }),
        1 => items().prop_map(|ids| Command::ClearCompleted { ids }),
        1 => (items(), any::<bool>()).prop_map(|(ids, completed)| Command::CompleteAll { ids, completed }),
        3 => command.prop_map(|of| Command::Revert { of }),
        1 => items().prop_map(|ids| Command::Restore { ids }),
        1 => Just(Command::Expire),
    ]
}

/// Commands of three senders, each with the time since the one before: mostly seconds, sometimes 15 days.
pub(crate) fn any_commands(most: usize) -> impl Strategy<Value = Vec<(u8, u64, Command)>> {
    let pause = prop_oneof![9 => 0..10_000_u64, 1 => Just(Timestamp::RESTORABLE_MILLIS / 2)];
    prop::collection::vec((0..3_u8, pause, any_command()), 0..most)
}

/// Runs the commands. Returns the changes of those that have changed something.
pub(crate) fn run_all(list: &mut List, commands: &[(u8, u64, Command)]) -> Vec<Change> {
    let mut now = Timestamp(1_000);
    let run = |(number, pause, wish): &(u8, u64, Command)| {
        now.0 += pause;
        let command = next(list, client(*number));
        run(list, command, wish, now).ok()
    };
    let changes = commands.iter().filter_map(run);
    changes.filter(|change| !change.events.is_empty()).collect()
}
