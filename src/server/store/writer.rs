//! The writer: takes what waits, decides it on a working copy, journals it in one transaction, and
//! only then publishes and answers. The running commit is the batching window; there is no timer.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::published::Publisher;
use super::reply::{Answer, Reply, ReplyDispatcher};
use super::{Job, Order, StoreError, decide_now};
use crate::domain::{Admission, ClientId, Command, CommandId, Event, List};
use crate::server::journal::{Journal, JournalError, Maintenance, Record};
use crate::server::telemetry::Metrics;

/// The most commands that are committed together.
const MAX_BATCH: usize = 512;

/// How long nobody gives an order before the journal is tidied up.
const QUIET: Duration = Duration::from_millis(50);

pub(super) struct Writer {
    /// Closed before `failed`, which tells that it is.
    journal: Journal,
    publisher: Publisher,
    /// The list with the commands of the running batch; equal to the published one between batches.
    working: List,
    /// What was found damaged while the running batch was decided.
    damage: Option<JournalError>,
    failed: watch::Sender<Option<Arc<JournalError>>>,
    metrics: Arc<Metrics>,
}

/// The commands of one commit.
#[derive(Default)]
struct Batch {
    records: Vec<Record>,
    answers: Vec<Decided>,
}

/// A command that has its answer, which waits for the commit.
struct Decided {
    letter: Reply,
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

    /// Runs commands of the server itself, before anybody else can.
    pub(super) fn seed(&mut self, commands: &[Command]) -> Result<(), JournalError> {
        let mut batch = Batch::default();
        for command in commands {
            // Nothing refuses the first commands of an empty list.
            let _ = self.decide(&mut batch, None, command.clone());
        }
        self.commit(&batch.records)?;
        self.publisher.announce(self.working.revision());
        self.journal.acknowledge(self.working.revision())
    }

