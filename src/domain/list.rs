//! A list: its items in order, the items that can be restored, the numbers of its senders, and the changes that can be
//! reverted.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::history::History;
use super::nodes::{Node, Nodes, Stamps};
use super::{
    Admission, Change, ClientId, CommandId, Event, HashKey, IdMap, Item, ItemId, Stamp, Timestamp,
};

/// A list of items. Only [`List::apply`] and [`List::reject`] change it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    pub(super) revision: u64,
    pub(super) nodes: Nodes,
    /// The removed items by the time of their removal. Several can have the same time.
    pub(super) removed: BTreeSet<(Timestamp, ItemId)>,
    pub(super) completed: usize,
    pub(super) clients: IdMap<ClientId, u64>,
    pub(super) history: History,
    /// Earlier changes, see [`List::recall`].
    pub(super) recalled: Vec<Arc<Change>>,
}

impl List {
    /// The most items that one list holds.
    pub const MAX_ITEMS: usize = 100_000;
    /// The most items that one list knows, including those that can be restored. Of more, those give way that were
    /// removed first.
    pub const MAX_KNOWN: usize = 2 * Self::MAX_ITEMS;
    /// The most bytes in the titles of all items that one list knows: 640 for each item of a full list. Removed items
    /// give way, as above.
    pub const MAX_TITLE_BYTES: usize = 64_000_000;
    /// How many of the latest changes can be reverted.
    pub const MAX_HISTORY: usize = 256;
    /// The most events in those changes, unless the latest change alone has more.
    pub const MAX_HISTORY_EVENTS: usize = 20_000;

    /// An empty list at revision 0, which hashes ids with this key.
    #[must_use]
    pub fn new(key: HashKey) -> Self {
        Self {
            revision: 0,
            nodes: Nodes::new(key),
            removed: BTreeSet::new(),
            completed: 0,
            clients: IdMap::with_hasher(key),
            history: History::default(),
            recalled: Vec::new(),
        }
    }

    /// A list with these items and without a history. Of items with the same id, the first counts.
    #[must_use]
    pub fn at_revision(key: HashKey, revision: u64, items: impl IntoIterator<Item = Item>) -> Self {
        let mut list = Self {
            revision,
            ..Self::new(key)
        };
        for item in items {
            if list.nodes.get(item.id).is_none() {
                list.insert(item, Stamps::all(revision), list.nodes.last());
            }
        }
        list
    }

    /// The key with which the list hashes ids.
    #[must_use]
    pub fn hash_key(&self) -> HashKey {
        *self.clients.hasher()
    }

