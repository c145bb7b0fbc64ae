//! Commands, and the reasons to reject one.

use serde::{Deserialize, Serialize};

use super::{CommandId, ItemId, List, Title};

/// A place in the list. The place of a removed item is where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Before all items.
    Start,
    /// After all items.
    End,
    /// Right after an item.
    After(ItemId),
    /// Right before an item.
    Before(ItemId),
}

/// What a sender wants to happen to a list. A command names the wanted state and never toggles one, so a repeated command
/// changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Add a new item. If the list knows an item with this id, it stays as it is.
    Add {
        /// The id of the new item.
        id: ItemId,
        /// The title.
        title: Title,
        /// The place. An unknown place counts as the end.
        at: At,
    },
    /// Change the title of an item.
    Rename {
        /// The item.
        id: ItemId,
        /// The new title.
        title: Title,
    },
    /// Complete an item, or reopen it.
    Complete {
        /// The item.
        id: ItemId,
        /// Whether the item is completed from now on.
        completed: bool,
    },
    /// Set or clear the order number of an item. It does not change the item's place.
    Order {
        /// The item.
        id: ItemId,
        /// The new number.
        order: Option<i64>,
    },
    /// Remove an item. It can be restored for 30 days.
    Remove {
        /// The item.
        id: ItemId,
    },
    /// Remove those of these items that are in the list.
    RemoveAll {
        /// The items that the person saw, in list order.
        ids: Vec<ItemId>,
    },
    /// Move an item to another place.
    Move {
        /// The item.
        id: ItemId,
        /// The new place.
        at: At,
    },
    /// Remove those of these items that are still completed.
    ClearCompleted {
        /// The items that the person saw completed, in list order.
        ids: Vec<ItemId>,
    },
    /// Complete these items, or reopen them.
    CompleteAll {
        /// The items that the person saw.
        ids: Vec<ItemId>,
        /// Whether the items are completed from now on.
        completed: bool,
    },
    /// Revert another command, except for fields that were changed since. Reverting a [`Command::Revert`] is a redo.
    Revert {
        /// The command to revert.
        of: CommandId,
    },
    /// Restore removed items at their former places.
    Restore {
        /// The items, in list order.
        ids: Vec<ItemId>,
    },
    /// Forget items that were removed at least 30 days ago, the earliest first.
    Expire,
}

impl Command {
    /// The name of the command in JSON.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::Rename { .. } => "rename",
            Self::Complete { .. } => "complete",
            Self::Order { .. } => "order",
            Self::Remove { .. } => "remove",
            Self::RemoveAll { .. } => "remove_all",
            Self::Move { .. } => "move",
            Self::ClearCompleted { .. } => "clear_completed",
            Self::CompleteAll { .. } => "complete_all",
            Self::Revert { .. } => "revert",
            Self::Restore { .. } => "restore",
            Self::Expire => "expire",
        }
    }

    /// The text in the command, and the item that it is for.
    #[must_use]
    pub fn text(&self) -> Option<(ItemId, &Title)> {
        match self {
            Self::Add { id, title, .. } | Self::Rename { id, title } => Some((*id, title)),
            Self::Complete { .. }
            | Self::Order { .. }
            | Self::Remove { .. }
            | Self::RemoveAll { .. }
            | Self::Move { .. }
            | Self::ClearCompleted { .. }
            | Self::CompleteAll { .. }
            | Self::Revert { .. }
            | Self::Restore { .. }
            | Self::Expire => None,
        }
    }

    /// An upper bound of the length of the encoded command, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        64 + match self {
            Self::Add { title, .. } | Self::Rename { title, .. } => title.as_str().len(),
            Self::RemoveAll { ids }
            | Self::ClearCompleted { ids }
            | Self::CompleteAll { ids, .. }
            | Self::Restore { ids } => 17 * ids.len(),
            Self::Complete { .. }
            | Self::Order { .. }
            | Self::Remove { .. }
            | Self::Move { .. }
            | Self::Revert { .. }
            | Self::Expire => 0,
        }
    }
}

/// Why a command was rejected. The messages are for the person who has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The list has the maximum of items, or of bytes in titles.
    #[error(
        "The list is full: it holds {max} items, or {megabytes} MB of text.",
        max = List::MAX_ITEMS,
        megabytes = List::MAX_TITLE_BYTES / 1_000_000
    )]
    ListFull,
    /// The list has no such item, and has had none for 30 days.
    #[error("The item is not in the list any more.")]
    NoSuchItem {
        /// The item.
        id: ItemId,
    },
    /// The item was removed. It can be restored.
    #[error("Someone has removed the item.")]
    ItemRemoved {
        /// The item.
        id: ItemId,
    },
    /// The command to revert is unknown, too old, or has changed nothing.
    #[error("There is nothing to undo.")]
    NothingToRevert,
    /// The list knows the maximum of items, including removed ones.
    #[error("Too many items were removed in the last 30 days: the list keeps {max}.", max = List::MAX_KNOWN)]
    TooManyRemoved,
    /// All fields that the command to revert has set were changed since.
    #[error("This cannot be undone: someone has changed it since.")]
    ChangedSince,
}
