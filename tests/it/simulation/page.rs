//! One open page, as far as it talks: the replica, driven as `app::talk` and `app::answer` drive it. Whatever
//! takes time there is a step of its own here, so that anything can happen in between.

use std::sync::Arc;

use todo_list::domain::{
    Change, ClientId, Command, CommandId, Cursor, Listing, Timestamp, UndoKind, UndoStack,
};
use todo_list::rpc::ExchangeResponse;
use todo_list::server::store::StoreError;
use todo_list::sync::{ListUpdate, Replica, StorageWrite, StoredCommand};

use super::planted::Planted;
use crate::spawn::KEY;

pub(super) struct Page {
    /// Names it among all pages that ever were.
    pub(super) number: usize,
    pub(super) browser: usize,
    pub(super) replica: Replica,
    pub(super) steps: UndoStack,
    /// What the storage has been asked to do, and how far that is.
    pub(super) storing: Option<(Vec<StorageWrite>, Storing)>,
    /// What was read from the storage, and is on its way to the page.
    pub(super) loading: Option<Vec<StoredCommand>>,
    /// Whether it has read the storage since it was opened: it does not talk before.
    pub(super) has_loaded: bool,
    /// The sender whose number did not fit, and whether what is stored is to be read because of that.
    pub(super) doubtful: Option<ClientId>,
    pub(super) must_load: bool,
    /// The call that it waits for.
    pub(super) call: Option<Call>,
    /// Where the stream of the server's events has come to.
    pub(super) stream: Cursor,
}

/// How far the storage is with what it was asked to do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Storing {
    Asked,
    Done,
    Failed,
}

/// What a page asks the server.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) number: usize,
    pub(super) since: Cursor,
    pub(super) first: CommandId,
    pub(super) commands: Vec<Command>,
    /// What the server has answered, and the page has not heard yet.
    pub(super) answer: Option<Result<ExchangeResponse, StoreError>>,
}

/// How a call has ended, for the page.
pub(super) enum End {
    Answered,
    /// Under a new name these go on: the old name, and the new one.
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
            replica: Replica::new(KEY, epoch, listing, client(number)),
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

    /// What the person does, as one step.
    pub(super) fn give(&mut self, command: Command, now: Timestamp) -> CommandId {
        let (id, _) = self.replica.submit(command, now);
        self.steps.record(vec![id]);
        id
    }

    /// Takes back the last step, or does it again. Answers the commands for it.
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

    /// What it asks the server next, if there is anything to ask.
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

    /// The server has answered.
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
            if let Err(rejection) = outcome {
                self.replica.reject(*id, *rejection, now);
                self.steps.forget(*id);
            }
        }
        if let ListUpdate::Changes(changes) = &update {
            for change in changes.iter().filter(|change| change.events.is_empty()) {
                self.steps.forget(change.command);
            }
        }
        self.replica.apply_update(cursor, update, now);
        for (id, outcome) in outcomes {
            if outcome.is_ok() {
                self.replica.accept([id], cursor, now);
            }
        }
    }

    /// The server has not done what it was asked for, or did not answer.
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

    /// Takes in a change that comes by the stream.
    pub(super) fn follow(&mut self, change: Arc<Change>, now: Timestamp) {
        if change.events.is_empty() {
            self.steps.forget(change.command);
        }
        let here = self.replica.cursor();
        self.replica
            .apply_update(here, ListUpdate::Changes(vec![change]), now);
    }

    /// The server says where it is.
    pub(super) fn on_head(&mut self, head: Cursor) {
        let here = self.replica.cursor();
        if head.epoch != here.epoch || head.revision > here.revision {
            self.replica.mark_behind();
        }
    }
}

/// A sender of its own for each number.
pub(super) fn client(number: usize) -> ClientId {
    ClientId::from(uuid::Uuid::from_u128(number as u128 + 1))
}
