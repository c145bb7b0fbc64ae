//! What a page stores of its undo steps, so that they work without the server after a reload.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{DirtySet, Replica};
use crate::domain::{Change, CommandId, Cursor, Event, Item, Timestamp};

/// The most events in a record. A server knows how to undo a longer step, a page that was reloaded asks it.
const MAX_EVENTS: usize = 2_000;

/// Changes that a page can revert, and what it has to know for that.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoRecord {
    /// The cursor of the confirmed list.
    pub cursor: Cursor,
    /// The changes, in order.
    changes: Vec<Arc<Change>>,
    /// The items that the changes have removed.
    removed: Vec<Item>,
}

impl Replica {
    /// The confirmed changes of commands, and of those that other commands of this browser revert. The first commands take
    /// precedence if there are too many events.
    #[must_use]
    pub fn record_undo(&self, commands: impl Iterator<Item = CommandId>) -> UndoRecord {
        let mut record = UndoRecord {
            cursor: self.cursor(),
            ..UndoRecord::default()
        };
        let mut events = 0;
        for id in self.outbox.reverted().chain(commands) {
            let Some(change) = self.confirmed.change_of(id) else {
                continue;
            };
            // Inserted in its place: sorting is several times as much code in the WASM.
            let mut known = record.changes.iter();
            let place = known.position(|known| known.revision >= change.revision);
            let place = place.unwrap_or(record.changes.len());
            let is_known = record.changes.get(place).map(|known| known.revision);
            let is_known = is_known == Some(change.revision);
            if !is_known && events + change.events.len() <= MAX_EVENTS {
                events += change.events.len();
                record.changes.insert(place, change.clone());
            }
        }
        let events = record.changes.iter().flat_map(|change| &change.events);
        let removed = events.filter_map(|event| {
            let Event::Removed { id, .. } = event else {
                return None;
            };
            self.confirmed.get(*id)
        });
        let removed = removed.filter(|item| item.removed_at.is_some());
        record.removed = removed.cloned().collect();
        record
    }

    /// Takes over the record of an earlier page. Changes after the confirmed list are left out: it gets them again.
    pub fn recall_undo(&mut self, record: UndoRecord, now: Timestamp) -> DirtySet {
        let UndoRecord {
            cursor,
            mut changes,
            removed,
        } = record;
        if cursor.epoch != self.epoch || changes.is_empty() {
            return DirtySet::Items(Vec::new());
        }
        let revision = self.confirmed.revision();
        changes.retain(|change| change.revision <= revision);
        self.confirmed.recall(changes, removed);
        if self.outbox.pending().is_empty() {
            self.view = self.confirmed.clone();
            return DirtySet::Items(Vec::new());
        }
        // Pending commands may revert them.
        self.rebase(now)
    }
}
