//! The list in memory, and the writer: the only thread that changes it. [`Store`] is the handle on both.
//!
//! Readers take the list that was published last, without waiting. Commands go to the writer, which decides, journals,
//! commits, publishes and replies, in that order.

mod batch;
mod clock;
mod clock_watch;
mod decide;
mod error;
pub mod expiry;
mod published;
mod reply;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

pub use self::clock::new_item;
pub(crate) use self::clock::now;
pub(crate) use self::clock_watch::ClockWatch;
pub(crate) use self::decide::decide_and_apply;
pub use self::error::StoreError;
pub use self::published::{Published, WriterStopped};
use self::reply::{CommandResult, ReplyDispatcher};
use self::writer::Writer;
use crate::domain::{At, Change, Command, CommandId, Cursor, ItemId, List, ListId, Stamps, Title};
use crate::server::journal::{Journal, JournalError, LoadedList, MemoryJournal};
use crate::server::telemetry::Metrics;

/// How many messages may wait for the writer. The senders of more wait until there is room.
const QUEUE_CAPACITY: usize = 1_024;

/// A handle on the list. A clone is a handle on the same list, and costs one reference count.
#[derive(Clone)]
pub struct Store(Arc<StoreInner>);

struct StoreInner {
    clock: ClockWatch,
    published: Published,
    writer: mpsc::Sender<WriterMessage>,
    failure: watch::Receiver<Option<Arc<JournalError>>>,
    metrics: Arc<Metrics>,
}

/// A message to the writer.
enum WriterMessage {
    /// Run a command.
    Run(SubmittedCommand),
    /// Reply when the published list has this revision, or all records of the journal.
    CatchUp {
        revision: u64,
        done: oneshot::Sender<()>,
    },
    /// Reply at once: the sender checks that the writer responds.
    Ping(oneshot::Sender<()>),
    /// Finish the commands before this message, and close the journal.
    Close,
}

/// A state that a caller has seen.
#[derive(Clone, Copy, Debug)]
pub enum Guard {
    /// An item with these stamps.
    Item(ItemId, Stamps),
    /// The list at this revision.
    List(u64),
}

impl Guard {
    /// Whether the list is still in this state.
    fn holds(self, list: &List) -> bool {
        match self {
            Self::Item(id, stamps) => list.stamps(id) == Some(stamps),
            Self::List(revision) => list.revision() == revision,
        }
    }
}

/// A command on its way to the writer.
struct SubmittedCommand {
    /// `None` for a command without a sender: the server is then the sender.
    id: Option<CommandId>,
    /// The state that the caller has seen. The command runs only if it has not changed.
    guard: Option<Guard>,
    command: Command,
    caller: oneshot::Sender<CommandResult>,
}

