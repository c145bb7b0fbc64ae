//! The latest changes of a list: those that can be reverted, and those that a client may have missed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, List};

/// The changes, the latest last, and the number of their events. There are too many to count with every command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    changes: VecDeque<Arc<Change>>,
    events: usize,
}

impl History {
    /// The number of changes.
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes, the earliest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Change>> {
        self.changes.iter()
    }

    /// The changes after the first `count`.
    pub(super) fn after(&self, count: usize) -> impl Iterator<Item = &Arc<Change>> {
        self.changes.range(count..)
    }

    /// Adds the latest change, and forgets the earliest changes above the limits.
    pub(super) fn push(&mut self, change: Arc<Change>) {
        self.add(change);
        while self.len() > 1
            && (self.len() > List::MAX_HISTORY || self.events > List::MAX_HISTORY_EVENTS)
        {
            let forgotten = self.changes.pop_front();
            self.events -= forgotten.map_or(0, |change| change.events.len());
        }
    }

    fn add(&mut self, change: Arc<Change>) {
        self.events += change.events.len();
        self.changes.push_back(change);
    }
}

impl FromIterator<Arc<Change>> for History {
    /// Keeps all changes, also above the limits.
    fn from_iter<T: IntoIterator<Item = Arc<Change>>>(changes: T) -> Self {
        let mut history = Self::default();
        for change in changes {
            history.add(change);
        }
        history
    }
}
