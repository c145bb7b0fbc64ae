//! The writer: takes the waiting commands, decides them on a working copy, journals them in one transaction, and only
//! then publishes the list and sends the replies. Commands that arrive during a commit form the next batch; there is no
//! timer.
//!
//! Other stores may append to the same journal. A batch is stored only behind all records that it was decided after;
//! if there are others, the writer applies them and decides the batch again.

mod commit;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use self::commit::CommitEnd;
use super::batch::{CommitBatch, Decision};
use super::clock::time_after;
use super::decide::decide_and_apply_at;
use super::published::Publisher;
use super::reply::{CommandResult, ReplyDispatcher};
use super::{StoreError, SubmittedCommand, WriterMessage, now};
use crate::domain::{Admission, ClientId, Command, CommandId, Event, List, ListId, Timestamp};
use crate::server::journal::{Appended, Journal, JournalError, Maintenance, Position, Record};
use crate::server::telemetry::Metrics;

/// The most commands in one commit.
const MAX_BATCH_COMMANDS: usize = 512;

/// The writer is idle when no message has arrived for this long.
const IDLE_TIMEOUT: Duration = Duration::from_millis(50);

pub(super) struct Writer {
    /// Declared before `failed`, so that it is closed first: `Store::close` waits for `failed`.
    journal: Box<dyn Journal>,
    id: ListId,
    /// The place in the journal after the records that the published list contains.
    position: Position,
    /// The time of the latest decision, here or in another store.
    last_at: Timestamp,
    publisher: Publisher,
    /// The list with the commands of the current batch. Between batches it equals the published list.
    working: List,
    /// Damage of the journal that was found while the current batch was decided.
    damage: Option<JournalError>,
    failed: watch::Sender<Option<Arc<JournalError>>>,
    metrics: Arc<Metrics>,
}

impl Writer {
    /// The writer of the list with this id, which the publisher publishes. The list contains the records up to the
    /// position; the last one was decided at `last_at`.
    pub(super) fn new(
        journal: Box<dyn Journal>,
        (id, position, last_at): (ListId, Position, Timestamp),
        publisher: Publisher,
        failed: watch::Sender<Option<Arc<JournalError>>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let working = List::clone(&publisher.list());
        Self {
            journal,
            id,
            position,
            last_at,
            publisher,
            working,
            damage: None,
            failed,
            metrics,
        }
    }

    /// Runs commands of the server, before any client can send one, unless another store has begun the list.
    pub(super) fn seed(&mut self, commands: &[Command]) -> Result<(), JournalError> {
        while self.working.is_untouched() {
            let mut batch = CommitBatch::default();
            for command in commands {
                // No rule rejects the first commands of an empty list.
                let _ = self.decide(&mut batch, None, command.clone());
            }
            match self.append(&batch.records)? {
                Appended::Written { .. } => {
                    self.position = self.position.after(&batch.records);
                    self.publish(&batch.records);
                }
                Appended::Full => return Err(JournalError::Full),
                Appended::Conflict | Appended::Unknown => {
                    let tail = self.journal.tail(self.id, self.position)?;
                    self.undo_batch();
                    self.apply_tail(&tail)?;
                }
            }
        }
        self.publisher.announce(self.working.revision());
        self.journal.acknowledge(self.id, self.working.revision())
    }

