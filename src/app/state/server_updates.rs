//! What the page shows of responses and updates of the server.

use super::{PageState, RejectedText};
use crate::app::list_text;
use crate::browser::NoticeAction;
use crate::domain::{Command, ItemId, Rejection, Timestamp, Title};
use crate::sync::{DirtySet, ListChanges};

impl PageState {
    /// Shows what the sync engine has changed. Rows that others have changed are animated, and commands without effect
    /// cannot be undone. Returns the items that may look different, and the rejected texts.
    pub(crate) fn show_changes(
        &mut self,
        changes: ListChanges,
    ) -> (Vec<DirtySet>, Vec<RejectedText>) {
        if changes.update_undo_stack(&mut self.undo_stack) {
            self.notice = None;
        }
        self.changed_by_others.extend(changes.changed_by_others);
        let mut texts = Vec::new();
        for rejected in changes.rejected {
            match RejectedText::new(&rejected.command, rejected.rejection) {
                Some(text) => texts.push(text),
                // No text is lost, so the reason is enough.
                None => {
                    let text = list_text::rejected(self.list(), rejected.rejection);
                    self.show_notice(text, NoticeAction::None);
                }
            }
        }
        (changes.dirty, texts)
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
            self.engine
                .replica
                .outbox
                .add_rejected(rename, rejection, now);
        }
    }
}