    /// Whether the list has never received a command.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.revision == 0 && self.clients.is_empty()
    }

    /// How many changes there were. A command that was rejected or has changed nothing is not one.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The items in order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.nodes.in_order().map(|node| &node.item)
    }

    /// How many items are in the list.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len() - self.removed.len()
    }

    /// Whether the list has no items.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many of the items are completed.
    #[must_use]
    pub fn completed(&self) -> usize {
        self.completed
    }

    /// The changes after a revision; `None` if they are no longer known, or if the list has no such revision.
    #[must_use]
    pub fn changes_since(&self, revision: u64) -> Option<Vec<&Change>> {
        Some(self.history_since(revision)?.map(AsRef::as_ref).collect())
    }

    /// The changes after a revision, to share. See [`List::changes_since`].
    #[must_use]
    pub fn history_since(&self, revision: u64) -> Option<impl Iterator<Item = &Arc<Change>>> {
        let missing = self.revision.checked_sub(revision)?;
        let missing = usize::try_from(missing).ok()?;
        let known = self.history.len().checked_sub(missing)?;
        Some(self.history.after(known))
    }

    /// An item in the list, or one that can be restored.
    #[must_use]
    pub fn get(&self, id: ItemId) -> Option<&Item> {
        self.nodes.get(id).map(|node| &node.item)
    }

    /// The item right before an item; of a removed item, the one right before it when it was removed.
    #[must_use]
    pub fn predecessor(&self, id: ItemId) -> Option<ItemId> {
        self.nodes.predecessor(id)
    }

    /// The stamps of an item. As long as they are equal, the item has not changed.
    #[must_use]
    pub fn stamps(&self, id: ItemId) -> Option<Stamps> {
        self.nodes.get(id).map(|node| node.stamps)
    }

    /// The stamp that the next change puts on a field of an item.
    pub(super) fn next_stamp(&self, id: ItemId, field: impl FnOnce(&Stamps) -> u64) -> Stamp {
        Stamp {
            set: self.revision + 1,
            was: self.nodes.get(id).map_or(0, |node| field(&node.stamps)),
        }
    }

    /// The items that can be restored, the latest removed first.
    pub fn removed(&self) -> impl Iterator<Item = &Item> {
        self.removed
            .iter()
            .rev()
            .filter_map(|(_, id)| self.get(*id))
    }

    /// How many items can be restored.
    #[must_use]
    pub fn removed_len(&self) -> usize {
        self.removed.len()
    }

    /// When the earliest item that can be restored was removed.
    #[must_use]
    pub fn next_to_expire(&self) -> Option<Timestamp> {
        self.removed.first().map(|(at, _)| *at)
    }

    /// How many senders have ever sent a command.
    #[must_use]
    pub fn senders(&self) -> usize {
        self.clients.len()
    }

    /// The number that the next command of a sender must have.
    #[must_use]
    pub fn expected_seq(&self, client: ClientId) -> u64 {
        self.clients.get(&client).map_or(1, |last| last + 1)
    }

    /// Whether a command with this id is the next one of its sender, or was decided before.
    #[must_use]
    pub fn admit(&self, id: CommandId) -> Admission {
        let expected = self.expected_seq(id.client);
        match id.seq {
            seq if seq == expected => Admission::Next,
            seq if seq != 0 && seq < expected => Admission::Repeated,
            _ => Admission::Gap { expected },
        }
    }

    /// Applies the change of an accepted command. This never fails.
    pub fn apply(&mut self, change: Arc<Change>) {
        for event in &change.events {
            self.apply_event(event);
        }
        self.revision = change.revision;
        self.consume_number(change.command);
        self.history.push(change);
    }

    /// The change of a command, if it can still be reverted.
    #[must_use]
    pub fn change_of(&self, command: CommandId) -> Option<&Arc<Change>> {
        let changes = self.history.iter().chain(&self.recalled);
        changes.rev().find(|change| change.command == command)
    }

    /// Consumes the number of a command: each decided command has used it up, also one that was rejected or has changed
    /// nothing.
    pub fn consume_number(&mut self, command: CommandId) {
        let last = self.clients.entry(command.client).or_default();
        *last = command.seq.max(*last);
    }

    /// Applies one event. Events about unknown items do nothing: a page may receive an event about an item that was
    /// removed before the page was opened.
    fn apply_event(&mut self, event: &Event) {
        let revision = self.revision + 1;
        match event {
            Event::Added { item, after } => {
                if self.nodes.get(item.id).is_none() {
                    self.insert(item.clone(), Stamps::all(revision), *after);
                }
            }
            Event::Set { id, change, stamp } => self.change(*id, |node| {
                change.apply_to(&mut node.item);
                node.stamps.set(change.field(), stamp.set);
            }),
            Event::Moved {
                id, after, stamp, ..
            } => {
                if self.contains(*id) {
                    self.nodes.unlink(*id, None);
                    self.nodes.link(*id, *after);
                }
                self.change(*id, |node| node.stamps.place = stamp.set);
            }
            Event::Removed {
                id,
                at,
                before,
                stamp,
                ..
            } => {
                if self.contains(*id) {
                    self.nodes.unlink(*id, *before);
                    self.note_removal(*at, *id);
                }
                self.change(*id, |node| {
                    node.item.removed_at.get_or_insert(*at);
                    node.stamps.removed = stamp.set;
                });
            }
            Event::Restored {
                item, after, stamp, ..
            } => {
                let known = self
                    .nodes
                    .get(item.id)
                    .map(|node| (node.item.removed_at, node.stamps));
                match known {
                    Some((None, _)) => return,
                    Some((Some(at), stamps)) => {
                        self.forget_removal(at, item.id);
                        self.insert(item.clone(), stamps, *after);
                    }
                    None => self.insert(item.clone(), Stamps::all(revision), *after),
                }
                self.change(item.id, |node| node.stamps.removed = stamp.set);
            }
            Event::Expired { id } => {
                let removed_at = self.get(*id).and_then(|item| item.removed_at);
                if let Some(at) = removed_at {
                    self.forget_removal(at, *id);
                    self.nodes.forget(*id);
                }
            }
        }
    }

    /// Whether the item is in the list and not removed.
    pub(super) fn contains(&self, id: ItemId) -> bool {
        self.get(id).is_some_and(|item| item.removed_at.is_none())
    }

    pub(super) fn note_removal(&mut self, at: Timestamp, id: ItemId) {
        self.removed.insert((at, id));
    }

    fn forget_removal(&mut self, at: Timestamp, id: ItemId) {
        self.removed.remove(&(at, id));
    }

    fn insert(&mut self, item: Item, stamps: Stamps, after: Option<ItemId>) {
        self.completed += usize::from(item.completed_at.is_some());
        self.nodes.insert(item, stamps, after);
    }

    /// Changes an item, and updates the count of completed items.
    fn change(&mut self, id: ItemId, change: impl FnOnce(&mut Node)) {
        let counts =
            |node: &Node| node.item.completed_at.is_some() && node.item.removed_at.is_none();
        let counted = self.nodes.change(id, |node| {
            let before = counts(node);
            change(node);
            (before, counts(node))
        });
        if let Some((before, after)) = counted {
            self.completed = self.completed + usize::from(after) - usize::from(before);
        }
    }
}
