//! The commands of one commit, and the replies to them.

use tokio::sync::oneshot;

use super::Guard;
use super::reply::{CommandResult, Reply, ReplyDispatcher};
use super::{StoreError, SubmittedCommand};
use crate::domain::{Command, CommandId};
use crate::server::journal::Record;
use crate::server::telemetry::Metrics;

/// The commands of one commit.
#[derive(Default)]
pub(super) struct CommitBatch {
    /// The records of the decided commands, in their order.
    pub(super) records: Vec<Record>,
    commands: Vec<PendingCommand>,
    readers: Vec<WaitingReader>,
}

/// A command that waits for the commit.
struct PendingCommand {
    id: Option<CommandId>,
    guard: Option<Guard>,
    kind: &'static str,
    decision: Decision,
    caller: oneshot::Sender<CommandResult>,
}

/// What the writer has decided about a command.
pub(super) enum Decision {
    /// The next record of the batch has the answer.
    Recorded,
    /// It was decided before, and had this result.
    Repeated(Command, CommandResult),
    /// It was not run. That may be wrong if the list does not contain all records of the journal.
    NotRun(Command, StoreError),
}

/// A caller that waits until the published list has a revision, if the journal has it.
struct WaitingReader {
    revision: u64,
    done: oneshot::Sender<()>,
}

impl CommitBatch {
    /// How many messages the batch consists of.
    pub(super) fn len(&self) -> usize {
        self.commands.len() + self.readers.len()
    }

    pub(super) fn push(
        &mut self,
        id: Option<CommandId>,
        guard: Option<Guard>,
        kind: &'static str,
        decision: Decision,
        caller: oneshot::Sender<CommandResult>,
    ) {
        self.commands.push(PendingCommand {
            id,
            guard,
            kind,
            decision,
            caller,
        });
    }

    pub(super) fn push_reader(&mut self, revision: u64, done: oneshot::Sender<()>) {
        self.readers.push(WaitingReader { revision, done });
    }

    /// Whether a reply depends on whether the list, which has this revision, contains all records of the journal.
    pub(super) fn depends_on_end(&self, revision: u64) -> bool {
        let was_not_run =
            |pending: &PendingCommand| matches!(pending.decision, Decision::NotRun(..));
        self.readers.iter().any(|reader| reader.revision > revision)
            || self.commands.iter().any(was_not_run)
    }

    /// Takes the commands, without their decisions.
    pub(super) fn take_commands(&mut self) -> Vec<SubmittedCommand> {
        let mut records = std::mem::take(&mut self.records).into_iter();
        let commands = std::mem::take(&mut self.commands).into_iter();
        let submitted = commands.filter_map(|pending| {
            let command = match pending.decision {
                Decision::Recorded => records.next()?.command,
                Decision::Repeated(command, _) | Decision::NotRun(command, _) => command,
            };
            Some(SubmittedCommand {
                id: pending.id,
                guard: pending.guard,
                command,
                caller: pending.caller,
            })
        });
        submitted.collect()
    }

    /// Sends all replies. If the commit has failed, every caller gets the failure, also one whose command was rejected
    /// or repeated: that result may depend on commands of the same batch.
    pub(super) fn send(
        self,
        failure: Option<StoreError>,
        metrics: &Metrics,
        dispatcher: &ReplyDispatcher,
    ) {
        let mut replies = Vec::with_capacity(self.commands.len());
        let mut counter = CommandCounter::default();
        let mut answers = self.records.iter().map(|record| record.answer.clone());
        for pending in self.commands {
            let is_repeated = matches!(pending.decision, Decision::Repeated(..));
            let result = match pending.decision {
                // Each such command has a record.
                Decision::Recorded => answers
                    .next()
                    .map_or_else(|| Err(StoreError::Unavailable), |answer| Ok(answer?)),
                Decision::Repeated(_, result) => result,
                Decision::NotRun(_, error) => Err(error),
            };
            let result = failure.map_or(result, Err);
            let outcome = match &result {
                Ok(_) | Err(StoreError::Rejected(_)) if is_repeated => "repeated",
                Ok(Some(_)) => "accepted",
                Ok(None) => "unchanged",
                Err(error) => error.code(),
            };
            counter.add(metrics, pending.kind, outcome);
            let caller = pending.caller;
            replies.push(Reply { caller, result });
        }
        counter.flush(metrics);
        dispatcher.send(replies);
        for reader in self.readers {
            // It fails if the caller no longer waits.
            let _ = reader.done.send(());
        }
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
