//! Tests of the JSON of commands.

use serde_json::json;

use super::*;
use crate::domain::{At, ClientId, CommandId, ItemId, Timestamp, Title};

const ID: &str = "01900000-0000-7000-8000-000000000001";

fn id() -> ItemId {
    ID.parse().expect("an id")
}

fn title(text: &str) -> Title {
    Title::parse(text).expect("a title")
}

#[track_caller]
fn check(value: Value, expected: Command) {
    assert_eq!(Command::from_json(value.clone()), Ok(expected), "{value}");
}

#[test]
fn a_command_is_read_with_all_its_fields() {
    let item = |completed_at, order| Item {
        completed_at,
        order,
        ..Item::new(id(), title("a"))
    };
    check(
        json!({ "add": { "id": ID, "title": " a ", "at": "start" } }),
        Command::add(id(), title("a"), At::Start),
    );
    check(
        json!({ "add": { "id": ID, "title": "a", "completed_at": 7, "order": -1, "at": { "after": ID } } }),
        Command::Add {
            item: item(Some(Timestamp(7)), Some(-1)),
            at: At::After(id()),
        },
    );
    check(
        json!({ "add_all": { "items": [{ "id": ID, "title": "a", "completed_at": null, "order": null }], "at": "end" } }),
        Command::AddAll {
            items: vec![item(None, None)],
            at: At::End,
        },
    );
    check(
        json!({ "edit": { "id": ID, "title": "b", "completed": true, "order": null } }),
        Command::Edit {
            id: id(),
            patch: ItemPatch {
                title: FieldPatch::Set(title("b")),
                completed: FieldPatch::Set(true),
                order: FieldPatch::Set(None),
            },
        },
    );
    check(
        json!({ "edit": { "id": ID } }),
        Command::Edit {
            id: id(),
            patch: ItemPatch::default(),
        },
    );
    let renamed = Command::rename(id(), title("b"));
    check(json!({ "rename": { "id": ID, "title": "b" } }), renamed);
    check(
        json!({ "complete": { "id": ID, "completed": false } }),
        Command::complete(id(), false),
    );
    check(
        json!({ "order": { "id": ID, "order": 3 } }),
        Command::order(id(), Some(3)),
    );
    check(json!({ "order": { "id": ID } }), Command::order(id(), None));
    check(
        json!({ "remove": { "id": ID } }),
        Command::Remove { id: id() },
    );
    let ids = vec![id()];
    check(
        json!({ "remove_all": { "ids": [ID] } }),
        Command::RemoveAll { ids: ids.clone() },
    );
    check(
        json!({ "clear_completed": { "ids": [ID] } }),
        Command::ClearCompleted { ids: ids.clone() },
    );
    check(
        json!({ "complete_all": { "ids": [ID], "completed": true } }),
        Command::CompleteAll {
            ids: ids.clone(),
            completed: true,
        },
    );
    check(
        json!({ "restore": { "ids": [ID] } }),
        Command::Restore { ids },
    );
    check(
        json!({ "move": { "id": ID, "at": { "before": ID } } }),
        Command::Move {
            id: id(),
            at: At::Before(id()),
        },
    );
    let client = ClientId::new([1; 16]);
    check(
        json!({ "revert": { "of": { "client": client, "seq": 4 } } }),
        Command::Revert {
            of: CommandId { client, seq: 4 },
        },
    );
    check(json!("expire"), Command::Expire);
}

/// Checks that the error of a command names this member, and that its sentence contains these words.
#[track_caller]
fn check_error(value: Value, field: &str, words: &str) {
    let problem = Command::from_json(value.clone()).expect_err("an error");
    let expected = FieldError::new(field, words);
    let (actual, expected) = (format!("{problem:?}"), format!("{expected:?}"));
    let begin = expected.trim_end_matches("\" }");
    assert!(actual.starts_with(begin), "{value}: {actual}");
}

#[test]
fn an_error_names_the_member_and_says_what_is_wrong() {
    check_error(
        json!({ "add": { "title": "a", "at": "end" } }),
        "add.id",
        "It is missing",
    );
    check_error(
        json!({ "add": { "id": 1, "title": "a" } }),
        "add.id",
        "It must be the id",
    );
    let add = |title: Value| json!({ "add": { "id": ID, "title": title, "at": "end" } });
    check_error(add(json!(" ")), "add.title", "There is no text");
    check_error(add(json!(1)), "add.title", "It must be text");
    check_error(add(json!(null)), "add.title", "It must be text");
    check_error(add(json!("x".repeat(501))), "add.title", "It has 501");
    let item = |more: Value| json!({ "add_all": { "items": [{ "id": ID, "title": "a" }, more], "at": "end" } });
    check_error(item(json!(1)), "add_all.items[1]", "It must be an object");
    check_error(
        item(json!({ "id": ID })),
        "add_all.items[1].title",
        "It is missing",
    );
    check_error(
        item(json!({ "id": ID, "title": "a", "done": true })),
        "add_all.items[1].done",
        "There is no field",
    );
    check_error(
        json!({ "add_all": { "items": {}, "at": "end" } }),
        "add_all.items",
        "It must be an array",
    );
    check_error(
        json!({ "edit": { "id": ID, "done": true } }),
        "edit.done",
        "There is no field",
    );
    check_error(
        json!({ "edit": { "id": ID, "order": 1.5 } }),
        "edit.order",
        "It must be a whole",
    );
    check_error(
        json!({ "remove": { "id": ID, "at": "end" } }),
        "remove.at",
        "There is no field",
    );
    check_error(
        json!({ "move": { "id": ID, "at": "middle" } }),
        "move.at",
        "It must be \"start",
    );
    check_error(
        json!({ "restore": { "ids": [ID, "x"] } }),
        "restore.ids[1]",
        "It must be the id",
    );
    check_error(
        json!({ "complete": { "id": ID, "completed": 1 } }),
        "complete.completed",
        "It must be true",
    );
    check_error(
        json!({ "revert": { "of": { "client": ID } } }),
        "revert.of.seq",
        "It is missing",
    );
    check_error(
        json!({ "revert": { "of": "x" } }),
        "revert.of",
        "It must be an object",
    );
    check_error(
        json!({ "frobnicate": {} }),
        "frobnicate",
        "There is no such command",
    );
    check_error(
        json!({ "frobnicate": 1 }),
        "frobnicate",
        "There is no such command",
    );
    check_error(json!("remove"), "remove.id", "It is missing");
    for value in [
        json!({}),
        json!([]),
        json!(1),
        json!(null),
        json!({ "expire": {}, "add": {} }),
    ] {
        check_error(value, "", "It must be an object with one member");
    }
    check_error(
        json!({ "expire": { "all": 1 } }),
        "expire.all",
        "There is no field",
    );
}
