//! The items of a list and their order: a linked list in a slab, so that every step costs the same in a list of a
//! hundred items and of a hundred thousand. Whoever walks from one item to the next needs no look into the hash map.

use serde::{Deserialize, Serialize};
use slab::Slab;

use super::{HashKey, IdMap, Item, ItemId};

/// How many removed items are passed by in the search for a place in the list.
pub(super) const MAX_STEPS: usize = 1_000;

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

/// Where a node is; at most [`List::MAX_KNOWN`](super::List::MAX_KNOWN) of them fit into a list.
type Slot = u32;

/// An item, what is known of its fields, and its neighbours.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) item: Item,
    pub(super) stamps: Stamps,
    /// What comes before it; of a removed item, what came before it when it was removed.
    before: Option<ItemId>,
    behind: Option<Slot>,
}

impl Node {
    fn title_bytes(&self) -> usize {
        self.item.title.as_str().len()
    }
}

/// All items, those in the list linked in order, the removed ones only remembered.
#[derive(Clone, Debug)]
pub(super) struct Nodes {
    nodes: Slab<Node>,
    slots: IdMap<ItemId, Slot>,
    first: Option<Slot>,
    last: Option<ItemId>,
    /// How many bytes the titles of all items have, the removed ones included.
    title_bytes: usize,
}

impl Nodes {
    pub(super) fn new(key: HashKey) -> Self {
        Self {
            nodes: Slab::new(),
            slots: IdMap::with_hasher(key),
            first: None,
            last: None,
            title_bytes: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, id: ItemId) -> Option<&Node> {
        self.at(*self.slots.get(&id)?)
    }

    fn get_mut(&mut self, id: ItemId) -> Option<&mut Node> {
        let slot = *self.slots.get(&id)?;
        self.nodes.get_mut(slot as usize)
    }

    /// Changes the item or its stamps, if it is known.
    pub(super) fn change<T>(
        &mut self,
        id: ItemId,
        change: impl FnOnce(&mut Node) -> T,
    ) -> Option<T> {
        let node = self.get_mut(id)?;
        let before = node.title_bytes();
        let changed = change(node);
        let after = node.title_bytes();
        self.title_bytes = self.title_bytes + after - before;
        Some(changed)
    }

    /// How many bytes the titles of all items have, the removed ones included.
    pub(super) fn title_bytes(&self) -> usize {
        self.title_bytes
    }

    fn at(&self, slot: Slot) -> Option<&Node> {
        self.nodes.get(slot as usize)
    }

    pub(super) fn last(&self) -> Option<ItemId> {
        self.last
    }

    /// The nodes in the list, in order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Node> {
        let first = self.first.and_then(|slot| self.at(slot));
        std::iter::successors(first, |node| node.behind.and_then(|slot| self.at(slot)))
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
        let id = node.item.id;
        let bytes = node.title_bytes();
        match self.get_mut(id) {
            Some(known) => {
                let before = std::mem::replace(known, node).title_bytes();
                self.title_bytes = self.title_bytes + bytes - before;
            }
            None => {
                self.title_bytes += bytes;
                let slot = self.nodes.insert(node);
                self.slots.insert(id, slot as Slot);
            }
        }
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
        self.set_behind(before, self.slots.get(&id).copied());
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
        if let Some(slot) = self.slots.remove(&id) {
            let node = self.nodes.remove(slot as usize);
            self.title_bytes -= node.title_bytes();
        }
    }

    fn set_behind(&mut self, id: Option<ItemId>, behind: Option<Slot>) {
        match id {
            None => self.first = behind,
            Some(id) => {
                if let Some(node) = self.get_mut(id) {
                    node.behind = behind;
                }
            }
        }
    }

    fn set_before(&mut self, slot: Option<Slot>, before: Option<ItemId>) {
        match slot {
            None => self.last = before,
            Some(slot) => {
                if let Some(node) = self.nodes.get_mut(slot as usize) {
                    node.before = before;
                }
            }
        }
    }
}

/// The same items, known to be the same, in the same order: what comes before each of them tells it.
impl PartialEq for Nodes {
    fn eq(&self, other: &Self) -> bool {
        fn parts(node: &Node) -> (&Item, Stamps, Option<ItemId>) {
            (&node.item, node.stamps, node.before)
        }
        let is_there = |node: &Node| other.get(node.item.id).map(parts) == Some(parts(node));
        self.len() == other.len() && self.nodes.iter().all(|(_, node)| is_there(node))
    }
}

impl Eq for Nodes {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tests::{KEY, id, title};

    fn nodes(order: &[u8]) -> Nodes {
        let mut nodes = Nodes::new(KEY);
        for number in order {
            let item = Item::new(id(*number), title("a"));
            nodes.insert(item, Stamps::all(1), nodes.last());
        }
        nodes
    }

    fn order(nodes: &Nodes) -> Vec<ItemId> {
        nodes.in_order().map(|node| node.item.id).collect()
    }

    #[test]
    fn the_same_items_in_the_same_order_are_the_same_wherever_they_lie() {
        let mut moved = nodes(&[1, 2, 3]);
        moved.unlink(id(1), None);
        moved.link(id(1), Some(id(3)));
        assert_eq!(order(&moved), [2, 3, 1].map(id));
        assert_eq!(moved, nodes(&[2, 3, 1]));
        assert_ne!(moved, nodes(&[1, 2, 3]));
        assert_ne!(moved, nodes(&[2, 3]));
    }

    #[test]
    fn what_is_forgotten_leaves_its_place_to_others() {
        let mut nodes = nodes(&[1, 2, 3]);
        nodes.unlink(id(2), Some(id(1)));
        assert_eq!(nodes.before(id(2)), Some(id(1)));
        nodes.forget(id(2));
        assert!(nodes.get(id(2)).is_none());
        let item = Item::new(id(4), title("b"));
        nodes.insert(item, Stamps::all(2), Some(id(1)));
        assert_eq!(order(&nodes), [1, 4, 3].map(id));
        assert_eq!(nodes.slots[&id(4)], 1);
    }
}
