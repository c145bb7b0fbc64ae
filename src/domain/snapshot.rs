//! A list as a value: a [`Snapshot`] has everything, a [`Listing`] only the items.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::nodes::Stamps;
use super::{Change, ClientId, HashKey, Item, ItemId, List};

/// The items of a list: enough to show it and to follow its changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The revision of the list.
    pub revision: u64,
    /// The items in order.
    pub items: Vec<Item>,
}

impl From<&List> for Listing {
    fn from(list: &List) -> Self {
        Self {
            revision: list.revision(),
            items: list.items().cloned().collect(),
        }
    }
}

impl Listing {
    /// A list with these items, which hashes ids with this key.
    #[must_use]
    pub fn into_list(self, key: HashKey) -> List {
        List::at_revision(key, self.revision, self.items)
    }
}

/// Everything that a list knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub(super) revision: u64,
    pub(super) items: Vec<(Item, Stamps)>,
    /// The removed items, the earliest first, each with its predecessor.
    pub(super) removed: Vec<(Item, Stamps, Option<ItemId>)>,
    pub(super) clients: Vec<(ClientId, u64)>,
    pub(super) history: Vec<Arc<Change>>,
}

impl From<&List> for Snapshot {
    fn from(list: &List) -> Self {
        let removed = list
            .removed
            .iter()
            .filter_map(|(_, id)| list.nodes.get(*id));
        let mut clients: Vec<_> = list
            .clients
            .iter()
            .map(|(client, seq)| (*client, *seq))
            .collect();
        clients.sort_unstable();
        Self {
            revision: list.revision,
            items: list
                .nodes
                .in_order()
                .map(|node| (node.item.clone(), node.stamps))
                .collect(),
            removed: removed
                .map(|node| {
                    (
                        node.item.clone(),
                        node.stamps,
                        list.nodes.predecessor(node.item.id),
                    )
                })
                .collect(),
            clients,
            history: list.history.iter().cloned().collect(),
        }
    }
}

/// The snapshot contradicts itself, so it was not made from a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the snapshot contradicts itself at item {0}")]
pub struct ImpossibleSnapshot(ItemId);

impl Snapshot {
    /// The list that the snapshot was made from, which hashes ids with this key.
    ///
    /// # Errors
    ///
    /// [`ImpossibleSnapshot`] if the snapshot was not made from a list.
    pub fn into_list(self, key: HashKey) -> Result<List, ImpossibleSnapshot> {
        let mut list = List::new(key);
        list.revision = self.revision;
        list.clients.extend(self.clients);
        list.history = self.history.into_iter().collect();
        for (item, stamps) in self.items {
            if item.removed_at.is_some() || list.nodes.get(item.id).is_some() {
                return Err(ImpossibleSnapshot(item.id));
            }
            list.completed += usize::from(item.completed_at.is_some());
            list.nodes.insert(item, stamps, list.nodes.last());
        }
        for (item, stamps, predecessor) in self.removed {
            let at = item.removed_at.ok_or(ImpossibleSnapshot(item.id))?;
            if list.nodes.get(item.id).is_some() {
                return Err(ImpossibleSnapshot(item.id));
            }
            list.note_removal(at, item.id);
            list.nodes.remember(item, stamps, predecessor);
        }
        Ok(list)
    }
}
