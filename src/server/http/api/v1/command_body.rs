//! Commands as clients of the API write them. The JSON of version 1 stays as it is; new commands and fields are additions.

use serde::Deserialize;

use super::todos::TodoFields;
use crate::domain::{At, Command, CommandId, Item, ItemId, Timestamp, Title, version_1};

/// A command in a request. See [`Command`] for its meaning.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CommandBody {
    Add {
        #[serde(flatten)]
        item: NewItem,
        at: At,
    },
    AddAll {
        items: Vec<NewItem>,
        at: At,
    },
    Edit {
        id: ItemId,
        #[serde(flatten)]
        fields: TodoFields<Title>,
    },
    Rename {
        id: ItemId,
        title: Title,
    },
    Complete {
        id: ItemId,
        completed: bool,
    },
    Order {
        id: ItemId,
        order: Option<i64>,
    },
    Remove {
        id: ItemId,
    },
    RemoveAll {
        ids: Vec<ItemId>,
    },
    Move {
        id: ItemId,
        at: At,
    },
    ClearCompleted {
        ids: Vec<ItemId>,
    },
    CompleteAll {
        ids: Vec<ItemId>,
        completed: bool,
    },
    Revert {
        of: CommandId,
    },
    Restore {
        ids: Vec<ItemId>,
    },
    Expire,
}

/// A new item in a request.
#[derive(Deserialize)]
pub(super) struct NewItem {
    id: ItemId,
    title: Title,
    #[serde(default)]
    completed_at: Option<Timestamp>,
    #[serde(default)]
    order: Option<i64>,
}

impl From<NewItem> for Item {
    fn from(item: NewItem) -> Self {
        Self {
            id: item.id,
            title: item.title,
            completed_at: item.completed_at,
            order: item.order,
            removed_at: None,
        }
    }
}

impl From<CommandBody> for Command {
    fn from(body: CommandBody) -> Self {
        match body {
            CommandBody::Add { item, at } => Self::Add {
                item: item.into(),
                at,
            },
            CommandBody::AddAll { items, at } => Self::AddAll {
                items: items.into_iter().map(Into::into).collect(),
                at,
            },
            CommandBody::Edit { id, fields } => Self::Edit {
                id,
                patch: fields.into(),
            },
            CommandBody::Rename { id, title } => version_1::Command::Rename { id, title }.into(),
            CommandBody::Complete { id, completed } => {
                version_1::Command::Complete { id, completed }.into()
            }
            CommandBody::Order { id, order } => version_1::Command::Order { id, order }.into(),
            CommandBody::Remove { id } => Self::Remove { id },
            CommandBody::RemoveAll { ids } => Self::RemoveAll { ids },
            CommandBody::Move { id, at } => Self::Move { id, at },
            CommandBody::ClearCompleted { ids } => Self::ClearCompleted { ids },
            CommandBody::CompleteAll { ids, completed } => Self::CompleteAll { ids, completed },
            CommandBody::Revert { of } => Self::Revert { of },
            CommandBody::Restore { ids } => Self::Restore { ids },
            CommandBody::Expire => Self::Expire,
        }
    }
}
