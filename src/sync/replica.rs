//! What one page knows of a list: the server's word, and the commands that wait for it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Outbox, StoredCommand};
use crate::domain::{
    Change, ClientId, Command, CommandId, Cursor, Event, HashKey, Item, ItemId, List, Listing,
    Rejection, Timestamp, decide,
};

/// A list as one page shows it: confirmed by the server, with the commands that wait folded in by the
/// same rules. The server's word always wins; a wrong prediction just goes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    epoch: u64,
    confirmed: List,
    /// The confirmed list with the waiting commands folded in.
    view: List,
    /// What the waiting commands have done there, in order. Those that will be refused have done nothing.
    predicted: VecDeque<Arc<Change>>,
    /// What waits.
    pub outbox: Outbox,
    is_behind: bool,
}

/// What the server tells somebody who knows the list at an earlier revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListUpdate {
    /// What has happened since, in order.
    Changes(Vec<Arc<Change>>),
    /// The list as it is now: what has happened since is not known any more.
    Listing(Listing),
}

/// Which items may look different after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirtySet {
    /// These.
    Items(Vec<ItemId>),
    /// Any.
    All,
    /// Any, by what a search marks in its title.
    SearchMarks,
}

impl Replica {
    /// Starts from what the server has rendered, as a new sender. Ids are hashed by this key.
    #[must_use]
    pub fn new(key: HashKey, epoch: u64, listing: Listing, client: ClientId) -> Self {
        let confirmed = listing.into_list(key);
        Self {
            epoch,
            view: confirmed.clone(),
            confirmed,
            predicted: VecDeque::new(),
            outbox: Outbox::new(client),
            is_behind: false,
        }
    }

    /// The list to show.
    #[must_use]
    pub fn view(&self) -> &List {
        &self.view
    }

