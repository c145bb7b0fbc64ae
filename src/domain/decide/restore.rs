//! Restoring removed items to their former places, also relative to each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::nodes::{MAX_PASSED_ITEMS, Place};
use crate::domain::{Event, IdMap, IdSet, Item, ItemId, List, Rejection, Stamp};

/// An item to restore.
#[derive(Clone, Copy)]
pub(super) struct ItemToRestore {
    pub(super) id: ItemId,
    /// The item that it goes right after; `None` is the start of the list.
    pub(super) predecessor: Option<ItemId>,
    pub(super) stamp: Stamp,
}

/// The events that restore those of the items that are removed.
///
/// An item goes back to right after its predecessor. If that is one of the items to restore, it is restored first. If
/// that stays removed, the predecessor of the predecessor counts, and so on.
///
/// # Errors
///
/// [`Rejection::ListFull`] if the list has no room for all of them.
pub(super) fn restore(
    list: &List,
    items: impl Iterator<Item = ItemToRestore>,
) -> Result<Vec<Event>, Rejection> {
    let is_removed = |id: ItemId| list.get(id).is_some_and(|item| item.removed_at.is_some());
    let wanted: Vec<ItemToRestore> = items.filter(|item| is_removed(item.id)).collect();
    if list.len() + wanted.len() > List::MAX_ITEMS && !wanted.is_empty() {
        return Err(Rejection::ListFull);
    }
    let key = list.hash_key();
    let mut restoration = Restoration {
        list,
        wanted: IdMap::with_capacity_and_hasher(wanted.len(), key),
        passed: IdMap::with_hasher(key),
        done: IdSet::with_hasher(key),
        end: list.nodes.last(),
        events: Vec::with_capacity(wanted.len()),
    };
    let by_id = wanted.iter().map(|item| (item.id, *item));
    restoration.wanted.extend(by_id);
    // The item that was removed last is restored first: items that were removed before it cannot be its predecessors. A
    // heap is the sort with the smallest code in the WASM.
    let removed_by = |id| list.nodes.get(id).map_or(0, |node| node.stamps.removed);
    let order = wanted.iter().enumerate();
    let mut order: BinaryHeap<_> = order
        .map(|(index, item)| (removed_by(item.id), Reverse(index)))
        .collect();
    while let Some((_, Reverse(index))) = order.pop() {
        restoration.restore(wanted[index].id);
    }
    Ok(restoration.events)
}

struct Restoration<'a> {
    list: &'a List,
    wanted: IdMap<ItemId, ItemToRestore>,
    /// The places that removed predecessors lead to; `None` for an unknown place. Many items to restore can have the
    /// same removed predecessors, which are passed once.
    passed: IdMap<ItemId, Option<Place>>,
    done: IdSet<ItemId>,
    /// The item that the next item of an unknown place goes after.
    end: Option<ItemId>,
    events: Vec<Event>,
}

impl Restoration<'_> {
    /// Restores an item after the items to restore that are before it.
    fn restore(&mut self, id: ItemId) {
        let mut waiting = vec![id];
        let mut begun = IdSet::with_hasher(self.list.hash_key());
        begun.insert(id);
        while let Some(id) = waiting.last().copied() {
            let place = self.place(id);
            match place {
                // After several rounds of removing and undoing, two items can be predecessors of each other. The first
                // one wins.
                Some(Place::After(other)) if self.is_pending(other) && begun.insert(other) => {
                    waiting.push(other);
                }
                _ => {
                    waiting.pop();
                    self.put(id, place);
                }
            }
        }
    }

    /// The place of an item: right after an item in the list, or after one to restore. `None` if it is unknown.
    fn place(&mut self, id: ItemId) -> Option<Place> {
        let first = Place::right_after(self.wanted.get(&id)?.predecessor);
        let mut place = first;
        let mut found = None;
        let mut steps = 0;
        while steps < MAX_PASSED_ITEMS {
            let Place::After(id) = place else {
                found = Some(place);
                break;
            };
            if let Some(known) = self.passed.get(&id) {
                found = *known;
                break;
            }
            let Some(item) = self.list.get(id) else { break };
            if item.removed_at.is_none() || self.wanted.contains_key(&id) {
                found = Some(place);
                break;
            }
            place = Place::right_after(self.list.nodes.predecessor(id));
            steps += 1;
        }
        let mut place = first;
        for _ in 0..steps {
            let Place::After(id) = place else { break };
            self.passed.insert(id, found);
            place = Place::right_after(self.list.nodes.predecessor(id));
        }
        found
    }

    fn is_pending(&self, id: ItemId) -> bool {
        self.wanted.contains_key(&id) && !self.done.contains(&id)
    }

    fn put(&mut self, id: ItemId, place: Option<Place>) {
        let (Some(item), Some(wanted)) = (self.list.get(id), self.wanted.get(&id)) else {
            return;
        };
        if !self.done.insert(id) {
            return;
        }
        let after = match place {
            Some(place) => place.predecessor(),
            None => self.end.replace(id),
        };
        self.events.push(Event::Restored {
            item: Item {
                removed_at: None,
                ..item.clone()
            },
            after,
            was: self.list.nodes.predecessor(id),
            stamp: wanted.stamp,
        });
    }
}
