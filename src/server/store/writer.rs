//! The writer: takes the waiting commands, decides them on a working copy, journals them in one transaction, and only
//! then publishes the list and sends the replies. Commands that arrive during a commit form the next batch; there is no
//! timer.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::published::Publisher;
use super::reply::{CommandResult, Reply, ReplyDispatcher};
use super::{StoreError, SubmittedCommand, WriterMessage, decide_and_apply};
use crate::domain::{Admission, ClientId, Command, CommandId, Event, List};
use crate::server::journal::{Journal, JournalError, Maintenance, Record};
use crate::server::telemetry::Metrics;

/// The most commands in one commit.
const MAX_BATCH_COMMANDS: usize = 512;

/// The writer is idle when no message has arrived for this long.
const IDLE_TIMEOUT: Duration = Duration::from_millis(50);

pub(super) struct Writer {
    /// Declared before `failed`, so that it is closed first: `Store::close` waits for `failed`.
    journal: Journal,
    publisher: Publisher,
    /// The list with the commands of the current batch. Between batches it equals the published list.
    working: List,
    /// Damage of the journal that was found while the current batch was decided.
    damage: Option<JournalError>,
    failed: watch::Sender<Option<Arc<JournalError>>>,
    metrics: Arc<Metrics>,
}

/// The commands of one commit.
#[derive(Default)]
struct CommitBatch {
    records: Vec<Record>,
    replies: Vec<PendingReply>,
}

/// The reply to a decided command, which waits for the commit.
struct PendingReply {
    reply: Reply,
    kind: &'static str,
    is_repeated: bool,
}

impl Writer {
    pub(super) fn new(
        journal: Journal,
        publisher: Publisher,
        failed: watch::Sender<Option<Arc<JournalError>>>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let working = List::clone(&publisher.list());
        Self {
            journal,
            publisher,
            working,
            damage: None,
            failed,
            metrics,
        }
    }

