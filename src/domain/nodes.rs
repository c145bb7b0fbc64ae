//! The items of a list and their order: a linked list in a hash map, so that every step costs the
//! same in a list of a hundred items and of a hundred thousand.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{Item, ItemId};

/// How many removed items are passed by in the search for a place in the list.
pub(super) const MAX_STEPS: usize = 10_000;

/// Which revision each field of an item belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    /// Its title.
    pub title: u64,
    /// Whether it is completed.
    pub completed: u64,
    /// Its place.
    pub place: u64,
    /// Its number.
    #[serde(default)]
    pub order: u64,
    /// Whether it is removed.
    pub removed: u64,
}

impl Stamps {
    /// All fields belong to one revision.
    pub(super) fn all(revision: u64) -> Self {
        Self {
            title: revision,
            completed: revision,
            place: revision,
            order: revision,
            removed: revision,
        }
    }

    /// Whether no field belongs to a later revision.
    pub(super) fn are_of(self, revision: u64) -> bool {
        let Self {
            title,
            completed,
            place,
            order,
            removed,
        } = self;
        [title, completed, place, order, removed]
            .iter()
            .all(|stamp| *stamp <= revision)
    }
}

/// An item, what is known of its fields, and its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) item: Item,
    pub(super) stamps: Stamps,
    /// What comes before it; of a removed item, what came before it when it was removed.
    before: Option<ItemId>,
    behind: Option<ItemId>,
}

/// All items, those in the list linked in order, the removed ones only remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Nodes {
    nodes: FxHashMap<ItemId, Node>,
    first: Option<ItemId>,
    last: Option<ItemId>,
}

impl Nodes {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, id: ItemId) -> Option<&Node> {
        self.nodes.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ItemId) -> Option<&mut Node> {
        self.nodes.get_mut(&id)
    }

    pub(super) fn last(&self) -> Option<ItemId> {
        self.last
    }

    /// The nodes in the list, in order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Node> {
        let first = self.first.and_then(|id| self.get(id));
        std::iter::successors(first, |node| node.behind.and_then(|id| self.get(id)))
    }

    /// The item in the list after which something stands that goes right after `anchor`: the anchor
    /// itself or, while that is removed, what came before it. `None` is the start.
    ///
    /// # Errors
    ///
    /// Nothing is known of the anchor, or of what it leads to within [`MAX_STEPS`]: items that were
    /// removed and taken back in turns can point at each other.
    pub(super) fn place_after(&self, anchor: ItemId) -> Result<Option<ItemId>, ()> {
        let mut place = Some(anchor);
        for _ in 0..MAX_STEPS {
            let Some(id) = place else { return Ok(None) };
            let node = self.get(id).ok_or(())?;
            if node.item.removed_at.is_none() {
                return Ok(place);
            }
            place = node.before;
        }
        Err(())
    }

    /// What comes right before the item, or came there when it was removed.
    pub(super) fn before(&self, id: ItemId) -> Option<ItemId> {
        self.get(id).and_then(|node| node.before)
    }

    /// Remembers a removed item, which came right after `before`.
    pub(super) fn remember(&mut self, item: Item, stamps: Stamps, before: Option<ItemId>) {
        let node = Node {
            before,
            behind: None,
            stamps,
            item,
        };
        self.nodes.insert(node.item.id, node);
    }

    /// Puts an item into the list, right after `before`. An item that is not in the list cannot come
    /// before anything: the end is taken instead.
    pub(super) fn insert(&mut self, item: Item, stamps: Stamps, before: Option<ItemId>) {
        let id = item.id;
        self.remember(item, stamps, None);
        self.link(id, before);
    }

    /// Links an item that is known but not in the list, right after `before`.
    pub(super) fn link(&mut self, id: ItemId, before: Option<ItemId>) {
        let in_list = |id: &ItemId| {
            self.get(*id)
                .is_some_and(|node| node.item.removed_at.is_none())
        };
        let before = match before {
            Some(before) if before == id || !in_list(&before) => self.last,
            before => before,
        };
        let behind = match before {
            Some(before) => self.get(before).and_then(|node| node.behind),
            None => self.first,
        };
        self.set_behind(before, Some(id));
        self.set_before(behind, Some(id));
        if let Some(node) = self.get_mut(id) {
            (node.before, node.behind) = (before, behind);
        }
    }

    /// Takes an item out of the list. It is still known, and that it goes back to right after
    /// `remembered`.
    pub(super) fn unlink(&mut self, id: ItemId, remembered: Option<ItemId>) {
        let Some(node) = self.get_mut(id) else { return };
        let before = std::mem::replace(&mut node.before, remembered);
        let behind = node.behind.take();
        self.set_behind(before, behind);
        self.set_before(behind, before);
    }

    /// Forgets an item that is not in the list.
    pub(super) fn forget(&mut self, id: ItemId) {
        self.nodes.remove(&id);
    }

    fn set_behind(&mut self, id: Option<ItemId>, behind: Option<ItemId>) {
        match id {
            None => self.first = behind,
            Some(id) => {
                if let Some(node) = self.get_mut(id) {
                    node.behind = behind;
                }
            }
        }
    }

    fn set_before(&mut self, id: Option<ItemId>, before: Option<ItemId>) {
        match id {
            None => self.last = before,
            Some(id) => {
                if let Some(node) = self.get_mut(id) {
                    node.before = before;
                }
            }
        }
    }
}
