//! What the server answers to commands, and tells of its list.

use std::sync::Arc;

use super::{Connection, Refused, State};
use crate::browser::Offer;
use crate::domain::{
    Change, ClientId, Command, CommandId, Event, ItemId, Rejection, Timestamp, Title,
};
use crate::rpc::ExchangeResponse;
use crate::sync::{DirtySet, ListUpdate, StoredCommand};

impl State {
    /// What the server has answered to the commands from `first` on. Answers what may look different, and
    /// the texts that were refused.
    pub(crate) fn settle(
        &mut self,
        first: CommandId,
        exchanged: ExchangeResponse,
        now: Timestamp,
    ) -> (Vec<DirtySet>, Vec<Refused>) {
        let ExchangeResponse {
            cursor,
            outcomes,
            update,
        } = exchanged;
        // That others can be heard of says nothing of what this page has to send.
        if self.connection != Connection::PutOff || !outcomes.is_empty() {
            self.connect(Connection::Up);
        }
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let outcomes: Vec<_> = ids.zip(outcomes).collect();
        let mut refused = Vec::new();
        let mut touched = Vec::new();
        for (id, outcome) in &outcomes {
            if let Err(rejection) = outcome {
                refused.extend(self.refuse(*id, *rejection, now));
                touched.push(DirtySet::All);
            }
        }
        if let ListUpdate::Changes(changes) = &update {
            self.take_note(changes);
        }
        touched.extend(self.replica.apply_update(cursor, update, now));
        let accepted = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
        let accepted = accepted.map(|(id, _)| *id);
        touched.extend(self.replica.accept(accepted, cursor, now));
        (touched, refused)
    }

    /// The list has changed, as the stream says.
    pub(crate) fn follow(&mut self, changes: Vec<Arc<Change>>, now: Timestamp) -> Vec<DirtySet> {
        self.take_note(&changes);
        let cursor = self.replica.cursor();
        self.replica
            .apply_update(cursor, ListUpdate::Changes(changes), now)
    }

    /// What is about to happen: what others do is to move in gently, and what wanted what was so already is
    /// nothing to undo.
    fn take_note(&mut self, changes: &[Arc<Change>]) {
        for change in changes {
            if change.events.is_empty() && self.steps.forget(change.command) {
                self.toast = None;
            }
            let is_known = change.revision <= self.replica.cursor().revision;
            if !is_known && !self.replica.outbox.is_pending(change.command) {
                self.arrived.extend(change.events.iter().map(Event::item));
            }
        }
    }

    /// A command was refused. Answers its text, if it has one; else the reason is said.
    fn refuse(&mut self, id: CommandId, rejection: Rejection, now: Timestamp) -> Option<Refused> {
        let command = self.replica.reject(id, rejection, now)?;
        self.steps.forget(id);
        let refused = Refused::new(&command, rejection);
        if refused.is_none() {
            self.say(rejection.to_string(), Offer::Nothing);
        }
        refused
    }

    /// What is stored in this browser: what pages before this one, or beside it, have not sent.
    pub(crate) fn load(&mut self, stored: Vec<StoredCommand>, now: Timestamp) -> DirtySet {
        self.replica.load(stored, now)
    }

    /// The server has mistaken a sender: what waits of it goes on under another name.
    pub(crate) fn rename_sender(
        &mut self,
        old: ClientId,
        new: ClientId,
        now: Timestamp,
    ) -> DirtySet {
        for (old, new) in self.replica.outbox.rename_sender(old, new) {
            self.steps.rename(old, new);
        }
        // What is shown remembers the old names, and could not take anything back by the new ones.
        self.replica.rebase(now)
    }

    /// What the page now knows of the way to the server.
    pub(crate) fn connect(&mut self, connection: Connection) {
        if !matches!(self.connection, Connection::Unknown | Connection::Up) {
            // What has waited for the connection is not saved by its coming back.
            self.is_slow = true;
        }
        // What the person has to do something about stays until a call succeeds.
        let stays = matches!(
            self.connection,
            Connection::SignedOut | Connection::Outdated
        );
        if connection != Connection::Down || !stays {
            self.connection = connection;
        }
        self.take_stock();
    }

    /// The server takes what waits here later: it is under way for longer than a moment.
    pub(crate) fn put_off(&mut self, connection: Connection) {
        self.is_slow = true;
        self.connect(connection);
    }

    /// Something has changed. What a person should hear of where everything stands is said once: that there
    /// is trouble, and that it is over.
    pub(crate) fn take_stock(&mut self) {
        self.is_slow &= !self.replica.outbox.pending().is_empty();
        let (kind, words) = self.standing();
        let is_trouble = |kind| matches!(kind, "kept" | "offline" | "attention" | "signed-out");
        let is_over = kind == "saved" && is_trouble(self.told);
        if kind != self.told && (is_trouble(kind) || is_over) {
            self.announcement = words;
            self.told = kind;
        }
    }

    /// The list has changed. If somebody has removed the item whose editor is open, what was `typed`
    /// there is kept.
    pub(crate) fn rescue(&mut self, typed: Option<&str>, now: Timestamp) {
        let gone = |(id, _): &(ItemId, String)| self.row(*id).is_none();
        if !self.editing.as_ref().is_some_and(gone) {
            return;
        }
        let Some((id, before)) = self.editing.take() else {
            return;
        };
        let changed = typed.filter(|text| *text != before);
        if let Some(title) = changed.and_then(|text| Title::parse(text).ok()) {
            let rejection = Rejection::ItemRemoved { id };
            let rename = Command::Rename { id, title };
            self.replica.outbox.add_rejected(rename, rejection, now);
        }
    }
}
