//! The items of a list and their order: a linked list in a slab. Every operation on one item costs the same in a list
//! of a hundred items and of a hundred thousand, and iterating needs no lookup in the hash map.

use serde::{Deserialize, Serialize};
use slab::Slab;

use super::{Field, HashKey, IdMap, Item, ItemId};

/// How many removed items the search for a place in the list passes.
pub(super) const MAX_PASSED_ITEMS: usize = 1_000;

/// For each field of an item, the revision of the change that has last set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamps {
    /// The title.
    pub title: u64,
    /// Whether it is completed.
    pub completed: u64,
    /// The place in the list.
    pub place: u64,
    /// The order number.
    #[serde(default)]
    pub order: u64,
    /// Whether it is removed.
    pub removed: u64,
}

impl Stamps {
    /// All fields were last set by one revision.
    pub(super) fn all(revision: u64) -> Self {
        Self {
            title: revision,
            completed: revision,
            place: revision,
            order: revision,
            removed: revision,
        }
    }

    /// The stamp of a field.
    pub(super) fn of(self, field: Field) -> u64 {
        match field {
            Field::Title => self.title,
            Field::Completed => self.completed,
            Field::Order => self.order,
        }
    }

    /// Sets the stamp of a field.
    pub(super) fn set(&mut self, field: Field, revision: u64) {
        let stamp = match field {
            Field::Title => &mut self.title,
            Field::Completed => &mut self.completed,
            Field::Order => &mut self.order,
        };
        *stamp = revision;
    }

    /// Whether no field was set after a revision.
    pub(super) fn are_not_after(self, revision: u64) -> bool {
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

/// A place in the list, where an item is or goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Before all items.
    Start,
    /// Right after an item.
    After(ItemId),
}

impl Place {
    /// The place right after an item; `None` is the start, as in events.
    pub(super) fn right_after(predecessor: Option<ItemId>) -> Self {
        predecessor.map_or(Self::Start, Self::After)
    }

    /// The item right before the place; `None` is the start, as in events.
    pub(super) fn predecessor(self) -> Option<ItemId> {
        match self {
            Self::Start => None,
            Self::After(id) => Some(id),
        }
    }
}

/// The index of a node in the slab. At most [`List::MAX_KNOWN`](super::List::MAX_KNOWN) of them fit into a list.
type Slot = u32;

/// An item with the stamps of its fields, and its neighbours.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) item: Item,
    pub(super) stamps: Stamps,
    /// The item right before it; of a removed item, the one right before it when it was removed.
    predecessor: Option<ItemId>,
    next: Option<Slot>,
}

impl Node {
    fn title_bytes(&self) -> usize {
        self.item.title.as_str().len()
    }
}

