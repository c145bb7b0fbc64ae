//! A list as everybody agrees on it: its items in order, and how many changes made it.

use serde::{Deserialize, Serialize};

use super::{Event, Item, ItemId};

/// A list of items. It changes only by [`List::evolve`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    revision: u64,
    items: Vec<Item>,
}

impl List {
    /// The most items that one list holds.
    pub const MAX_ITEMS: usize = 100_000;

    /// A list as it was at `revision`.
    #[must_use]
    pub fn at_revision(revision: u64, items: Vec<Item>) -> Self {
        Self { revision, items }
    }

    /// How many accepted commands made the list what it is; one more with each.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The items in order.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Whether the item is in the list.
    #[must_use]
    pub fn contains(&self, id: ItemId) -> bool {
        self.items.iter().any(|item| item.id == id)
    }

    /// Folds one fact into the list. It never refuses: what happened, happened.
    pub fn evolve(&mut self, event: &Event) {
        match event {
            Event::Added(item) => self.items.push(item.clone()),
        }
        self.revision += 1;
    }
}
