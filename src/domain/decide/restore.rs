//! Bringing removed items back to where they were, among each other too.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::nodes::MAX_STEPS;
use crate::domain::{Event, IdMap, IdSet, Item, ItemId, List, Rejection, Stamp};

/// An item that is to come back.
#[derive(Clone, Copy)]
pub(super) struct ItemToRestore {
    pub(super) id: ItemId,
    /// What it goes right after.
    pub(super) before: Option<ItemId>,
    pub(super) stamp: Stamp,
}

/// The events that bring back those of the items that are removed.
///
/// An item goes back to right after what came before it. Where that is one of the others that come
/// back, that one goes first; where it stays removed, what came before that counts.
///
/// # Errors
///
/// [`Rejection::ListFull`] when there is no room for all of them.
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
    // What was removed last comes back first: it did not know of what was gone already. A heap is the
    // smallest way to sort, in the bytes of the page's code.
    let removed_by = |id| list.nodes.get(id).map_or(0, |node| node.stamps.removed);
    let order = wanted.iter().enumerate();
    let mut order: BinaryHeap<_> = order
        .map(|(index, item)| (removed_by(item.id), Reverse(index)))
        .collect();
    while let Some((_, Reverse(index))) = order.pop() {
        restoration.bring_back(wanted[index].id);
    }
    Ok(restoration.events)
}

struct Restoration<'a> {
    list: &'a List,
    wanted: IdMap<ItemId, ItemToRestore>,
    /// What the removed items lead to that stay removed, as far as any was passed by. Many can be in the way of all that
    /// come back, and are passed by once.
    passed: IdMap<ItemId, Option<Option<ItemId>>>,
    done: IdSet<ItemId>,
    /// What the next item of an unknown place goes after.
    end: Option<ItemId>,
    events: Vec<Event>,
}

impl Restoration<'_> {
    /// Brings the item back, and before it those that it goes after.
    fn bring_back(&mut self, id: ItemId) {
        let mut waiting = vec![id];
        let mut begun = IdSet::with_hasher(self.list.hash_key());
        begun.insert(id);
        while let Some(id) = waiting.last().copied() {
            let place = self.place(id);
            match place {
                // Two items that were removed in turns can point at each other: the first wins.
                Some(Some(other)) if self.is_to_come(other) && begun.insert(other) => {
                    waiting.push(other)
                }
                _ => {
                    waiting.pop();
                    self.put(id, place);
                }
            }
        }
    }

    /// What the item goes after: something in the list, or something that comes back too. `None` if
    /// nothing is known of it any more.
    fn place(&mut self, id: ItemId) -> Option<Option<ItemId>> {
        let first = self.wanted.get(&id)?.before;
        let mut place = first;
        let mut found = None;
        let mut steps = 0;
        while steps < MAX_STEPS {
            let Some(id) = place else {
                found = Some(None);
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
            place = self.list.nodes.before(id);
            steps += 1;
        }
        let mut place = first;
        for _ in 0..steps {
            let Some(id) = place else { break };
            self.passed.insert(id, found);
            place = self.list.nodes.before(id);
        }
        found
    }

    fn is_to_come(&self, id: ItemId) -> bool {
        self.wanted.contains_key(&id) && !self.done.contains(&id)
    }

    fn put(&mut self, id: ItemId, place: Option<Option<ItemId>>) {
        let (Some(item), Some(wanted)) = (self.list.get(id), self.wanted.get(&id)) else {
            return;
        };
        if !self.done.insert(id) {
            return;
        }
        let after = match place {
            Some(place) => place,
            None => self.end.replace(id),
        };
        self.events.push(Event::Restored {
            item: Item {
                removed_at: None,
                ..item.clone()
            },
            after,
            was: self.list.nodes.before(id),
            stamp: wanted.stamp,
        });
    }
}
