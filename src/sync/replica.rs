//! The replica: the list as one page knows it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Outbox, StoredCommand};
use crate::domain::{
    Change, ClientId, Command, CommandId, Cursor, Event, HashKey, Item, ItemId, List, ListId,
    Listing, Rejection, Timestamp, decide,
};

/// A list as one page shows it: the confirmed list of the server, with the pending commands applied by the same rules. The
/// server always wins: a wrong prediction disappears when its response arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub(super) epoch: u64,
    pub(super) confirmed: List,
    /// The confirmed list with the pending commands applied.
    pub(super) view: List,
    /// The changes that the pending commands have made in the view, in order. Commands that will be rejected or change
    /// nothing have none.
    predicted: VecDeque<Arc<Change>>,
    /// The commands that are not delivered yet.
    pub outbox: Outbox,
    is_behind: bool,
}

/// What the server sends to a client that knows the list at an earlier revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListUpdate {
    /// The changes since then, in order.
    Changes(Vec<Arc<Change>>),
    /// The list as it is now, because the server no longer knows the changes, or because the list is shorter.
    Listing(Listing),
}

/// The items that may look different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirtySet {
    /// These items.
    Items(Vec<ItemId>),
    /// All items.
    All,
    /// All items, but only by the search matches in their titles.
    SearchMarks,
}

impl Replica {
    /// Starts from the list that the server has rendered, as a new sender. Ids are hashed with this key.
    #[must_use]
    pub fn new(key: HashKey, list: ListId, epoch: u64, listing: Listing, client: ClientId) -> Self {
        let confirmed = listing.into_list(key);
        let mut outbox = Outbox::new(list, client);
        outbox.requeue_unconfirmed(Cursor {
            epoch,
            revision: confirmed.revision(),
        });
        Self {
            epoch,
            view: confirmed.clone(),
            confirmed,
            predicted: VecDeque::new(),
            outbox,
            is_behind: false,
        }
    }

    /// The list to show: the confirmed one with the pending commands applied.
    #[must_use]
    pub fn view(&self) -> &List {
        &self.view
    }

