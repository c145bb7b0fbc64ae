//! What somebody wants: commands, and why one may be refused.

use serde::{Deserialize, Serialize};

use super::{CommandId, ItemId, List, Title};

/// A place in the list. A removed item is still a place: where it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// Before all others.
    Start,
    /// After all others.
    End,
    /// Right after the item.
    After(ItemId),
    /// Right before the item.
    Before(ItemId),
}

/// What somebody wants to happen to a list. Each says the state that is wanted, never "the other
/// one", so that a repeated command changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Put a new item at a place. An item that is there already stays as it is.
    Add {
        /// The name of the new item.
        id: ItemId,
        /// What it says.
        title: Title,
        /// Where it goes; an unknown place is the end.
        at: At,
    },
    /// Give an item another title.
    Rename {
        /// The item.
        id: ItemId,
        /// What it says from now on.
        title: Title,
    },
    /// Complete an item, or open it again.
    Complete {
        /// The item.
        id: ItemId,
        /// Whether it is completed from now on.
        completed: bool,
    },
    /// Give an item a number, or take it away. It says nothing about the item's place.
    Order {
        /// The item.
        id: ItemId,
        /// Its number from now on.
        order: Option<i64>,
    },
    /// Remove an item. It can be restored for 30 days.
    Remove {
        /// The item.
        id: ItemId,
    },
    /// Remove those of the items that are in the list.
    RemoveAll {
        /// The items that the person saw, in list order.
        ids: Vec<ItemId>,
    },
    /// Put an item at another place.
    Move {
        /// The item.
        id: ItemId,
        /// Where it goes.
        at: At,
    },
    /// Remove those of the items that are still completed.
    ClearCompleted {
        /// The items that the person saw completed, in list order.
        ids: Vec<ItemId>,
    },
    /// Complete all of the items, or open them again.
    CompleteAll {
        /// The items that the person saw.
        ids: Vec<ItemId>,
        /// Whether they are completed from now on.
        completed: bool,
    },
    /// Take back what another command did, as far as nobody has changed it since. Taking back such a
    /// command does it again.
    Revert {
        /// The command to take back.
        of: CommandId,
    },
    /// Bring removed items back to where they were.
    Restore {
        /// The items, in list order.
        ids: Vec<ItemId>,
    },
    /// Forget the items that were removed 30 days ago or earlier, the oldest first.
    Expire,
}

impl Command {
    /// What it is, in one word, as in JSON.
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

    /// What somebody has typed: the item that it is for, and the text.
    #[must_use]
    pub fn text(&self) -> Option<(ItemId, &Title)> {
        match self {
            Self::Add { id, title, .. } | Self::Rename { id, title } => Some((*id, title)),
            _ => None,
        }
    }

    /// About how many bytes it takes to send, never fewer.
    #[must_use]
    pub fn weight(&self) -> usize {
        64 + match self {
            Self::Add { title, .. } | Self::Rename { title, .. } => title.as_str().len(),
            Self::RemoveAll { ids }
            | Self::ClearCompleted { ids }
            | Self::CompleteAll { ids, .. }
            | Self::Restore { ids } => 17 * ids.len(),
            _ => 0,
        }
    }
}

/// Why a command was refused. The messages are written for the person who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Rejection {
    /// The list holds as many items, or as long titles, as it can.
    #[error(
        "The list is full: it holds {max} items, or {megabytes} MB of text.",
        max = List::MAX_ITEMS,
        megabytes = List::MAX_TITLE_BYTES / 1_000_000
    )]
    ListFull,
    /// The list has no such item, and has not had one for 30 days.
    #[error("The item is not in the list any more.")]
    NoSuchItem {
        /// The item.
        id: ItemId,
    },
    /// Somebody has removed the item. It can be brought back.
    #[error("Somebody has removed the item.")]
    ItemRemoved {
        /// The item.
        id: ItemId,
    },
    /// There is nothing to take back: the command is unknown, too old, or changed nothing.
    #[error("There is nothing to undo.")]
    NothingToRevert,
    /// The list knows as many removed items as it can.
    #[error("Too many items were removed in the last 30 days: the list keeps {max}.", max = List::MAX_KNOWN)]
    TooManyRemoved,
    /// All that the command did has been changed since.
    #[error("This cannot be undone: somebody has changed it since.")]
    ChangedSince,
}
