//! One open page, as far as it talks: the replica, driven as `app::session` and `app::state` drive it. Whatever
//! takes time there is a step of its own here, so that anything can happen in between.

use std::sync::Arc;

use todo_list::domain::{
    Change, ClientId, Command, CommandId, Cursor, ListId, Listing, Timestamp, UndoKind, UndoStack,
};
use todo_list::rpc::ExchangeResponse;
use todo_list::server::store::StoreError;
use todo_list::sync::{ListUpdate, Outcome, Replica, StorageWrite, StoredCommand};

use super::planted::Planted;
use crate::spawn::KEY;

pub(super) struct Page {
    /// The number of the page, unique in a run.
    pub(super) number: usize,
    pub(super) browser: usize,
    pub(super) replica: Replica,
    pub(super) steps: UndoStack,
    /// The pending writes to the storage, and their progress.
    pub(super) storing: Option<(Vec<StorageWrite>, Storing)>,
    /// Entries that were read from the storage and have not reached the page.
    pub(super) loading: Option<Vec<StoredCommand>>,
    /// Whether it has read the storage since it was opened. It makes no call before.
    pub(super) has_loaded: bool,
    /// The sender whose number was out of order, and whether the storage must be read because of that.
    pub(super) doubtful: Option<ClientId>,
    pub(super) must_load: bool,
    /// The pending call.
    pub(super) call: Option<Call>,
    /// The position of the event stream.
    pub(super) stream: Cursor,
}

/// The progress of a write to the storage.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Storing {
    Asked,
    Done,
    Failed,
}

/// A call of a page.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) number: usize,
    pub(super) since: Cursor,
    pub(super) first: CommandId,
    pub(super) commands: Vec<Command>,
    /// The answer, until the page receives it.
    pub(super) answer: Option<Result<ExchangeResponse, StoreError>>,
}

/// The end of a call, for the page.
pub(super) enum End {
    Answered,
    /// Commands continue under new ids: the old id and the new one of each.
    Renamed(Vec<(CommandId, CommandId)>),
}

impl Page {
    pub(super) fn open(
        number: usize,
        browser: usize,
        (epoch, listing): (u64, Listing),
        stream: Cursor,
    ) -> Self {
        Self {
            number,
            browser,
            replica: Replica::new(KEY, ListId::HOME, epoch, listing, client(number)),
            steps: UndoStack::default(),
            storing: None,
            loading: None,
            has_loaded: false,
            doubtful: None,
            must_load: false,
            call: None,
            stream,
        }
    }

    /// Gives a command of the person, as one undo step.
    pub(super) fn give(&mut self, command: Command, now: Timestamp) -> CommandId {
        let (id, _) = self.replica.submit(command, now);
        self.steps.record(vec![id]);
        id
    }

    /// Undoes the last step, or redoes it. Returns the commands.
    pub(super) fn undo(&mut self, redo: bool, now: Timestamp) -> Vec<(CommandId, Command)> {
        let kind = if redo { UndoKind::Redo } else { UndoKind::Undo };
        let Some(step) = self.steps.take(kind) else {
            return Vec::new();
        };
        let revert = |of: &CommandId| Command::Revert { of: *of };
        let commands: Vec<Command> = step.iter().rev().map(revert).collect();
        let give = |command: Command| (self.replica.submit(command.clone(), now).0, command);
        let given: Vec<_> = commands.into_iter().map(give).collect();
        let by = given.iter().map(|(id, _)| *id).collect();
        self.steps.reverted(kind, by);
        given
    }

    /// Returns the next call, if there is one.
    pub(super) fn next_call(&mut self, number: usize, leads: bool, planted: Planted) -> bool {
        let replica = &mut self.replica;
        let sends = leads && (self.doubtful.is_none() || !replica.is_behind());
        let to_send = sends.then(|| planted.next_batch(&replica.outbox)).flatten();
        if to_send.is_none() && !replica.is_behind() {
            return false;
        }
        replica.begin_catch_up();
        let nothing = CommandId {
            client: ClientId::default(),
            seq: 0,
        };
        let (first, commands) = to_send.unwrap_or((nothing, Vec::new()));
        self.call = Some(Call {
            number,
            since: replica.cursor(),
            first,
            commands,
            answer: None,
        });
        true
    }

    /// Handles an answer.
    pub(super) fn on_response(
        &mut self,
        first: CommandId,
        exchanged: ExchangeResponse,
        now: Timestamp,
    ) {
        let ExchangeResponse {
            cursor,
            outcomes,
            update,
        } = exchanged;
        self.doubtful.take_if(|_| !outcomes.is_empty());
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let outcomes: Vec<_> = ids.zip(outcomes).collect();
        for (id, outcome) in &outcomes {
            match outcome {
                Outcome::Accepted => {}
                Outcome::Unchanged => {
                    self.replica.settle_unchanged(*id, cursor, now);
                    self.steps.forget(*id);
                }
                Outcome::Rejected(rejection) => {
                    self.replica.reject(*id, *rejection, now);
                    self.steps.forget(*id);
                }
            }
        }
        self.replica.apply_update(cursor, update, now);
        for (id, outcome) in outcomes {
            if outcome == Outcome::Accepted {
                self.replica.accept([id], cursor, now);
            }
        }
    }

    /// Handles a refused call, or a missing answer.
    pub(super) fn on_call_failed(
        &mut self,
        call: &Call,
        leads: bool,
        error: Option<StoreError>,
        planted: Planted,
        now: Timestamp,
    ) -> End {
        self.replica.mark_behind();
        let mistaken = match error {
            Some(StoreError::OutOfOrder { .. } | StoreError::NumberTaken) => {
                planted != Planted::IgnoreGap
            }
            Some(_) => false,
            None => planted == Planted::NewNameAfterSilence && !call.commands.is_empty(),
        };
        if !mistaken {
            return End::Answered;
        }
        let is_rash = error.is_none() || planted == Planted::RenameAtOnce;
        let is_sure = leads && self.doubtful == Some(call.first.client);
        self.must_load = true;
        if !is_sure && !is_rash {
            self.doubtful = Some(call.first.client);
            return End::Answered;
        }
        self.doubtful = None;
        let new = call.first.client.renamed(self.replica.cursor().epoch);
        let renamed = self.replica.outbox.rename_sender(call.first.client, new);
        for (old, new) in &renamed {
            self.steps.rename(*old, *new);
        }
        self.replica.rebase(now);
        End::Renamed(renamed)
    }

    /// Handles a change from the event stream.
    pub(super) fn follow(&mut self, change: Arc<Change>, now: Timestamp) {
        let here = self.replica.cursor();
        self.replica
            .apply_update(here, ListUpdate::Changes(vec![change]), now);
    }

    /// Handles the current cursor of the server.
    pub(super) fn on_head(&mut self, head: Cursor) {
        let here = self.replica.cursor();
        if head.epoch != here.epoch || head.revision > here.revision {
            self.replica.mark_behind();
        }
    }
}

/// Returns a distinct sender for each number.
pub(super) fn client(number: usize) -> ClientId {
    ClientId::from(uuid::Uuid::from_u128(number as u128 + 1))
}
