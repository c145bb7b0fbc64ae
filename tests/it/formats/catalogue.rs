//! One value of each kind that crosses a format: every command, event and rejection. A match without a
//! wildcard names the kinds, so a new variant does not compile until it has an entry here and golden bytes.

use todo_list::domain::{
    At, Change, ClientId, Command, CommandId, Event, FieldChange, FieldPatch, Item, ItemId,
    ItemPatch, Rejection, Stamp, Timestamp, Title,
};
use uuid::Uuid;

/// A value and the name of its kind.
pub type Named<T> = (&'static str, T);

pub fn id(number: u8) -> ItemId {
    ItemId::new(Timestamp(1_700_000_000_000), [number; 10])
}

pub fn client() -> ClientId {
    Uuid::from_u128(0x0b7c_4d3e_5a52_4c5e_8f0a_6d1f_4b1c_2a39).into()
}

pub fn command_id(seq: u64) -> CommandId {
    let client = client();
    CommandId { client, seq }
}

pub fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

/// A title with every character that encoders may treat differently.
pub fn unusual_title() -> Title {
    title("\"Caf\u{e9}\"\t\\ <b>&amp;</b> \u{1F468}\u{200D}\u{1F469} \u{2028} \u{202E}")
}

pub const AT: Timestamp = Timestamp(1_700_000_000_123);
const STAMP: Stamp = Stamp { set: 7, was: 3 };

/// An item with all its fields.
pub fn item(number: u8) -> Item {
    Item {
        id: id(number),
        title: unusual_title(),
        completed_at: Some(AT),
        order: Some(-5),
        removed_at: Some(Timestamp(AT.0 + 1)),
    }
}

/// An item that is not removed, with all other fields.
fn new_item(number: u8) -> Item {
    Item {
        removed_at: None,
        ..item(number)
    }
}

pub fn check_kinds<T>(values: &[Named<T>], kind: fn(&T) -> &'static str, kinds: &[&str]) {
    for (name, value) in values {
        let kind = kind(value);
        assert!(name.starts_with(kind), "{name} is of the kind {kind}");
    }
    for kind in kinds {
        let is_there = values.iter().any(|(name, _)| name.starts_with(kind));
        assert!(is_there, "no value of the kind {kind}");
    }
}

pub fn commands() -> Vec<Named<Command>> {
    let ids = vec![id(1), id(2)];
    let add = |at| Command::add(id(1), title("Buy milk"), at);
    let commands = vec![
        ("add at the end", add(At::End)),
        ("add at the start", add(At::Start)),
        ("add after an item", add(At::After(id(2)))),
        ("add before an item", add(At::Before(id(2)))),
        (
            "add with fields",
            Command::Add {
                item: new_item(1),
                at: At::End,
            },
        ),
        (
            "several added",
            Command::AddAll {
                items: vec![new_item(1), Item::new(id(2), title("Buy milk"))],
                at: At::Start,
            },
        ),
        ("edit the title", Command::rename(id(1), unusual_title())),
        ("edit the completion", Command::complete(id(1), true)),
        ("edit the order", Command::order(id(1), Some(i64::MIN))),
        ("edit the order away", Command::order(id(1), None)),
        (
            "edit all fields",
            Command::Edit {
                id: id(1),
                patch: ItemPatch {
                    title: FieldPatch::Set(unusual_title()),
                    completed: FieldPatch::Set(false),
                    order: FieldPatch::Set(Some(3)),
                },
            },
        ),
        ("remove", Command::Remove { id: id(1) }),
        ("all removed", Command::RemoveAll { ids: ids.clone() }),
        (
            "move",
            Command::Move {
                id: id(1),
                at: At::Start,
            },
        ),
        (
            "clear completed",
            Command::ClearCompleted { ids: ids.clone() },
        ),
        (
            "all completed",
            Command::CompleteAll {
                ids: ids.clone(),
                completed: false,
            },
        ),
        (
            "revert",
            Command::Revert {
                of: command_id(300),
            },
        ),
        ("restore", Command::Restore { ids }),
        ("expire", Command::Expire),
    ];
    let kind = |command: &Command| match command {
        Command::Add { .. } => "add",
        Command::AddAll { .. } => "several added",
        Command::Edit { .. } => "edit",
        Command::Remove { .. } => "remove",
        Command::RemoveAll { .. } => "all removed",
        Command::Move { .. } => "move",
        Command::ClearCompleted { .. } => "clear completed",
        Command::CompleteAll { .. } => "all completed",
        Command::Revert { .. } => "revert",
        Command::Restore { .. } => "restore",
        Command::Expire => "expire",
    };
    let kinds = [
        "add",
        "several added",
        "edit",
        "remove",
        "all removed",
        "move",
        "clear completed",
        "all completed",
        "revert",
        "restore",
        "expire",
    ];
    check_kinds(&commands, kind, &kinds);
    commands
}

pub fn events() -> Vec<Named<Event>> {
    let events = vec![
        (
            "added",
            Event::Added {
                item: new_item(1),
                after: Some(id(2)),
            },
        ),
        (
            "set, title",
            Event::Set {
                id: id(1),
                change: FieldChange::Title {
                    to: unusual_title(),
                    was: title("Buy milk"),
                },
                stamp: STAMP,
            },
        ),
        (
            "set, completed",
            Event::Set {
                id: id(1),
                change: FieldChange::Completed {
                    to: Some(AT),
                    was: None,
                },
                stamp: STAMP,
            },
        ),
        (
            "set, order",
            Event::Set {
                id: id(1),
                change: FieldChange::Order {
                    to: Some(i64::MAX),
                    was: Some(-1),
                },
                stamp: STAMP,
            },
        ),
        (
            "moved",
            Event::Moved {
                id: id(1),
                after: None,
                was: Some(id(2)),
                stamp: STAMP,
            },
        ),
        (
            "removed",
            Event::Removed {
                id: id(1),
                at: AT,
                was: Some(id(2)),
                before: None,
                stamp: STAMP,
            },
        ),
        (
            "restored",
            Event::Restored {
                item: new_item(1),
                after: Some(id(2)),
                was: None,
                stamp: STAMP,
            },
        ),
        ("expired", Event::Expired { id: id(1) }),
    ];
    let kind = |event: &Event| match event {
        Event::Added { .. } => "added",
        Event::Set { change, .. } => match change {
            FieldChange::Title { .. } => "set, title",
            FieldChange::Completed { .. } => "set, completed",
            FieldChange::Order { .. } => "set, order",
        },
        Event::Moved { .. } => "moved",
        Event::Removed { .. } => "removed",
        Event::Restored { .. } => "restored",
        Event::Expired { .. } => "expired",
    };
    let kinds = [
        "added",
        "set, title",
        "set, completed",
        "set, order",
        "moved",
        "removed",
        "restored",
        "expired",
    ];
    check_kinds(&events, kind, &kinds);
    events
}

pub fn rejections() -> Vec<Named<Rejection>> {
    let rejections = vec![
        ("list full", Rejection::ListFull),
        ("no such item", Rejection::NoSuchItem { id: id(1) }),
        ("item removed", Rejection::ItemRemoved { id: id(1) }),
        ("nothing to revert", Rejection::NothingToRevert),
        ("too many removed", Rejection::TooManyRemoved),
        ("changed since", Rejection::ChangedSince),
    ];
    let kind = |rejection: &Rejection| match rejection {
        Rejection::ListFull => "list full",
        Rejection::NoSuchItem { .. } => "no such item",
        Rejection::ItemRemoved { .. } => "item removed",
        Rejection::NothingToRevert => "nothing to revert",
        Rejection::TooManyRemoved => "too many removed",
        Rejection::ChangedSince => "changed since",
    };
    let kinds = [
        "list full",
        "no such item",
        "item removed",
        "nothing to revert",
        "too many removed",
        "changed since",
    ];
    check_kinds(&rejections, kind, &kinds);
    rejections
}

/// A change with every kind of event.
pub fn change() -> Change {
    Change {
        revision: 300,
        command: command_id(128),
        events: events().into_iter().map(|(_, event)| event).collect(),
    }
}
