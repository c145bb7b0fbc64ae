//! Commands, and the reasons to reject one.

use serde::{Deserialize, Serialize};

use super::{CommandId, FieldPatch, Item, ItemId, ItemPatch, List, Title};

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

/// An upper bound of the length of an encoded command without its items and texts, in bytes.
const COMMAND_WEIGHT: usize = 64;

/// What a sender wants to happen to a list. A command names the wanted state and never toggles one, so a repeated command
/// changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Add a new item. If the list knows an item with this id, it stays as it is.
    Add {
        /// The new item. It is not removed, whatever its `removed_at` says.
        item: Item,
        /// The place. An unknown place counts as the end.
        at: At,
    },
    /// Add several new items, one after the other.
    AddAll {
        /// The new items, as in [`Command::Add`].
        items: Vec<Item>,
        /// The place of the first one. An unknown place counts as the end.
        at: At,
    },
    /// Change fields of an item: all that the patch sets, or none.
    Edit {
        /// The item.
        id: ItemId,
        /// The new values.
        patch: ItemPatch,
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
    /// Add an open item.
    #[must_use]
    pub fn add(id: ItemId, title: Title, at: At) -> Self {
        let item = Item::new(id, title);
        Self::Add { item, at }
    }

    /// Add several new items at a place, one after the other, by as few commands as possible of at most `max_weight`
    /// (see [`Command::weight`]), unless a single item has more.
    pub fn add_all(items: impl IntoIterator<Item = Item>, at: At, max_weight: usize) -> Vec<Self> {
        let mut commands = Vec::new();
        let (mut at, mut part, mut weight) = (at, Vec::new(), COMMAND_WEIGHT);
        for item in items {
            if weight + item.weight() > max_weight && !part.is_empty() {
                let after = part.last().map_or(at, |item: &Item| At::After(item.id));
                let items = std::mem::take(&mut part);
                commands.push(Self::AddAll { items, at });
                (at, weight) = (after, COMMAND_WEIGHT);
            }
            weight += item.weight();
            part.push(item);
        }
        if !part.is_empty() {
            commands.push(Self::AddAll { items: part, at });
        }
        commands
    }

    /// Change the title of an item.
    #[must_use]
    pub fn rename(id: ItemId, title: Title) -> Self {
        let patch = ItemPatch {
            title: FieldPatch::Set(title),
            ..ItemPatch::default()
        };
        Self::Edit { id, patch }
    }

    /// Complete an item, or reopen it.
    #[must_use]
    pub fn complete(id: ItemId, completed: bool) -> Self {
        let patch = ItemPatch {
            completed: FieldPatch::Set(completed),
            ..ItemPatch::default()
        };
        Self::Edit { id, patch }
    }

    /// Set or clear the order number of an item. It does not change the item's place.
    #[must_use]
    pub fn order(id: ItemId, order: Option<i64>) -> Self {
        let patch = ItemPatch {
            order: FieldPatch::Set(order),
            ..ItemPatch::default()
        };
        Self::Edit { id, patch }
    }

    /// The name of the command in logs and metrics.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::AddAll { .. } => "add_all",
            Self::Edit { .. } => "edit",
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

    /// The text in the command, and the item that it is for. Of several texts, it is the first one: see
    /// [`Command::split`].
    #[must_use]
    pub fn text(&self) -> Option<(ItemId, &Title)> {
        match self {
            Self::Add { item, at: _ } => Some((item.id, &item.title)),
            Self::AddAll { items, at: _ } => items.first().map(|item| (item.id, &item.title)),
            Self::Edit { id, patch } => patch.title.get().map(|title| (*id, title)),
            Self::Remove { .. }
            | Self::RemoveAll { .. }
            | Self::Move { .. }
            | Self::ClearCompleted { .. }
            | Self::CompleteAll { .. }
            | Self::Revert { .. }
            | Self::Restore { .. }
            | Self::Expire => None,
        }
    }

    /// Commands with at most one text each, which together want the same.
    #[must_use]
    pub fn split(self) -> Vec<Self> {
        match self {
            Self::AddAll { items, at } => {
                let add = |item| Self::Add { item, at };
                items.into_iter().map(add).collect()
            }
            command => vec![command],
        }
    }

    /// An upper bound of the length of the encoded command, in bytes.
    #[must_use]
    pub fn weight(&self) -> usize {
        COMMAND_WEIGHT
            + match self {
                Self::Add { item, at: _ } => item.weight(),
                Self::AddAll { items, at: _ } => items.iter().map(Item::weight).sum(),
                Self::Edit { id: _, patch } => patch.weight(),
                Self::RemoveAll { ids }
                | Self::ClearCompleted { ids }
                | Self::CompleteAll { ids, .. }
                | Self::Restore { ids } => 17 * ids.len(),
                Self::Remove { .. } | Self::Move { .. } | Self::Revert { .. } | Self::Expire => 0,
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
    /// The list knows the maximum of items, including removed ones. It no longer occurs: the items that were removed
    /// first give way.
    #[error("Too many items were removed in the last 30 days: the list keeps {max}.", max = List::MAX_KNOWN)]
    TooManyRemoved,
    /// All fields that the command to revert has set were changed since.
    #[error("This cannot be undone: someone has changed it since.")]
    ChangedSince,
}
