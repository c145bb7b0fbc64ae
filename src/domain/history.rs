//! The latest changes of a list: what can be taken back, and what a follower may have missed.

use std::collections::VecDeque;
use std::sync::Arc;

use super::{Change, List};

/// The changes, the latest last, and how many events they have together: they are too many to be counted anew
/// with every command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    changes: VecDeque<Arc<Change>>,
    events: usize,
}

impl History {
    /// How many changes there are.
    pub(super) fn len(&self) -> usize {
        self.changes.len()
    }

    /// The changes, the earliest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Arc<Change>> {
        self.changes.iter()
    }

    /// Those that come after so many.
    pub(super) fn after(&self, count: usize) -> impl Iterator<Item = &Arc<Change>> {
        self.changes.range(count..)
    }

    /// Adds the latest change, and forgets the earliest of too many.
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
    /// All of them, however many they are.
    fn from_iter<T: IntoIterator<Item = Arc<Change>>>(changes: T) -> Self {
        let mut history = Self::default();
        for change in changes {
            history.add(change);
        }
        history
    }
}
