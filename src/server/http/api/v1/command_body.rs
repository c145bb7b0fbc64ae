//! Commands as clients of the API write them. The JSON of version 1 stays as it is; new commands and fields are additions.

use serde_json::Value;

use super::json_body::{FieldError, FromJson, Members, tagged};
use crate::domain::{Command, FieldPatch, Item, ItemPatch};

/// The names of all commands.
const NAMES: [&str; 14] = [
    "add",
    "add_all",
    "edit",
    "rename",
    "complete",
    "order",
    "remove",
    "remove_all",
    "move",
    "clear_completed",
    "complete_all",
    "revert",
    "restore",
    "expire",
];

impl FromJson for Command {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        let (name, value) = tagged(value)?;
        read_command(&name, value).map_err(|error| error.inside(&name))
    }
}

fn read_command(name: &str, value: Value) -> Result<Command, FieldError> {
    let unknown = || {
        let why = format!("There is no such command; there are {}", NAMES.join(", "));
        FieldError::new("", why)
    };
    if !NAMES.contains(&name) {
        return Err(unknown());
    }
    let mut members = Members::from_json(value)?;
    let fields = &mut members;
    let command = match name {
        "add" => Command::Add {
            item: new_item(fields)?,
            at: fields.required("at")?,
        },
        "add_all" => Command::AddAll {
            items: fields.required("items")?,
            at: fields.required("at")?,
        },
        "edit" => Command::Edit {
            id: fields.required("id")?,
            patch: item_patch(fields)?,
        },
        "rename" => Command::rename(fields.required("id")?, fields.required("title")?),
        "complete" => Command::complete(fields.required("id")?, fields.required("completed")?),
        // Without a number it clears the number, as it always has.
        "order" => Command::order(fields.required("id")?, fields.optional("order")?.flatten()),
        "remove" => Command::Remove {
            id: fields.required("id")?,
        },
        "remove_all" => Command::RemoveAll {
            ids: fields.required("ids")?,
        },
        "move" => Command::Move {
            id: fields.required("id")?,
            at: fields.required("at")?,
        },
        "clear_completed" => Command::ClearCompleted {
            ids: fields.required("ids")?,
        },
        "complete_all" => Command::CompleteAll {
            ids: fields.required("ids")?,
            completed: fields.required("completed")?,
        },
        "revert" => Command::Revert {
            of: fields.required("of")?,
        },
        "restore" => Command::Restore {
            ids: fields.required("ids")?,
        },
        "expire" => Command::Expire,
        _ => return Err(unknown()),
    };
    members.end()?;
    Ok(command)
}

/// A new item.
impl FromJson for Item {
    fn from_json(value: Value) -> Result<Self, FieldError> {
        let mut members = Members::from_json(value)?;
        let item = new_item(&mut members)?;
        members.end()?;
        Ok(item)
    }
}

/// Takes the fields of a new item.
fn new_item(members: &mut Members) -> Result<Item, FieldError> {
    Ok(Item {
        id: members.required("id")?,
        title: members.required("title")?,
        completed_at: members.optional("completed_at")?.flatten(),
        order: members.optional("order")?.flatten(),
        removed_at: None,
    })
}

/// Takes the fields that a client can set. A field that is absent keeps its value.
pub(super) fn item_patch(members: &mut Members) -> Result<ItemPatch, FieldError> {
    Ok(ItemPatch {
        title: patch_of(members.optional("title")?),
        completed: patch_of(members.optional("completed")?),
        order: patch_of(members.optional("order")?),
    })
}

fn patch_of<T>(value: Option<T>) -> FieldPatch<T> {
    value.map_or(FieldPatch::Keep, FieldPatch::Set)
}

#[cfg(test)]
#[path = "command_body_tests.rs"]
mod tests;
