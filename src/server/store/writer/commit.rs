//! The commit of a batch: behind the records of all stores, or not at all.

use std::sync::Arc;

use super::{Writer, log_additions};
use crate::domain::{Admission, List};
use crate::server::journal::{Appended, JournalError, Record};
use crate::server::store::batch::CommitBatch;

/// How a commit ended.
pub(super) enum CommitEnd {
    /// All records are stored, and the published list contains them.
    Stored,
    /// The disk is full: none is stored.
    Full,
}

impl Writer {
    /// Journals the records of the batch, then publishes the list with them. If other stores have appended records, it
    /// applies those first and decides the batch again. Unless the records are stored, nothing of the batch is in the
    /// list.
    ///
    /// Every further round follows records that another store has stored, or a connection that was lost, so stores do
    /// not hold each other up.
    pub(super) fn commit(&mut self, batch: &mut CommitBatch) -> Result<CommitEnd, JournalError> {
        // Whether the records may be stored, although the journal has not said so.
        let mut may_be_stored = false;
        loop {
            let has_records = !batch.records.is_empty();
            if !has_records && !batch.depends_on_end(self.working.revision()) {
                return Ok(CommitEnd::Stored);
            }
            // Without records the end of the journal is read only.
            let appended = match has_records {
                true => Some(self.append(&batch.records)?),
                false => None,
            };
            if let Some(Appended::Written { .. }) = appended {
                self.finish(&batch.records);
                return Ok(CommitEnd::Stored);
            }
            may_be_stored |= appended == Some(Appended::Unknown);
            let tail = self.journal.tail(self.id, self.position)?;
            // Another store cannot make the same records but by the same commands in the same millisecond: then it does
            // not matter which of the two is answered with them.
            if may_be_stored && has_records && tail.starts_with(&batch.records) {
                self.finish(&batch.records);
                self.apply_tail(&tail[batch.records.len()..])?;
                return Ok(CommitEnd::Stored);
            }
            match appended {
                Some(Appended::Full) => {
                    tracing::error!(
                        error = %JournalError::Full,
                        commands = batch.records.len(),
                        "cannot save"
                    );
                    self.undo_batch();
                    self.apply_tail(&tail)?;
                    return Ok(CommitEnd::Full);
                }
                Some(Appended::Conflict) if tail.is_empty() => {
                    let text = "the journal refuses records at its end";
                    return Err(JournalError::Io(text.into()));
                }
                None if tail.is_empty() => return Ok(CommitEnd::Stored),
                // The records still follow the last one, so they are appended again as they are.
                _ if tail.is_empty() => {}
                _ => {
                    if has_records {
                        self.undo_batch();
                    }
                    self.apply_tail(&tail)?;
                    for submitted in batch.take_commands() {
                        self.run_command(batch, submitted);
                    }
                    // Records that are not among these can no longer be stored.
                    may_be_stored = false;
                }
            }
        }
    }

    /// Appends records, which were decided at the position.
    pub(super) fn append(&mut self, records: &[Record]) -> Result<Appended, JournalError> {
        let appended = self.journal.append(self.id, self.position, records)?;
        if let Appended::Written { commit } = appended {
            self.metrics.observe_commit(records.len(), commit);
        }
        Ok(appended)
    }

    /// Publishes the working copy with these records, which are stored at the position.
    fn finish(&mut self, records: &[Record]) {
        let length = self.publisher.list().len();
        self.position = self.position.after(records);
        self.publish(records);
        log_additions(length, records);
    }

    /// Forgets what the current batch has changed in the working copy.
    pub(super) fn undo_batch(&mut self) {
        self.working = List::clone(&self.publisher.list());
    }

    /// Applies records of other stores, which are stored at the position, and publishes the list with them.
    pub(super) fn apply_tail(&mut self, tail: &[Record]) -> Result<(), JournalError> {
        let Some(last) = tail.last() else {
            return Ok(());
        };
        for record in tail {
            let revision = self.working.revision();
            let is_next = self.working.admit(record.id) == Admission::Next;
            record.apply_to(&mut self.working);
            if !is_next || self.working.revision() > revision + 1 {
                let text = format!("command {:?} is out of order", record.id);
                return Err(JournalError::Damaged(text));
            }
        }
        self.last_at = self.last_at.max(last.at);
        self.position = self.position.after(tail);
        self.publish(tail);
        Ok(())
    }

    /// Publishes the working copy. The previous list becomes the next working copy: only these records are missing in
    /// it. If a reader still holds it, the published list is copied instead.
    pub(super) fn publish(&mut self, records: &[Record]) {
        let nothing = List::new(self.working.hash_key());
        let next = Arc::new(std::mem::replace(&mut self.working, nothing));
        let previous = self.publisher.replace(next.clone());
        self.working = match Arc::try_unwrap(previous) {
            Ok(mut list) => {
                for record in records {
                    record.apply_to(&mut list);
                }
                list
            }
            Err(_) => List::clone(&next),
        };
    }
}
