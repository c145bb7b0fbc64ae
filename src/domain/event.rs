//! What did happen: events, and the change that one accepted command makes.

use serde::{Deserialize, Serialize};

use super::{CommandId, Item, ItemId, Timestamp, Title};

/// What one accepted command did to a list. Its events happen together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The list's revision after it: one more than before.
    pub revision: u64,
    /// The command that it follows from.
    pub command: CommandId,
    /// What happened, in order. Empty when the command wanted what was the case already.
    pub events: Vec<Event>,
}

/// Which change has last set a field of an item, before and after an event: what tells whether
/// somebody else has changed it since. Taking an event back also takes back the stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The revision that the field belongs to from now on.
    pub set: u64,
    /// The revision that it belonged to before.
    pub was: u64,
}

impl Stamp {
    /// The stamp of an event that takes back one with this stamp.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self {
            set: self.was,
            was: self.set,
        }
    }
}

/// One fact about one item. Places are told by the item in the list that comes right before (`None`:
/// the start), so that also those who know nothing of removed items agree on the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The item is new.
    Added {
        /// The item.
        id: ItemId,
        /// What it says.
        title: Title,
        /// What comes right before it.
        after: Option<ItemId>,
    },
    /// The item says something else.
    Renamed {
        /// The item.
        id: ItemId,
        /// What it says now.
        title: Title,
        /// What it said before.
        was: Title,
        /// Whose title it is.
        stamp: Stamp,
    },
    /// The item was completed, or opened again.
    Completed {
        /// The item.
        id: ItemId,
        /// When it was completed; `None` if it is open now.
        at: Option<Timestamp>,
        /// The same before.
        was: Option<Timestamp>,
        /// Whose doing it is.
        stamp: Stamp,
    },
    /// The item has another number.
    Ordered {
        /// The item.
        id: ItemId,
        /// Its number now.
        order: Option<i64>,
        /// Its number before.
        was: Option<i64>,
        /// Whose doing it is.
        stamp: Stamp,
    },
    /// The item is at another place.
    Moved {
        /// The item.
        id: ItemId,
        /// What comes right before it now.
        after: Option<ItemId>,
        /// What came right before it until now.
        was: Option<ItemId>,
        /// Whose place it is.
        stamp: Stamp,
    },
    /// The item is no longer in the list, but can be restored.
    Removed {
        /// The item.
        id: ItemId,
        /// When.
        at: Timestamp,
        /// What came right before it: where it goes when this is taken back.
        was: Option<ItemId>,
        /// What is remembered to come right before it: where it goes when it is restored. The same,
        /// unless this takes back a restoration.
        before: Option<ItemId>,
        /// Whose doing it is.
        stamp: Stamp,
    },
    /// The item is in the list again.
    Restored {
        /// The item, for those who did not keep it.
        item: Item,
        /// What comes right before it.
        after: Option<ItemId>,
        /// What was remembered to come right before it.
        was: Option<ItemId>,
        /// Whose doing it is.
        stamp: Stamp,
    },
    /// The removed item is forgotten for ever.
    Expired {
        /// The item.
        id: ItemId,
    },
}

impl Event {
    /// The item that it is about.
    #[must_use]
    pub fn item(&self) -> ItemId {
        match self {
            Self::Added { id, .. }
            | Self::Renamed { id, .. }
            | Self::Completed { id, .. }
            | Self::Ordered { id, .. }
            | Self::Moved { id, .. }
            | Self::Removed { id, .. }
            | Self::Expired { id } => *id,
            Self::Restored { item, .. } => item.id,
        }
    }
}
