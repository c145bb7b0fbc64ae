//! The commands of one request, run in order for the client that has sent them.
//!
//! A batch ends before it has done more than its share, or more than its client has units for: what one request may
//! do does not depend on how much each command touches. Whoever has sent it goes on with the rest.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::domain::{Admission, Change, ClientId, Command, CommandId, Rejection, max_events};
use crate::server::limits::Refusal;
use crate::server::limits::{ClientBudget, cost};
use crate::server::store::{Store, StoreError};

/// The most commands that one batch runs.
const MAX_COMMANDS: usize = 1_024;

/// A batch ends after the command with which it comes to so many events.
const MAX_EVENTS: usize = 4_096;

/// A batch ends after the outcome with which its answer comes to so many bytes.
const MAX_ANSWER_BYTES: usize = 256 << 10;

/// Held while the first answer to a command is looked up in the journal: how much that is, is only known afterwards.
static REPEATING: Semaphore = Semaphore::const_new(1);

/// What a command has done, or which rule forbids it.
pub(crate) type Outcome = Result<Arc<Change>, Rejection>;

/// How a batch has ended.
pub(crate) enum End {
    /// All commands have their outcome.
    Done,
    /// It was enough for one request: from the command of this number on none was run.
    Enough(u64),
    /// The same, because the client has asked for too much.
    Refused(u64, Refusal),
    /// The command of this number cannot be decided.
    Failed(u64, StoreError),
}

/// A batch that is being run.
struct Batch<'a, T: FnMut(u64, Outcome) -> usize> {
    store: &'a Store,
    budget: &'a ClientBudget,
    client: ClientId,
    /// What is told of each command, in order.
    take: T,
    commands: usize,
    events: usize,
    /// How long the answer is.
    bytes: usize,
}

/// A command, and its answer when it has one.
struct HandedOver<A> {
    seq: u64,
    /// How many events it was said to have.
    expected: usize,
    answer: A,
}

/// Runs the commands of one sender, in order, up to the first that cannot be decided or is too much, and tells `take`
/// of each by its number; it answers how many bytes that adds to the answer.
pub(crate) async fn run(
    store: &Store,
    budget: &ClientBudget,
    client: ClientId,
    commands: impl IntoIterator<Item = (u64, Command)>,
    take: impl FnMut(u64, Outcome) -> usize,
) -> End {
    let mut batch = Batch {
        store,
        budget,
        client,
        take,
        commands: 0,
        events: 0,
        bytes: 0,
    };
    match batch.run(commands).await {
        Ok(()) => End::Done,
        Err(end) => end,
    }
}

impl<T: FnMut(u64, Outcome) -> usize> Batch<'_, T> {
    async fn run(&mut self, commands: impl IntoIterator<Item = (u64, Command)>) -> Result<(), End> {
        let mut waiting = Vec::new();
        let mut next = None;
        for (seq, command) in commands {
            if self.commands == MAX_COMMANDS || self.is_enough() {
                self.take_all(&mut waiting).await?;
                return Err(End::Enough(seq));
            }
            let id = CommandId {
                client: self.client,
                seq,
            };
            // Handed over together, commands are kept together. But what comes after a command whose number does not
            // fit must not count: it is only known to fit after one that is the next of its sender.
            let follows = next == Some(seq) && !waiting.is_empty();
            if !follows {
                self.take_all(&mut waiting).await?;
            }
            let list = self.store.list();
            let admission = match follows {
                true => Admission::Next,
                false => list.admit(id),
            };
            let expected = max_events(&list, &command);
            let is_known = list.expected_seq(self.client) > 1 || self.commands > 0;
            let units = cost::of_command(&list, &command);
            drop(list);
            // How much a command does that takes another one back is only known once that is done.
            let is_large = expected > 1 || matches!(command, Command::Revert { .. });
            if is_large {
                self.take_all(&mut waiting).await?;
                if self.is_enough() {
                    return Err(End::Enough(seq));
                }
            }
            let repeating = match admission {
                Admission::Repeated => REPEATING.acquire().await.ok(),
                _ => None,
            };
            let allowed = if admission == Admission::Next && !is_known {
                self.budget.introduce_sender()
            } else {
                Ok(())
            };
            if let Err(refusal) = allowed.and_then(|()| self.pay(units)) {
                self.take_all(&mut waiting).await?;
                return Err(End::Refused(seq, refusal));
            }
            self.commands += 1;
            self.events += expected;
            let answer = self.store.hand_over(Some(id), command).await;
            let answer = answer.map_err(|error| End::Failed(seq, error))?;
            waiting.push(HandedOver {
                seq,
                expected,
                answer,
            });
            next = seq.checked_add(1);
            if is_large || admission != Admission::Next {
                self.take_all(&mut waiting).await?;
            }
            drop(repeating);
        }
        self.take_all(&mut waiting).await
    }

    fn is_enough(&self) -> bool {
        self.events >= MAX_EVENTS || self.bytes >= MAX_ANSWER_BYTES
    }

    /// Takes the units for the next command; the first of one is that of the request.
    fn pay(&self, units: u32) -> Result<(), Refusal> {
        match self.commands {
            0 => self.budget.spend_more_changes(units - 1),
            _ => self.budget.spend_changes(units),
        }
    }

    /// Waits for the answers to what was handed over.
    async fn take_all<A>(&mut self, waiting: &mut Vec<HandedOver<A>>) -> Result<(), End>
    where
        A: Future<Output = Result<Arc<Change>, StoreError>>,
    {
        for HandedOver {
            seq,
            expected,
            answer,
        } in waiting.drain(..)
        {
            match answer.await {
                Ok(change) => {
                    let more = change.events.len().saturating_sub(expected);
                    self.events += more;
                    self.budget.charge_changes(cost::of_events(more));
                    self.bytes += (self.take)(seq, Ok(change));
                }
                Err(StoreError::Rejected(rejection)) => {
                    self.bytes += (self.take)(seq, Err(rejection));
                }
                Err(error) => return Err(End::Failed(seq, error)),
            }
        }
        Ok(())
    }
}