/// All items: those in the list are linked in order, and removed ones are only remembered.
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
        self.at_slot(*self.slots.get(&id)?)
    }

    fn get_mut(&mut self, id: ItemId) -> Option<&mut Node> {
        let slot = *self.slots.get(&id)?;
        self.nodes.get_mut(slot as usize)
    }

    /// Changes an item or its stamps. Returns what `change` returns; `None` if the item is unknown.
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

    fn at_slot(&self, slot: Slot) -> Option<&Node> {
        self.nodes.get(slot as usize)
    }

    pub(super) fn last(&self) -> Option<ItemId> {
        self.last
    }

    /// The nodes in the list, in order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Node> {
        let first = self.first.and_then(|slot| self.at_slot(slot));
        std::iter::successors(first, |node| node.next.and_then(|slot| self.at_slot(slot)))
    }

    /// The place right after an item: after the item itself or, while that is removed, after the closest item before it
    /// that is in the list. `None` if the item is unknown, or if none is found within [`MAX_PASSED_ITEMS`]: the
    /// predecessors of removed items can form a cycle after several rounds of removing and undoing.
    pub(super) fn place_after(&self, id: ItemId) -> Option<Place> {
        let mut place = Place::After(id);
        for _ in 0..MAX_PASSED_ITEMS {
            let Place::After(id) = place else {
                return Some(place);
            };
            let node = self.get(id)?;
            if node.item.removed_at.is_none() {
                return Some(place);
            }
            place = Place::right_after(node.predecessor);
        }
        None
    }

    /// The item right before an item, or right before it when it was removed.
    pub(super) fn predecessor(&self, id: ItemId) -> Option<ItemId> {
        self.get(id).and_then(|node| node.predecessor)
    }

    /// Adds or replaces a removed item, which was right after `predecessor`.
    pub(super) fn remember(&mut self, item: Item, stamps: Stamps, predecessor: Option<ItemId>) {
        let node = Node {
            predecessor,
            next: None,
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

    /// Puts an item into the list, right after `predecessor`, or at the end if that is not in the list.
    pub(super) fn insert(&mut self, item: Item, stamps: Stamps, predecessor: Option<ItemId>) {
        let id = item.id;
        self.remember(item, stamps, None);
        self.link(id, predecessor);
    }

    /// Links a known item that is not in the list, right after `predecessor`, or at the end if that is not in the list.
    pub(super) fn link(&mut self, id: ItemId, predecessor: Option<ItemId>) {
        let in_list = |id: &ItemId| {
            self.get(*id)
                .is_some_and(|node| node.item.removed_at.is_none())
        };
        let predecessor = match predecessor {
            Some(other) if other == id || !in_list(&other) => self.last,
            predecessor => predecessor,
        };
        let next = match predecessor {
            Some(predecessor) => self.get(predecessor).and_then(|node| node.next),
            None => self.first,
        };
        self.set_next(predecessor, self.slots.get(&id).copied());
        self.set_predecessor(next, Some(id));
        if let Some(node) = self.get_mut(id) {
            (node.predecessor, node.next) = (predecessor, next);
        }
    }

    /// Takes an item out of the list. It stays known, with `remembered` as the item that it goes back after.
    pub(super) fn unlink(&mut self, id: ItemId, remembered: Option<ItemId>) {
        let Some(node) = self.get_mut(id) else { return };
        let predecessor = std::mem::replace(&mut node.predecessor, remembered);
        let next = node.next.take();
        self.set_next(predecessor, next);
        self.set_predecessor(next, predecessor);
    }

    /// Forgets an item that is not in the list.
    pub(super) fn forget(&mut self, id: ItemId) {
        if let Some(slot) = self.slots.remove(&id) {
            let node = self.nodes.remove(slot as usize);
            self.title_bytes -= node.title_bytes();
        }
    }

    fn set_next(&mut self, id: Option<ItemId>, next: Option<Slot>) {
        match id {
            None => self.first = next,
            Some(id) => {
                if let Some(node) = self.get_mut(id) {
                    node.next = next;
                }
            }
        }
    }

    fn set_predecessor(&mut self, slot: Option<Slot>, predecessor: Option<ItemId>) {
        match slot {
            None => self.last = predecessor,
            Some(slot) => {
                if let Some(node) = self.nodes.get_mut(slot as usize) {
                    node.predecessor = predecessor;
                }
            }
        }
    }
}

/// Two lists are equal if they have the same items with the same stamps and predecessors; the slots are ignored.
impl PartialEq for Nodes {
    fn eq(&self, other: &Self) -> bool {
        fn parts(node: &Node) -> (&Item, Stamps, Option<ItemId>) {
            (&node.item, node.stamps, node.predecessor)
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
    fn equality_ignores_slots() {
        let mut moved = nodes(&[1, 2, 3]);
        moved.unlink(id(1), None);
        moved.link(id(1), Some(id(3)));
        assert_eq!(order(&moved), [2, 3, 1].map(id));
        assert_eq!(moved, nodes(&[2, 3, 1]));
        assert_ne!(moved, nodes(&[1, 2, 3]));
        assert_ne!(moved, nodes(&[2, 3]));
    }

    #[test]
    fn the_slot_of_a_forgotten_item_is_used_again() {
        let mut nodes = nodes(&[1, 2, 3]);
        nodes.unlink(id(2), Some(id(1)));
        assert_eq!(nodes.predecessor(id(2)), Some(id(1)));
        nodes.forget(id(2));
        assert!(nodes.get(id(2)).is_none());
        let item = Item::new(id(4), title("b"));
        nodes.insert(item, Stamps::all(2), Some(id(1)));
        assert_eq!(order(&nodes), [1, 4, 3].map(id));
        assert_eq!(nodes.slots[&id(4)], 1);
    }
}
