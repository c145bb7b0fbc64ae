//! What the server answers to commands, and tells of its list.

use std::sync::Arc;

use super::{PageState, RejectedText};
use crate::browser::NoticeAction;
use crate::domain::{
    Change, ClientId, Command, CommandId, Event, ItemId, Rejection, Timestamp, Title,
};
use crate::rpc::ExchangeResponse;
use crate::sync::{ConnectionState, DirtySet, ListUpdate, StoredCommand};

impl PageState {
    /// What the server has answered to the commands from `first` on. Answers what may look different, and
    /// the texts that were refused.
    pub(crate) fn on_response(
        &mut self,
        first: CommandId,
        exchanged: ExchangeResponse,
        now: Timestamp,
    ) -> (Vec<DirtySet>, Vec<RejectedText>) {
        let ExchangeResponse {
            cursor,
            outcomes,
            update,
        } = exchanged;
        // That others can be heard of says nothing of what this page has to send.
        if self.connection != ConnectionState::Throttled || !outcomes.is_empty() {
            self.set_connection(ConnectionState::Online);
        }
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let outcomes: Vec<_> = ids.zip(outcomes).collect();
        let mut refused = Vec::new();
        let mut dirty = Vec::new();
        for (id, outcome) in &outcomes {
            if let Err(rejection) = outcome {
                refused.extend(self.on_rejected(*id, *rejection, now));
                dirty.push(DirtySet::All);
            }
        }
        if let ListUpdate::Changes(changes) = &update {
            self.note_changes(changes);
        }
        dirty.extend(self.replica.apply_update(cursor, update, now));
        let accepted = outcomes.iter().filter(|(_, outcome)| outcome.is_ok());
        let accepted = accepted.map(|(id, _)| *id);
        dirty.extend(self.replica.accept(accepted, cursor, now));
        (dirty, refused)
    }

    /// The list has changed, as the stream says.
    pub(crate) fn on_changes(
        &mut self,
        changes: Vec<Arc<Change>>,
        now: Timestamp,
    ) -> Vec<DirtySet> {
        self.note_changes(&changes);
        let cursor = self.replica.cursor();
        self.replica
            .apply_update(cursor, ListUpdate::Changes(changes), now)
    }

    /// What is about to happen: what others do is to move in gently, and what wanted what was so already is
    /// nothing to undo.
    fn note_changes(&mut self, changes: &[Arc<Change>]) {
        for change in changes {
            if change.events.is_empty() && self.undo_stack.forget(change.command) {
                self.notice = None;
            }
            let is_known = change.revision <= self.replica.cursor().revision;
            if !is_known && !self.replica.outbox.is_pending(change.command) {
                self.changed_by_others
                    .extend(change.events.iter().map(Event::item));
            }
        }
    }

    /// A command was refused. Answers its text, if it has one; else the reason is said.
    fn on_rejected(
        &mut self,
        id: CommandId,
        rejection: Rejection,
        now: Timestamp,
    ) -> Option<RejectedText> {
        let command = self.replica.reject(id, rejection, now)?;
        self.undo_stack.forget(id);
        let refused = RejectedText::new(&command, rejection);
        if refused.is_none() {
            self.show_notice(rejection.to_string(), NoticeAction::None);
        }
        refused
    }

    /// What is stored in this browser: what pages before this one, or beside it, have not sent.
    pub(crate) fn load_stored(&mut self, stored: Vec<StoredCommand>, now: Timestamp) -> DirtySet {
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
            self.undo_stack.rename(old, new);
        }
        // What is shown remembers the old names, and could not take anything back by the new ones.
        self.replica.rebase(now)
    }

    /// The list has changed. If somebody has removed the item whose editor is open, what was `typed`
    /// there is kept.
    pub(crate) fn keep_edit_of_removed_item(&mut self, typed: Option<&str>, now: Timestamp) {
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