    /// Works until it is told to close, the last handle of the store is gone, or the journal fails.
    pub(super) fn run(mut self, mut orders: mpsc::Receiver<Order>, delivery: &ReplyDispatcher) {
        // What wakes the writer when nobody else does.
        let clock = match Builder::new_current_thread().enable_time().build() {
            Ok(clock) => clock,
            Err(error) => return self.fail(JournalError::Io(error.to_string())),
        };
        let mut is_closing = false;
        while !is_closing {
            let order = match self.next(&clock, &mut orders) {
                Ok(Some(order)) => order,
                Ok(None) => break,
                Err(error) => return self.fail(error),
            };
            let mut batch = Batch::default();
            let (length, revision) = (self.working.len(), self.working.revision());
            let mut next = Some(order);
            while let Some(order) = next {
                match order {
                    Order::Run(job) => self.take(&mut batch, job),
                    // Somebody who has gone does not need an answer.
                    Order::Answer(to) => drop(to.send(())),
                    Order::Close => is_closing = true,
                }
                next = if batch.answers.len() < MAX_BATCH && !is_closing {
                    orders.try_recv().ok()
                } else {
                    None
                };
            }
            match self.commit(&batch.records) {
                Ok(()) => {
                    // Before the answers, so that the loss of what is acknowledged would be noticed.
                    let noted = self.journal.acknowledge(self.working.revision());
                    log_additions(length, &batch.records);
                    batch.send(None, &self.metrics, delivery);
                    // Not before: whoever gave the commands need not wait until all who follow are woken.
                    self.publisher.announce(self.working.revision());
                    let announced = self.working.revision() - revision;
                    self.metrics.changes_announced.inc_by(announced);
                    if let Err(error) = noted {
                        return self.fail(error);
                    }
                }
                Err(JournalError::Full) => {
                    batch.send(Some(StoreError::Full), &self.metrics, delivery)
                }
                Err(error) => {
                    batch.send(Some(StoreError::Unavailable), &self.metrics, delivery);
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

    /// The next order; `None` when there is nobody any more who could give one. What the journal has to tidy up is
    /// done when there was none for a while, if it can wait so long: whoever gives one would have to wait for it.
    fn next(
        &mut self,
        clock: &Runtime,
        orders: &mut mpsc::Receiver<Order>,
    ) -> Result<Option<Order>, JournalError> {
        self.maintain(Maintenance::Overdue)?;
        if !self.journal.needs_maintenance(&self.working) {
            return Ok(orders.blocking_recv());
        }
        match clock.block_on(async { timeout(QUIET, orders.recv()).await }) {
            Ok(order) => Ok(order),
            Err(_) => {
                self.maintain(Maintenance::Due)?;
                Ok(orders.blocking_recv())
            }
        }
    }

    /// Tells that the program must end.
    fn fail(self, error: JournalError) {
        self.failed.send_replace(Some(Arc::new(error)));
    }

    /// Gives a command its answer, which is sent after the commit.
    fn take(&mut self, batch: &mut Batch, job: Job) {
        let is_seen = |(item, stamps)| self.working.stamps(item) == Some(stamps);
        let is_known = |id| self.working.admit(id) == Admission::Repeated;
        let (kind, is_repeated) = (job.command.kind(), job.id.is_some_and(is_known));
        let answer = match job.guard.is_none_or(is_seen) {
            true => self.decide(batch, job.id, job.command),
            false => Err(StoreError::Changed),
        };
        batch.answers.push(Decided {
            letter: Reply {
                to: job.answer,
                answer,
            },
            kind,
            is_repeated,
        });
    }

    /// Decides a command on the working copy, and adds it to the batch if it is new.
    fn decide(&mut self, batch: &mut Batch, id: Option<CommandId>, command: Command) -> Answer {
        let id = id.unwrap_or_else(|| CommandId {
            client: ClientId::SERVER,
            seq: self.working.expected_seq(ClientId::SERVER),
        });
        match self.working.admit(id) {
            Admission::Next => {}
            Admission::Repeated => return self.first_answer(batch, id, &command),
            Admission::Gap { expected } => return Err(StoreError::OutOfOrder { expected }),
        }
        let record = decide_now(&mut self.working, id, command);
        let answer = record.answer.clone();
        batch.records.push(record);
        Ok(answer?)
    }

    /// What was answered to the command when it came first.
    fn first_answer(&mut self, batch: &Batch, id: CommandId, command: &Command) -> Answer {
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

    /// Journals the records, then publishes the list with them. On a failure the list is as before.
    fn commit(&mut self, records: &[Record]) -> Result<(), JournalError> {
        if records.is_empty() {
            return Ok(());
        }
        match self.journal.append(records, || {}) {
            Ok(taken) => self.metrics.committed(records.len(), taken),
            Err(error) => {
                // Any other error ends the program, and is its last word.
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

    /// Gives the working copy to the readers, and takes the list that they had for the next batch.
    /// It misses just these records, unless somebody still reads it.
    fn publish(&mut self, records: &[Record]) {
        let nothing = List::new(self.working.hash_key());
        let next = Arc::new(std::mem::replace(&mut self.working, nothing));
        let previous = self.publisher.replace(next.clone());
        self.working = match Arc::try_unwrap(previous) {
            Ok(mut list) => {
                for record in records {
                    match &record.answer {
                        Ok(change) => list.apply(change.clone()),
                        Err(_) => list.reject(record.id),
                    }
                }
                list
            }
            Err(_) => List::clone(&next),
        };
    }
}

impl Batch {
    /// Answers everybody. If the commit has failed, nobody is told of anything that it held; who
    /// asks again gets an answer then.
    fn send(self, failure: Option<StoreError>, metrics: &Metrics, delivery: &ReplyDispatcher) {
        let mut letters = Vec::with_capacity(self.answers.len());
        let mut counted = Counted::default();
        for decided in self.answers {
            let mut letter = decided.letter;
            if let Some(failure) = failure {
                letter.answer = Err(failure);
            }
            let outcome = match &letter.answer {
                Ok(_) | Err(StoreError::Rejected(_)) if decided.is_repeated => "repeated",
                Ok(_) => "accepted",
                Err(error) => error.code(),
            };
            counted.add(metrics, (decided.kind, outcome));
            letters.push(letter);
        }
        counted.flush(metrics);
        delivery.send(letters);
    }
}

/// Commands of one kind and outcome in a row, which nearly all of a batch are: they are counted together.
#[derive(Default)]
struct Counted {
    what: (&'static str, &'static str),
    count: u64,
}

impl Counted {
    fn add(&mut self, metrics: &Metrics, what: (&'static str, &'static str)) {
        if self.what != what {
            self.flush(metrics);
            self.what = what;
        }
        self.count += 1;
    }

    fn flush(&mut self, metrics: &Metrics) {
        let (kind, outcome) = self.what;
        match std::mem::take(&mut self.count) {
            0 => {}
            count => metrics.answered(kind, outcome, count),
        }
    }
}

/// One line for each addition, with the length of the list after it; `length` is that before.
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
            _ => {}
        }
    }
}
