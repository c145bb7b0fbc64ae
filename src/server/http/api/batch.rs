//! Runs the commands of one request, in order, for the client that sent them.
//!
//! A batch ends early when it reaches a limit or when the budget of its client is spent. So the work of one request is
//! bounded, however many items each command changes. The client sends the remaining commands in its next request.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::domain::{Admission, Change, ClientId, Command, CommandId, max_events};
use crate::server::journal::Answer;
use crate::server::limits::{ClientBudget, Refusal, cost};
use crate::server::store::{Store, StoreError};

/// The most commands that one batch runs.
const MAX_COMMANDS: usize = 1_024;

/// A batch ends after the command that brings it to this number of events.
const MAX_EVENTS: usize = 4_096;

/// A batch ends after the outcome that brings its response to this number of bytes.
const MAX_RESPONSE_BYTES: usize = 256 << 10;

/// Held while the writer looks up the first reply to a repeated command in the journal. The size of that reply is known
/// only afterwards, so one such reply at a time is in memory.
static REPEAT_LOOKUP: Semaphore = Semaphore::const_new(1);

/// How a batch ended.
pub(super) enum BatchEnd {
    /// Every command has an outcome.
    Done,
    /// The batch reached a limit. `next` is the number of the first command that was not run.
    LimitReached { next: u64 },
    /// The client has spent its budget. `next` is the number of the first command that was not run.
    Refused { next: u64, refusal: Refusal },
    /// The store could not decide the command with number `seq`.
    Failed { seq: u64, error: StoreError },
}

/// A running batch.
struct Batch<'a, T: FnMut(u64, Answer) -> usize> {
    store: &'a Store,
    budget: &'a ClientBudget,
    client: ClientId,
    /// Receives each answer, in order, and returns its length in the response, in bytes.
    report: T,
    commands: usize,
    events: usize,
    response_bytes: usize,
}

/// A command that the writer has received.
struct PendingCommand<R> {
    seq: u64,
    /// The estimate of [`max_events`] that the batch has counted.
    expected_events: usize,
    /// A future of the outcome.
    reply: R,
}

/// Runs the commands of one sender, each with its number, in order. Stops at the first command that cannot be decided,
/// or at a limit. Calls `report` with each number and answer; it returns the length of the answer in the response, in
/// bytes.
pub(super) async fn run(
    store: &Store,
    budget: &ClientBudget,
    client: ClientId,
    commands: impl IntoIterator<Item = (u64, Command)>,
    report: impl FnMut(u64, Answer) -> usize,
) -> BatchEnd {
    let mut batch = Batch {
        store,
        budget,
        client,
        report,
        commands: 0,
        events: 0,
        response_bytes: 0,
    };
    match batch.run(commands).await {
        Ok(()) => BatchEnd::Done,
        Err(end) => end,
    }
}

impl<T: FnMut(u64, Answer) -> usize> Batch<'_, T> {
    async fn run(
        &mut self,
        commands: impl IntoIterator<Item = (u64, Command)>,
    ) -> Result<(), BatchEnd> {
        let mut pending = Vec::new();
        let mut expected_seq = None;
        for (seq, command) in commands {
            if self.commands == MAX_COMMANDS || self.has_reached_limit() {
                self.report_all(&mut pending).await?;
                return Err(BatchEnd::LimitReached { next: seq });
            }
            let id = CommandId {
                client: self.client,
                seq,
            };
            // The writer commits pending commands together. A command after one whose number does not fit must not
            // count: only a command that directly follows the one before it is known to fit.
            let follows = expected_seq == Some(seq) && !pending.is_empty();
            if !follows {
                self.report_all(&mut pending).await?;
            }
            let list = self.store.list();
            let admission = match follows {
                true => Admission::Next,
                false => list.admit(id),
            };
            let expected_events = max_events(&list, &command);
            let is_known_sender = list.expected_seq(self.client) > 1 || self.commands > 0;
            let units = cost::of_command(&list, &command);
            drop(list);
            // The size of a revert is known only after it is done.
            let is_large = expected_events > 1 || matches!(command, Command::Revert { .. });
            if is_large {
                self.report_all(&mut pending).await?;
                if self.has_reached_limit() {
                    return Err(BatchEnd::LimitReached { next: seq });
                }
            }
            let repeat_lookup = match admission {
                Admission::Repeated => REPEAT_LOOKUP.acquire().await.ok(),
                _ => None,
            };
            let introduced = if admission == Admission::Next && !is_known_sender {
                self.budget.introduce_sender()
            } else {
                Ok(())
            };
            if let Err(refusal) = introduced.and_then(|()| self.pay(units)) {
                self.report_all(&mut pending).await?;
                return Err(BatchEnd::Refused { next: seq, refusal });
            }
            self.commands += 1;
            self.events += expected_events;
            let reply = self.store.submit(Some(id), command).await;
            let reply = reply.map_err(|error| BatchEnd::Failed { seq, error })?;
            pending.push(PendingCommand {
                seq,
                expected_events,
                reply,
            });
            expected_seq = seq.checked_add(1);
            if is_large || admission != Admission::Next {
                self.report_all(&mut pending).await?;
            }
            drop(repeat_lookup);
        }
        self.report_all(&mut pending).await
    }

    fn has_reached_limit(&self) -> bool {
        self.events >= MAX_EVENTS || self.response_bytes >= MAX_RESPONSE_BYTES
    }

    /// Spends the units of the next command. The request itself has paid the first unit of the first command.
    fn pay(&self, units: u32) -> Result<(), Refusal> {
        match self.commands {
            0 => self.budget.spend_more_changes(units - 1),
            _ => self.budget.spend_changes(units),
        }
    }

    /// Waits for the replies to the pending commands, and reports them.
    async fn report_all<R>(&mut self, pending: &mut Vec<PendingCommand<R>>) -> Result<(), BatchEnd>
    where
        R: Future<Output = Result<Option<Arc<Change>>, StoreError>>,
    {
        for PendingCommand {
            seq,
            expected_events,
            reply,
        } in pending.drain(..)
        {
            match reply.await {
                Ok(change) => {
                    let events = change.as_ref().map_or(0, |change| change.events.len());
                    let more = events.saturating_sub(expected_events);
                    self.events += more;
                    self.budget.charge_changes(cost::of_events(more));
                    self.response_bytes += (self.report)(seq, Ok(change));
                }
                Err(StoreError::Rejected(rejection)) => {
                    self.response_bytes += (self.report)(seq, Err(rejection));
                }
                Err(error) => return Err(BatchEnd::Failed { seq, error }),
            }
        }
        Ok(())
    }
}
