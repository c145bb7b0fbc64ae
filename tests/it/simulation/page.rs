//! One open page: the sync engine, and everything that is on its way to it. The world passes each of these things in
//! at a random time.

use std::collections::VecDeque;

use todo_list::domain::{
    ClientId, Command, CommandId, Cursor, ListId, Listing, Timestamp, UndoKind, UndoStack,
};
use todo_list::server::store::StoreError;
use todo_list::sync::{
    Call, ExchangeResponse, ExternalEvent, ReadPurpose, Replica, StorageWrite, StoredCommand,
    SyncEngine, Timer,
};

use crate::spawn::KEY;

pub(super) struct Page {
    /// The number of the page, unique in a run.
    pub(super) number: usize,
    pub(super) browser: usize,
    pub(super) engine: SyncEngine,
    pub(super) steps: UndoStack,
    /// What the page has asked the storage for, in order.
    pub(super) requests: VecDeque<StorageRequest>,
    /// The call that the page waits for.
    pub(super) call: Option<SentCall>,
    pub(super) stream: Option<Stream>,
    pub(super) timers: Vec<Timer>,
    /// Whether the page has heard that it leads, and that the storage works.
    pub(super) leads: bool,
    pub(super) stores: bool,
    /// Events of the browser and of other pages that have not reached the page, in order.
    pub(super) inbox: VecDeque<ExternalEvent>,
}

/// A request of the storage. The storage does one after the other, and the results arrive in this order.
#[derive(PartialEq, Eq)]
pub(super) enum StorageRequest {
    Write {
        writes: Vec<StorageWrite>,
        /// Whether the page has heard already that it is done.
        is_confirmed: bool,
    },
    Read(ReadPurpose),
    /// The result of a write, on its way to the page; `None` if the page has heard it already.
    Written(Option<bool>),
    /// The result of a read, on its way to the page; `None` if the storage has failed.
    WasRead(ReadPurpose, Option<Vec<StoredCommand>>),
}

impl StorageRequest {
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Written(_) | Self::WasRead(..))
    }
}

/// A call in transit.
#[derive(Clone)]
pub(super) struct SentCall {
    pub(super) number: usize,
    pub(super) call: Call,
    /// The answer, until the page receives it.
    pub(super) answer: Option<Result<ExchangeResponse, StoreError>>,
}

/// An event stream.
#[derive(Clone, Copy)]
pub(super) struct Stream {
    /// The position of the latest event.
    pub(super) cursor: Cursor,
    /// Whether it has ended for good.
    pub(super) is_closed: bool,
}

impl Page {
    pub(super) fn new(number: usize, browser: usize, epoch: u64, listing: Listing) -> Self {
        let replica = Replica::new(KEY, ListId::HOME, epoch, listing, client(number));
        Self {
            number,
            browser,
            engine: SyncEngine::new(replica),
            steps: UndoStack::default(),
            requests: VecDeque::new(),
            call: None,
            stream: None,
            timers: Vec::new(),
            leads: false,
            stores: true,
            inbox: VecDeque::new(),
        }
    }

    /// Gives a command of the person, as one undo step.
    pub(super) fn give(&mut self, command: Command, now: Timestamp) -> CommandId {
        let (id, _) = self.engine.replica.submit(command, now);
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
        let replica = &mut self.engine.replica;
        let give = |command: Command| (replica.submit(command.clone(), now).0, command);
        let given: Vec<_> = commands.into_iter().map(give).collect();
        let by = given.iter().map(|(id, _)| *id).collect();
        self.steps.reverted(kind, by);
        given
    }
}

/// Returns a distinct sender for each number.
pub(super) fn client(number: usize) -> ClientId {
    ClientId::from(uuid::Uuid::from_u128(number as u128 + 1))
}