    /// Runs commands of the server, before any client can send one.
    pub(super) fn seed(&mut self, commands: &[Command]) -> Result<(), JournalError> {
        let mut batch = CommitBatch::default();
        for command in commands {
            // No rule rejects the first commands of an empty list.
            let _ = self.decide(&mut batch, None, command.clone());
        }
        self.commit(&batch.records)?;
        self.publisher.announce(self.working.revision());
        self.journal.acknowledge(self.working.revision())
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
            let (length, revision) = (self.working.len(), self.working.revision());
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    WriterMessage::Run(submitted) => self.run_command(&mut batch, submitted),
                    // It fails if the sender no longer waits.
                    WriterMessage::Ping(sender) => drop(sender.send(())),
                    WriterMessage::Close => is_closing = true,
                }
                next = if batch.replies.len() < MAX_BATCH_COMMANDS && !is_closing {
                    messages.try_recv().ok()
                } else {
                    None
                };
            }
            match self.commit(&batch.records) {
                Ok(()) => {
                    // Before the replies, so that a loss of acknowledged commands is detected.
                    let noted = self.journal.acknowledge(self.working.revision());
                    log_additions(length, &batch.records);
                    batch.send(None, &self.metrics, dispatcher);
                    // After the replies, so that their callers do not wait until all followers are woken.
                    self.publisher.announce(self.working.revision());
                    let announced = self.working.revision() - revision;
                    self.metrics.count_announced_changes(announced);
                    if let Err(error) = noted {
                        return self.fail(error);
                    }
                }
                Err(JournalError::Full) => {
                    batch.send(Some(StoreError::Full), &self.metrics, dispatcher)
                }
                Err(error) => {
                    batch.send(Some(StoreError::Unavailable), &self.metrics, dispatcher);
                    return self.fail(error);
                }
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

    /// Runs a command on the working copy, and adds its reply to the batch.
    fn run_command(&mut self, batch: &mut CommitBatch, submitted: SubmittedCommand) {
        let SubmittedCommand {
            id,
            guard,
            command,
            caller,
        } = submitted;
        let is_unchanged = |(item, stamps)| self.working.stamps(item) == Some(stamps);
        let is_known = |id| self.working.admit(id) == Admission::Repeated;
        let (kind, is_repeated) = (command.kind(), id.is_some_and(is_known));
        let result = match guard.is_none_or(is_unchanged) {
            true => self.decide(batch, id, command),
            false => Err(StoreError::Changed),
        };
        batch.replies.push(PendingReply {
            reply: Reply { caller, result },
            kind,
            is_repeated,
        });
    }

    /// Decides a command on the working copy, and adds it to the batch if it is new.
    fn decide(
        &mut self,
        batch: &mut CommitBatch,
        id: Option<CommandId>,
        command: Command,
    ) -> CommandResult {
        let id = id.unwrap_or_else(|| CommandId {
            client: ClientId::SERVER,
            seq: self.working.expected_seq(ClientId::SERVER),
        });
        match self.working.admit(id) {
            Admission::Next => {}
            Admission::Repeated => return self.first_result(batch, id, &command),
            Admission::Gap { expected } => return Err(StoreError::OutOfOrder { expected }),
        }
        let record = decide_and_apply(&mut self.working, id, command);
        let answer = record.answer.clone();
        batch.records.push(record);
        Ok(answer?)
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
            Some(record) => Ok(record.clone()),
            None => self.journal.find(id),
        };
        match record {
            Ok(record) if record.command == *command => Ok(record.answer?),
            Ok(_) => Err(StoreError::NumberTaken),
            Err(error) => {
                self.damage = Some(error);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// Journals the records, then publishes the list with them. After a failure the list is unchanged.
    fn commit(&mut self, records: &[Record]) -> Result<(), JournalError> {
        if records.is_empty() {
            return Ok(());
        }
        match self.journal.append(records, || {}) {
            Ok(duration) => self.metrics.observe_commit(records.len(), duration),
            Err(error) => {
                // Any other error ends the program, which reports it.
                if let JournalError::Full = error {
                    tracing::error!(%error, commands = records.len(), "cannot save");
                }
                self.working = List::clone(&self.publisher.list());
                return Err(error);
            }
        }
        self.publish(records);
        Ok(())
    }

    fn maintain(&mut self, maintenance: Maintenance) -> Result<(), JournalError> {
        match self.journal.maintain(&self.working, maintenance) {
            // The commands are stored without it, and the next call tries again.
            Err(JournalError::Full) => {
                tracing::warn!("no room for the maintenance of the journal");
                Ok(())
            }
            result => result,
        }
    }

    /// Publishes the working copy. The previous list becomes the next working copy: only these records are missing in
    /// it. If a reader still holds it, the published list is copied instead.
    fn publish(&mut self, records: &[Record]) {
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

impl CommitBatch {
    /// Sends all replies. If the commit has failed, every caller gets the failure, also one whose command was rejected
    /// or repeated: that result may depend on commands of the same batch.
    fn send(self, failure: Option<StoreError>, metrics: &Metrics, dispatcher: &ReplyDispatcher) {
        let mut replies = Vec::with_capacity(self.replies.len());
        let mut counter = CommandCounter::default();
        for pending in self.replies {
            let mut reply = pending.reply;
            if let Some(failure) = failure {
                reply.result = Err(failure);
            }
            let outcome = match &reply.result {
                Ok(_) | Err(StoreError::Rejected(_)) if pending.is_repeated => "repeated",
                Ok(_) => "accepted",
                Err(error) => error.code(),
            };
            counter.add(metrics, pending.kind, outcome);
            replies.push(reply);
        }
        counter.flush(metrics);
        dispatcher.send(replies);
    }
}

/// Counts consecutive commands of the same kind and outcome together. Most commands of a batch are alike.
#[derive(Default)]
struct CommandCounter {
    kind: &'static str,
    outcome: &'static str,
    count: u64,
}

impl CommandCounter {
    fn add(&mut self, metrics: &Metrics, kind: &'static str, outcome: &'static str) {
        if (self.kind, self.outcome) != (kind, outcome) {
            self.flush(metrics);
            (self.kind, self.outcome) = (kind, outcome);
        }
        self.count += 1;
    }

    fn flush(&mut self, metrics: &Metrics) {
        match std::mem::take(&mut self.count) {
            0 => {}
            count => metrics.count_commands(self.kind, self.outcome, count),
        }
    }
}

/// Logs each added item with the length of the list after it. `length` is the length before the records.
fn log_additions(mut length: usize, records: &[Record]) {
    let changes = records
        .iter()
        .filter_map(|record| record.answer.as_ref().ok());
    for event in changes.flat_map(|change| &change.events) {
        match event {
            Event::Added { .. } => {
                length += 1;
                tracing::debug!(length, "added an item");
            }
            Event::Restored { .. } => length += 1,
            Event::Removed { .. } => length = length.saturating_sub(1),
            Event::Renamed { .. }
            | Event::Completed { .. }
            | Event::Ordered { .. }
            | Event::Moved { .. }
            | Event::Expired { .. } => {}
        }
    }
}
