//! Changes that a list has forgotten and can revert all the same: a page stores the changes of its undo steps, because the
//! document that it opens with has no history.

use std::sync::Arc;

use super::nodes::{Node, Stamps};
use super::{Change, Event, FieldChange, Item, ItemId, List, Timestamp};

impl List {
    /// Takes back changes that it knew at an earlier time, in order, and the removed items that they are about. Fields
    /// that have another value by now count as changed since. Whether a field was changed and changed back is not known
    /// here.
    pub fn recall(&mut self, changes: Vec<Arc<Change>>, removed: Vec<Item>) {
        let events = || changes.iter().flat_map(|change| &change.events);
        for item in removed {
            // The latest removal of the item.
            let mut removals = events().filter_map(|event| {
                let Event::Removed { id, at, before, .. } = event else {
                    return None;
                };
                (*id == item.id).then_some((*at, *before))
            });
            if let Some((at, before)) = removals.next_back()
                && self.get(item.id).is_none()
            {
                self.recall_removed(item, at, before);
            }
        }
        for change in &changes {
            for event in &change.events {
                self.recall_stamps(event, change.revision);
            }
        }
        self.recalled = changes;
    }

    fn recall_removed(&mut self, item: Item, at: Timestamp, before: Option<ItemId>) {
        self.note_removal(at, item.id);
        let item = Item {
            removed_at: Some(at),
            ..item
        };
        self.nodes
            .remember(item, Stamps::all(self.revision), before);
    }

    /// Gives the fields that are as the event has set them the stamps that the event has given them.
    fn recall_stamps(&mut self, event: &Event, revision: u64) {
        match event {
            Event::Added { item, .. } => self.recall_item(item, revision, revision),
            Event::Restored { item, stamp, .. } => self.recall_item(item, revision, stamp.set),
            Event::Set { id, change, stamp } => {
                self.nodes
                    .change(*id, |node| recall(node, change, stamp.set));
            }
            Event::Moved { id, stamp, .. } => {
                self.nodes.change(*id, |node| node.stamps.place = stamp.set);
            }
            Event::Removed { id, stamp, .. } => {
                self.nodes.change(*id, |node| {
                    if node.item.removed_at.is_some() {
                        node.stamps.removed = stamp.set;
                    }
                });
            }
            Event::Expired { .. } => {}
        }
    }

    fn recall_item(&mut self, item: &Item, revision: u64, removed: u64) {
        let Item {
            id,
            title,
            completed_at: completed,
            order,
            removed_at: _,
        } = item;
        let fields = [
            FieldChange::Title {
                to: title.clone(),
                was: title.clone(),
            },
            FieldChange::Completed {
                to: *completed,
                was: None,
            },
            FieldChange::Order {
                to: *order,
                was: None,
            },
        ];
        self.nodes.change(*id, |node| {
            for change in &fields {
                let known = node.stamps.of(change.field());
                recall(node, change, revision.min(known));
            }
            node.stamps.place = revision.min(node.stamps.place);
            node.stamps.removed = removed;
        });
    }
}

/// Sets the stamp of a field that has its value after the change.
fn recall(node: &mut Node, change: &FieldChange, stamp: u64) {
    let mut after = node.item.clone();
    change.apply_to(&mut after);
    // A page does not know when an item was completed.
    if after.visible() == node.item.visible() {
        node.stamps.set(change.field(), stamp);
    }
}