impl Store {
    /// Starts the writer of a list with the journal that the list was loaded from. A list that has never received a
    /// command starts with two example items.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the first items cannot be stored, or the thread cannot be started.
    pub fn start(journal: Box<dyn Journal>, loaded: LoadedList) -> Result<Self, JournalError> {
        let LoadedList {
            id,
            epoch,
            position,
            last_at,
            list,
        } = loaded;
        let is_new = list.is_untouched();
        let (publisher, published) = published::publish(epoch, list);
        let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
        let (failed, failure) = watch::channel(None);
        let metrics = Arc::new(Metrics::new());
        let place = (id, position, last_at);
        let mut writer = Writer::new(journal, place, publisher, failed, metrics.clone());
        if is_new {
            writer.seed(&example_items())?;
        }
        let dispatcher = ReplyDispatcher::on_current_runtime();
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || writer.run(receiver, &dispatcher))
            .map_err(|error| JournalError::Io(error.to_string()))?;
        Ok(Self(Arc::new(StoreInner {
            clock: ClockWatch::after(last_at),
            published,
            writer: sender,
            failure,
            metrics,
        })))
    }

    /// A new store without data on the disk.
    ///
    /// # Errors
    ///
    /// As [`Store::start`].
    pub fn in_memory() -> Result<Self, JournalError> {
        Self::open(Box::new(MemoryJournal::default()))
    }

    /// A new store without data on the disk, which starts with this list.
    ///
    /// # Errors
    ///
    /// As [`Store::start`].
    pub fn in_memory_with(list: List) -> Result<Self, JournalError> {
        Self::open(Box::new(MemoryJournal::starting_with(list)))
    }

    /// Loads the home list from a journal, and starts its writer.
    ///
    /// # Errors
    ///
    /// As [`Journal::load`] and [`Store::start`].
    pub fn open(mut journal: Box<dyn Journal>) -> Result<Self, JournalError> {
        let loaded = journal.load(ListId::HOME)?;
        Self::start(journal, loaded)
    }

    /// Runs a command, and waits until it is stored durably. Returns its change, or `None` if it changed nothing. A repeated
    /// command gets the result of the first time.
    ///
    /// # Errors
    ///
    /// [`StoreError`] says why the command changed nothing.
    pub async fn run(
        &self,
        id: Option<CommandId>,
        command: Command,
    ) -> Result<Option<Arc<Change>>, StoreError> {
        self.send(id, None, command).await?.await
    }

    /// Runs a command without a sender, if the state that the caller has seen has not changed.
    ///
    /// # Errors
    ///
    /// [`StoreError::Changed`] if it has, and as [`Store::run`].
    pub async fn run_if(
        &self,
        guard: Option<Guard>,
        command: Command,
    ) -> Result<Option<Arc<Change>>, StoreError> {
        self.send(None, guard, command).await?.await
    }

    /// Sends a command to the writer, and returns a future of its result. The writer decides commands in the order in
    /// which they are submitted.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] if the writer has stopped.
    pub async fn submit(
        &self,
        id: Option<CommandId>,
        command: Command,
    ) -> Result<impl Future<Output = Result<Option<Arc<Change>>, StoreError>> + use<>, StoreError>
    {
        self.send(id, None, command).await
    }

    async fn send(
        &self,
        id: Option<CommandId>,
        guard: Option<Guard>,
        command: Command,
    ) -> Result<impl Future<Output = Result<Option<Arc<Change>>, StoreError>> + use<>, StoreError>
    {
        let (caller, result) = oneshot::channel();
        let submitted = SubmittedCommand {
            id,
            guard,
            command,
            caller,
        };
        self.0
            .writer
            .send(WriterMessage::Run(submitted))
            .await
            .map_err(|_| StoreError::Unavailable)?;
        Ok(async { result.await.unwrap_or(Err(StoreError::Unavailable)) })
    }

    /// Adds an item at the end, for clients that do not create ids.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn add(&self, title: Title) -> Result<Option<Arc<Change>>, StoreError> {
        self.run(None, add_command(title)).await
    }

    /// Whether the server can believe its clock when it is about to forget items because of their age.
    fn believes_clock(&self) -> bool {
        self.0.clock.is_believable()
    }

    /// The list that was published last.
    #[must_use]
    pub fn list(&self) -> Arc<List> {
        self.0.published.list()
    }

    /// The revision of the list that was published last.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.published.revision()
    }

    /// A handle on the published list, with notifications of changes.
    #[must_use]
    pub fn published(&self) -> Published {
        self.0.published.clone()
    }

    /// The epoch of the list's history. It never changes while the store lives.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.published.epoch()
    }

    /// The epoch, and the revision of the list that was published last.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.0.published.cursor()
    }

    /// The epoch, and the revision of a list of this store.
    #[must_use]
    pub(crate) fn cursor_of(&self, list: &List) -> Cursor {
        Cursor {
            epoch: self.epoch(),
            revision: list.revision(),
        }
    }

    /// Waits until the published list has at least the revision of a cursor, which a client may have got from another
    /// store of the same journal. Returns without waiting if it has. If the cursor is of another epoch, or if the
    /// journal does not have the revision, the list does not reach it.
    pub async fn catch_up(&self, cursor: Cursor) {
        let Cursor { epoch, revision } = cursor;
        if epoch != self.epoch() || revision <= self.revision() {
            return;
        }
        let (done, caught_up) = oneshot::channel();
        let message = WriterMessage::CatchUp { revision, done };
        // Both fail if the writer has stopped. The list then never changes again.
        if self.0.writer.send(message).await.is_ok() {
            let _ = caught_up.await;
        }
    }

    /// The metrics of this list and of the server.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// Whether the writer responds within `limit`. It does not if the journal has failed, or a write takes longer.
    pub async fn ping(&self, limit: Duration) -> bool {
        let (sender, reply) = oneshot::channel();
        let ping = async {
            let message = WriterMessage::Ping(sender);
            self.0.writer.send(message).await.ok()?;
            reply.await.ok()
        };
        timeout(limit, ping)
            .await
            .is_ok_and(|reply| reply.is_some())
    }

    /// Waits until the writer has finished the commands that were submitted before, and has closed the journal. Other
    /// handles can then no longer change the list. Returns the error if the journal has failed.
    pub async fn close(self) -> Option<Arc<JournalError>> {
        // It fails if the writer has already stopped.
        let _ = self.0.writer.send(WriterMessage::Close).await;
        let mut failure = self.0.failure.clone();
        while failure.changed().await.is_ok() {}
        failure.borrow().clone()
    }

    /// Waits until the journal fails, and returns the error. The program must then end.
    pub async fn failed(&self) -> Arc<JournalError> {
        let mut failure = self.0.failure.clone();
        let failed = failure
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|error| error.clone());
        // This handle keeps the writer running, so it can only have stopped without an error by a panic.
        failed.unwrap_or_else(|| Arc::new(JournalError::Io("the writer has stopped".into())))
    }
}

/// The command of [`Store::add`].
pub(crate) fn add_command(title: Title) -> Command {
    Command::Add {
        item: new_item(title),
        at: At::End,
    }
}

/// The commands that add the items of a new list.
fn example_items() -> Vec<Command> {
    ["Build the front-end", "Connect to the back-end"]
        .into_iter()
        .filter_map(|text| Title::parse(text).ok().map(add_command))
        .collect()
}
