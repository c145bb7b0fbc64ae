//! Responses of the server, and updates of its list.

use std::sync::Arc;

use super::{PageState, RejectedText};
use crate::browser::NoticeAction;
use crate::domain::{
    Change, ClientId, Command, CommandId, Event, ItemId, Rejection, Timestamp, Title,
};
use crate::rpc::ExchangeResponse;
use crate::sync::{ConnectionState, DirtySet, ListUpdate, Outcome, StoredCommand};

impl PageState {
    /// The server has answered the commands from `first` on. Returns the items that may look different, and the rejected
    /// texts.
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
        // An update without outcomes does not show that the server takes commands of this page again.
        if self.connection != ConnectionState::Throttled || !outcomes.is_empty() {
            self.set_connection(ConnectionState::Online);
        }
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let outcomes: Vec<_> = ids.zip(outcomes).collect();
        let mut rejected = Vec::new();
        let mut dirty = Vec::new();
        for (id, outcome) in &outcomes {
            match outcome {
                Outcome::Accepted => {}
                Outcome::Unchanged => {
                    self.forget_step(*id);
                    dirty.extend(self.replica.settle_unchanged(*id, cursor, now));
                }
                Outcome::Rejected(rejection) => {
                    rejected.extend(self.on_rejected(*id, *rejection, now));
                    dirty.push(DirtySet::All);
                }
            }
        }
        if let ListUpdate::Changes(changes) = &update {
            self.note_changes(changes);
        }
        dirty.extend(self.replica.apply_update(cursor, update, now));
        let accepted = outcomes
            .iter()
            .filter(|(_, outcome)| *outcome == Outcome::Accepted);
        let accepted = accepted.map(|(id, _)| *id);
        dirty.extend(self.replica.accept(accepted, cursor, now));
        (dirty, rejected)
    }

    /// The stream has sent changes of the list.
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

    /// A command has changed nothing, so it cannot be undone.
    fn forget_step(&mut self, command: CommandId) {
        if self.undo_stack.forget(command) {
            self.notice = None;
        }
    }

    /// Looks at changes before they are applied. Rows that others change are animated.
    fn note_changes(&mut self, changes: &[Arc<Change>]) {
        for change in changes {
            let is_known = change.revision <= self.replica.cursor().revision;
            if !is_known && !self.replica.outbox.is_pending(change.command) {
                self.changed_by_others
                    .extend(change.events.iter().map(Event::item));
            }
        }
    }

    /// A command was rejected. Returns its text, if it has one; otherwise shows the reason.
    fn on_rejected(
        &mut self,
        id: CommandId,
        rejection: Rejection,
        now: Timestamp,
    ) -> Option<RejectedText> {
        let command = self.replica.reject(id, rejection, now)?;
        self.undo_stack.forget(id);
        let rejected = RejectedText::new(&command, rejection);
        if rejected.is_none() {
            self.show_notice(rejection.to_string(), NoticeAction::None);
        }
        rejected
    }

    /// Loads the commands in the storage of the browser, including those that other pages have not sent.
    pub(crate) fn load_stored(&mut self, stored: Vec<StoredCommand>, now: Timestamp) -> DirtySet {
        self.replica.load(stored, now)
    }

    /// Gives the pending commands of a sender another sender. See [`SenderRenaming`](crate::sync::SenderRenaming).
    pub(crate) fn rename_sender(
        &mut self,
        old: ClientId,
        new: ClientId,
        now: Timestamp,
    ) -> DirtySet {
        for (old, new) in self.replica.outbox.rename_sender(old, new) {
            self.undo_stack.rename(old, new);
        }
        // The view has changes with the old ids, and could not revert commands with the new ones.
        self.replica.rebase(now)
    }

    /// Closes the editor if its item was removed. The text that was `typed` there is kept as a rejected text.
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
            let rename = Command::rename(id, title);
            self.replica.outbox.add_rejected(rename, rejection, now);
        }
    }
}