    /// The cursor of the confirmed list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            revision: self.confirmed.revision(),
        }
    }

    /// Applies a command to the view, and adds it to the outbox. A command that the rules reject here is sent too: this page
    /// may not know all changes that the server knows.
    pub fn submit(&mut self, command: Command, now: Timestamp) -> (CommandId, DirtySet) {
        let events = decide(&self.view, &command, now).unwrap_or_default();
        let id = self.outbox.push(command, now);
        let dirty = DirtySet::Items(events.iter().map(Event::item).collect());
        self.predict(id, events);
        (id, dirty)
    }

    /// Applies the events of a pending command to the view.
    fn predict(&mut self, command: CommandId, events: Vec<Event>) {
        if events.is_empty() {
            return;
        }
        let change = Arc::new(Change {
            revision: self.view.revision() + 1,
            command,
            events,
        });
        self.predicted.push_back(change.clone());
        self.view.apply(change);
    }

    /// Loads the contents of the storage of the browser.
    pub fn load(&mut self, stored: Vec<StoredCommand>, now: Timestamp) -> DirtySet {
        let pending = self.pending_ids();
        // The confirmed list may lack changes of commands that another page has sent.
        self.is_behind |= self.outbox.load(stored, self.cursor());
        if self.pending_ids() == pending {
            return DirtySet::Items(Vec::new());
        }
        self.rebase(now)
    }

    fn pending_ids(&self) -> Vec<CommandId> {
        self.outbox.pending().iter().map(|entry| entry.id).collect()
    }

    /// The server has sent an update of its list, which is at `cursor` after it.
    pub fn apply_update(
        &mut self,
        cursor: Cursor,
        update: ListUpdate,
        now: Timestamp,
    ) -> Vec<DirtySet> {
        match update {
            ListUpdate::Changes(_) if cursor.epoch != self.epoch => {
                self.is_behind = true;
                Vec::new()
            }
            ListUpdate::Changes(changes) => {
                let mut fits = true;
                let apply = |change| {
                    let (dirty, fitted) = self.apply_change(change);
                    fits &= fitted;
                    dirty
                };
                let mut dirty: Vec<_> = changes.into_iter().map(apply).collect();
                fits &= !self.outbox.settle_accepted(self.cursor());
                if !fits {
                    dirty.push(self.rebase(now));
                }
                dirty
            }
            ListUpdate::Listing(listing) => vec![self.replace_list(cursor, listing, now)],
        }
    }

    /// Applies a change of the confirmed list. Returns also whether the view needs no rebase.
    fn apply_change(&mut self, change: Arc<Change>) -> (DirtySet, bool) {
        let dirty = DirtySet::of(&change);
        let next = self.confirmed.revision() + 1;
        if change.revision != next {
            // The change is known already, or changes before it are missing.
            self.is_behind |= change.revision > next;
            return (DirtySet::Items(Vec::new()), true);
        }
        let first = self.outbox.pending().first().map(|entry| entry.id);
        let (id, revision) = (change.command, change.revision);
        let since = Cursor {
            revision,
            ..self.cursor()
        };
        self.outbox.accept(id, since);
        self.confirmed.apply(change.clone());
        match first {
            // Without pending commands, the view is the confirmed list.
            None => {
                self.view.apply(change);
                (dirty, true)
            }
            Some(first) => {
                let is_next = |predicted: &mut Arc<Change>| predicted.command == change.command;
                let predicted = self.predicted.pop_front_if(is_next);
                let fits = first == change.command
                    && predicted.is_some_and(|predicted| self.is_as_predicted(&change, &predicted));
                (dirty, fits)
            }
        }
    }

    /// Whether the view shows a confirmed change already.
    fn is_as_predicted(&self, change: &Change, predicted: &Change) -> bool {
        let as_predicted = |event: &Event| {
            let id = event.item();
            let (shown, confirmed) = (self.view.get(id), self.confirmed.get(id));
            let is_removed = |item: &Item| item.removed_at.is_some();
            // Timestamps and earlier values may differ.
            shown.map(Item::visible) == confirmed.map(Item::visible)
                && shown.map(is_removed) == confirmed.map(is_removed)
                && self.view.predecessor(id) == self.confirmed.predecessor(id)
        };
        // The server may be of another version, with other rules.
        let items =
            |change: &Change| -> Vec<ItemId> { change.events.iter().map(Event::item).collect() };
        predicted.command == change.command
            && items(predicted) == items(change)
            && change.events.iter().all(as_predicted)
    }

    /// The server has accepted these commands. Its list has their changes at `cursor`, even if the update lacked them. Does
    /// nothing if the cursor is of another history.
    pub fn accept(
        &mut self,
        ids: impl IntoIterator<Item = CommandId>,
        cursor: Cursor,
        now: Timestamp,
    ) -> Option<DirtySet> {
        let mut was_pending = false;
        for id in ids {
            was_pending |= cursor.epoch == self.epoch && self.outbox.accept(id, cursor);
        }
        was_pending.then(|| self.rebase(now))
    }

    /// The server has decided that a command changes nothing: its list at `cursor` is as the command wants it. Returns the
    /// items that look different, if the view has shown another result.
    pub fn settle_unchanged(
        &mut self,
        id: CommandId,
        cursor: Cursor,
        now: Timestamp,
    ) -> Option<DirtySet> {
        let was_pending = self.outbox.accept(id, cursor);
        let is_shown = self.predicted.iter().any(|change| change.command == id);
        (was_pending && is_shown).then(|| self.rebase(now))
    }

    /// The server has rejected a command. Its change leaves the view. Returns the command if it was pending.
    pub fn reject(
        &mut self,
        id: CommandId,
        rejection: Rejection,
        now: Timestamp,
    ) -> Option<Command> {
        let rejected = self.outbox.reject(id, rejection);
        self.rebase(now);
        rejected
    }

    /// Whether the server may have changes that this page lacks and has to ask for.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// The page may lack changes.
    pub fn mark_behind(&mut self) {
        self.is_behind = true;
    }

    /// The page asks for missed changes. If it falls behind from now on, it has to ask again.
    pub fn begin_catch_up(&mut self) {
        self.is_behind = false;
    }

    /// Replaces the confirmed list with the server's.
    fn replace_list(&mut self, cursor: Cursor, listing: Listing, now: Timestamp) -> DirtySet {
        let known = self.confirmed.items().map(Item::visible);
        let is_known = known.eq(listing.items.iter().map(Item::visible));
        if cursor == self.cursor() && is_known {
            // No change was missed, so the known history stays.
            return DirtySet::Items(Vec::new());
        }
        if cursor.epoch == self.epoch && cursor.revision < self.confirmed.revision() {
            // The stream has overtaken this response.
            return DirtySet::Items(Vec::new());
        }
        self.epoch = cursor.epoch;
        self.confirmed = listing.into_list(self.confirmed.hash_key());
        self.outbox.requeue_unconfirmed(cursor);
        self.outbox.settle_accepted(cursor);
        self.rebase(now)
    }

    /// Rebuilds the view: applies the pending commands to the confirmed list. Commands that the rules reject are left out.
    /// The server will say why.
    pub fn rebase(&mut self, now: Timestamp) -> DirtySet {
        self.view = self.confirmed.clone();
        self.predicted.clear();
        for entry in self.outbox.pending().to_vec() {
            if let Ok(events) = decide(&self.view, &entry.command, now) {
                self.predict(entry.id, events);
            }
        }
        DirtySet::All
    }
}

impl DirtySet {
    fn of(change: &Change) -> Self {
        Self::Items(change.events.iter().map(Event::item).collect())
    }
}
