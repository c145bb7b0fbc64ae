//! Events, and the change that an accepted command makes.

use serde::{Deserialize, Serialize};

use super::{CommandId, FieldChange, Item, ItemId, Timestamp};

/// What one accepted command has done to a list. Its events apply together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The revision of the list after the change: one more than before.
    pub revision: u64,
    /// The command that has made the change.
    pub command: CommandId,
    /// The events, in order. Never empty, except in changes of version 1: there, a command that changed nothing had a
    /// revision of its own.
    pub events: Vec<Event>,
}

/// The revisions of the changes that have last set a field of an item, before and after an event. They tell whether the
/// field was changed since the event. Reverting an event also reverts the stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The revision after the event.
    pub set: u64,
    /// The revision before the event.
    pub was: u64,
}

impl Stamp {
    /// The stamp of the event that reverts an event with this stamp.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            set: self.was,
            was: self.set,
        }
    }
}

/// One fact about one item. A place is given by the item right before it in the list (`None` is the start), so that
/// clients that know no removed items get the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The item was added.
    Added {
        /// The item.
        item: Item,
        /// The item right before it.
        after: Option<ItemId>,
    },
    /// A field of the item has another value.
    Set {
        /// The item.
        id: ItemId,
        /// The field, and its values.
        change: FieldChange,
        /// The stamp of the field.
        stamp: Stamp,
    },
    /// The item was moved.
    Moved {
        /// The item.
        id: ItemId,
        /// The item right before it after the event.
        after: Option<ItemId>,
        /// The item right before it before the event.
        was: Option<ItemId>,
        /// The stamp of the place.
        stamp: Stamp,
    },
    /// The item was removed, and can be restored.
    Removed {
        /// The item.
        id: ItemId,
        /// When the item was removed.
        at: Timestamp,
        /// The item right before it: where it goes when this event is reverted.
        was: Option<ItemId>,
        /// The remembered item right before it: where it goes when it is restored. The same as `was`, unless this event
        /// reverts a restoration.
        before: Option<ItemId>,
        /// The stamp of the removal.
        stamp: Stamp,
    },
    /// The item was restored.
    Restored {
        /// The item, for clients that do not know it.
        item: Item,
        /// The item right before it.
        after: Option<ItemId>,
        /// The remembered item right before it, while it was removed.
        was: Option<ItemId>,
        /// The stamp of the removal.
        stamp: Stamp,
    },
    /// The removed item is forgotten and cannot be restored.
    Expired {
        /// The item.
        id: ItemId,
    },
}

impl Event {
    /// The item that the event is about.
    #[must_use]
    pub fn item(&self) -> ItemId {
        match self {
            Self::Set { id, .. }
            | Self::Moved { id, .. }
            | Self::Removed { id, .. }
            | Self::Expired { id } => *id,
            Self::Added { item, .. } | Self::Restored { item, .. } => item.id,
        }
    }
}