    /// Up to where this page knows the server's list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            revision: self.confirmed.revision(),
        }
    }

    /// Shows at once what the command does. It is sent when the commands before it have been sent, also
    /// if it seems to be against the rules: this page may not know all that the server knows.
    pub fn submit(&mut self, command: Command, now: Timestamp) -> (CommandId, DirtySet) {
        let events = decide(&self.view, &command, now).unwrap_or_default();
        let id = self.outbox.push(command, now);
        let change = Arc::new(Change {
            revision: self.view.revision() + 1,
            command: id,
            events,
        });
        let touched = DirtySet::of(&change);
        self.predicted.push_back(change.clone());
        self.view.apply(change);
        (id, touched)
    }

    /// What the storage of this browser holds now.
    pub fn load(&mut self, stored: Vec<StoredCommand>, now: Timestamp) -> DirtySet {
        let waiting = self.pending_ids();
        // What another page has sent, this one may not have heard of yet.
        self.is_behind |= self.outbox.load(stored, self.cursor());
        if self.pending_ids() == waiting {
            return DirtySet::Items(Vec::new());
        }
        self.rebase(now)
    }

    fn pending_ids(&self) -> Vec<CommandId> {
        self.outbox.pending().iter().map(|entry| entry.id).collect()
    }

    /// What the server tells of its list, which is at `cursor` then.
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
                let learn = |change| {
                    let (touched, fitted) = self.apply_change(change);
                    fits &= fitted;
                    touched
                };
                let mut touched: Vec<_> = changes.into_iter().map(learn).collect();
                if !fits {
                    touched.push(self.rebase(now));
                }
                touched
            }
            ListUpdate::Listing(listing) => vec![self.replace_list(cursor, listing, now)],
        }
    }

    /// One change of the server's list, whoever has made it. Answers also whether the view has followed.
    fn apply_change(&mut self, change: Arc<Change>) -> (DirtySet, bool) {
        let touched = DirtySet::of(&change);
        let next = self.confirmed.revision() + 1;
        if change.revision != next {
            // Known already, or others were faster.
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
            // Nothing waits: the view is what is confirmed.
            None => {
                self.view.apply(change);
                (touched, true)
            }
            Some(first) => {
                let predicted = self.predicted.pop_front();
                let fits = first == change.command
                    && predicted.is_some_and(|predicted| self.is_as_predicted(&change, &predicted));
                (touched, fits)
            }
        }
    }

    /// Whether what has happened is what this page shows already.
    fn is_as_predicted(&self, change: &Change, predicted: &Change) -> bool {
        // Where the item is and what a person sees of it. Clocks, and what came before, may differ.
        let look = |list: &List, id: ItemId| {
            let item = list.get(id)?;
            let (completed, removed) = (item.completed_at.is_some(), item.removed_at.is_some());
            Some((item.title.clone(), completed, removed, list.predecessor(id)))
        };
        let as_predicted = |event: &Event| {
            let id = event.item();
            look(&self.view, id) == look(&self.confirmed, id)
        };
        // A page of another version may have predicted something else.
        let items =
            |change: &Change| -> Vec<ItemId> { change.events.iter().map(Event::item).collect() };
        predicted.command == change.command
            && items(predicted) == items(change)
            && change.events.iter().all(as_predicted)
    }

    /// The server has done the commands, also if nobody here has seen the changes: its list has them at `cursor`.
    /// In another history than the one that this page knows, that is no update.
    pub fn accept(
        &mut self,
        ids: impl IntoIterator<Item = CommandId>,
        cursor: Cursor,
        now: Timestamp,
    ) -> Option<DirtySet> {
        let mut was_waiting = false;
        for id in ids {
            was_waiting |= cursor.epoch == self.epoch && self.outbox.accept(id, cursor);
        }
        was_waiting.then(|| self.rebase(now))
    }

    /// The server has refused the command: it leaves the view.
    pub fn reject(
        &mut self,
        id: CommandId,
        rejection: Rejection,
        now: Timestamp,
    ) -> Option<Command> {
        let refused = self.outbox.reject(id, rejection);
        self.rebase(now);
        refused
    }

    /// Whether the list has, or may have, changes that this page has not seen and should ask for.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.is_behind
    }

    /// Asks for what was missed.
    pub fn mark_behind(&mut self) {
        self.is_behind = true;
    }

    /// What was missed is being asked for. Whoever falls behind from now on asks once more.
    pub fn begin_catch_up(&mut self) {
        self.is_behind = false;
    }

    /// Takes over the server's list.
    fn replace_list(&mut self, cursor: Cursor, listing: Listing, now: Timestamp) -> DirtySet {
        let looks = |item: &Item| (item.id, item.title.clone(), item.completed_at.is_some());
        let is_known = (self.confirmed.items().map(looks)).eq(listing.items.iter().map(looks));
        if cursor == self.cursor() && is_known {
            // Nothing was missed; what this page knows of the past stays known.
            return DirtySet::Items(Vec::new());
        }
        if cursor.epoch == self.epoch && cursor.revision < self.confirmed.revision() {
            // An answer that was overtaken by the stream.
            return DirtySet::Items(Vec::new());
        }
        self.epoch = cursor.epoch;
        self.confirmed = listing.into_list(self.confirmed.hash_key());
        self.outbox.requeue_unconfirmed(cursor);
        self.rebase(now)
    }

    /// The confirmed list with the waiting commands folded in, as the server would. A command that will be
    /// refused is left out; the server says why.
    pub fn rebase(&mut self, now: Timestamp) -> DirtySet {
        let mut view = self.confirmed.clone();
        self.predicted.clear();
        for entry in self.outbox.pending() {
            if let Ok(events) = decide(&view, &entry.command, now) {
                let change = Arc::new(Change {
                    revision: view.revision() + 1,
                    command: entry.id,
                    events,
                });
                self.predicted.push_back(change.clone());
                view.apply(change);
            }
        }
        self.view = view;
        DirtySet::All
    }
}

impl DirtySet {
    fn of(change: &Change) -> Self {
        Self::Items(change.events.iter().map(Event::item).collect())
    }
}