    /// Runs until it is closed, the last handle of the store is dropped, or the journal fails.
    pub(super) fn run(
        mut self,
        mut messages: mpsc::Receiver<WriterMessage>,
        dispatcher: &ReplyDispatcher,
    ) {
        // Wakes the writer when it is idle.
        let clock = match Builder::new_current_thread().enable_time().build() {
            Ok(clock) => clock,
            Err(error) => return self.fail(JournalError::Io(error.to_string())),
        };
        let mut is_closing = false;
        while !is_closing {
            let message = match self.next(&clock, &mut messages) {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(error) => return self.fail(error),
            };
            let mut batch = CommitBatch::default();
            let revision = self.working.revision();
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    WriterMessage::Run(submitted) => self.run_command(&mut batch, submitted),
                    WriterMessage::CatchUp { revision, done } => batch.push_reader(revision, done),
                    // It fails if the sender no longer waits.
                    WriterMessage::Ping(sender) => drop(sender.send(())),
                    WriterMessage::Close => is_closing = true,
                }
                next = if batch.len() < MAX_BATCH_COMMANDS && !is_closing {
                    messages.try_recv().ok()
                } else {
                    None
                };
            }
            let mut noted = Ok(());
            match self.commit(&mut batch) {
                Ok(CommitEnd::Stored) => {
                    // Before the replies, so that a loss of acknowledged commands is detected.
                    noted = self.journal.acknowledge(self.id, self.working.revision());
                    batch.send(None, &self.metrics, dispatcher);
                }
                Ok(CommitEnd::Full) => {
                    batch.send(Some(StoreError::Full), &self.metrics, dispatcher);
                }
                Err(error) => {
                    batch.send(Some(StoreError::Unavailable), &self.metrics, dispatcher);
                    return self.fail(error);
                }
            }
            // After the replies, so that their callers do not wait until all followers are woken.
            self.publisher.announce(self.working.revision());
            let announced = self.working.revision() - revision;
            self.metrics.count_announced_changes(announced);
            if let Err(error) = noted {
                return self.fail(error);
            }
            if let Some(error) = self.damage.take() {
                return self.fail(error);
            }
        }
        if let Err(error) = self.maintain(Maintenance::Due) {
            self.fail(error);
        }
    }

    /// The next message; `None` when all handles of the store are dropped. Runs the maintenance of the journal when the
    /// writer is idle, because a command would have to wait for it, and overdue maintenance before that.
    fn next(
        &mut self,
        clock: &Runtime,
        messages: &mut mpsc::Receiver<WriterMessage>,
    ) -> Result<Option<WriterMessage>, JournalError> {
        self.maintain(Maintenance::Overdue)?;
        if !self.journal.needs_maintenance(&self.working) {
            return Ok(messages.blocking_recv());
        }
        match clock.block_on(async { timeout(IDLE_TIMEOUT, messages.recv()).await }) {
            Ok(message) => Ok(message),
            Err(_) => {
                self.maintain(Maintenance::Due)?;
                Ok(messages.blocking_recv())
            }
        }
    }

    /// Publishes the error, so that the program ends.
    fn fail(self, error: JournalError) {
        self.failed.send_replace(Some(Arc::new(error)));
    }

    /// Runs a command on the working copy, and adds it to the batch.
    fn run_command(&mut self, batch: &mut CommitBatch, submitted: SubmittedCommand) {
        let SubmittedCommand {
            id,
            guard,
            command,
            caller,
        } = submitted;
        let kind = command.kind();
        let decision = match guard.is_none_or(|guard| guard.holds(&self.working)) {
            true => self.decide(batch, id, command),
            false => Decision::NotRun(command, StoreError::Changed),
        };
        batch.push(id, guard, kind, decision, caller);
    }

    /// Decides a command on the working copy, and adds its record to the batch if it is new. A command without a sender
    /// gets the next number of the server.
    fn decide(
        &mut self,
        batch: &mut CommitBatch,
        id: Option<CommandId>,
        command: Command,
    ) -> Decision {
        let id = id.unwrap_or_else(|| CommandId {
            client: ClientId::SERVER,
            seq: self.working.expected_seq(ClientId::SERVER),
        });
        match self.working.admit(id) {
            Admission::Next => {}
            Admission::Repeated => {
                let result = self.first_result(batch, id, &command);
                return Decision::Repeated(command, result);
            }
            Admission::Gap { expected } => {
                return Decision::NotRun(command, StoreError::OutOfOrder { expected });
            }
        }
        self.last_at = time_after(self.last_at, now());
        let record = decide_and_apply_at(&mut self.working, self.last_at, id, command);
        batch.records.push(record);
        Decision::Recorded
    }

    /// The result of a repeated command from its first run.
    fn first_result(
        &mut self,
        batch: &CommitBatch,
        id: CommandId,
        command: &Command,
    ) -> CommandResult {
        let in_batch = batch.records.iter().find(|record| record.id == id);
        let record = match in_batch {
            Some(record) => Ok(Some(record.clone())),
            None => self.journal.find(self.id, id),
        };
        let missing = || JournalError::Damaged(format!("command {id:?} is missing"));
        match record.and_then(|record| record.ok_or_else(missing)) {
            Ok(record) if record.command == *command => Ok(record.answer?),
            Ok(_) => Err(StoreError::NumberTaken),
            Err(error) => {
                self.damage = Some(error);
                Err(StoreError::Unavailable)
            }
        }
    }

    fn maintain(&mut self, maintenance: Maintenance) -> Result<(), JournalError> {
        let maintained = self
            .journal
            .maintain(self.id, self.position, &self.working, maintenance);
        match maintained {
            // The commands are stored without it, and the next call tries again.
            Err(JournalError::Full) => {
                tracing::warn!("no room for the maintenance of the journal");
                Ok(())
            }
            result => result,
        }
    }
}

/// Logs each added item with the length of the list after it. `length` is the length before the records.
fn log_additions(mut length: usize, records: &[Record]) {
    let answers = records.iter().map(|record| &record.answer);
    let changes = answers.filter_map(|answer| answer.as_ref().ok()?.as_ref());
    for event in changes.flat_map(|change| &change.events) {
        match event {
            Event::Added { .. } => {
                length += 1;
                tracing::debug!(length, "added an item");
            }
            Event::Restored { .. } => length += 1,
            Event::Removed { .. } => length = length.saturating_sub(1),
            Event::Set { .. } | Event::Moved { .. } | Event::Expired { .. } => {}
        }
    }
}
