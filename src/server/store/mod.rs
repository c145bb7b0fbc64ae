//! The list in memory, and the one thread that changes it. Everything goes through [`Store`].
//!
//! Reads take the list as it was last published and wait for nobody. Commands go to the writer, which
//! decides, journals, commits, publishes and answers, in that order.

pub mod expiry;
mod published;
mod reply;
mod writer;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;
use uuid::Uuid;

pub use self::published::{Ended, Published};
use self::reply::{Answer, ReplyDispatcher};
use self::writer::Writer;
use crate::domain::{
    At, Change, Command, CommandId, Cursor, Item, ItemId, List, Rejection, Stamps, Timestamp,
    Title, decide,
};
use crate::server::journal::{Journal, JournalError, Record};
use crate::server::telemetry::Metrics;

/// How many commands may wait for the writer; more wait outside, in their requests.
const QUEUE: usize = 1_024;

/// A handle on the one list; a clone is the same list, and one counted reference: every request makes a few.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    published: Published,
    writer: mpsc::Sender<Order>,
    failure: watch::Receiver<Option<Arc<JournalError>>>,
    metrics: Arc<Metrics>,
}

/// What the writer is asked to do.
enum Order {
    /// To run a command.
    Run(Job),
    /// To show that it is at work.
    Answer(oneshot::Sender<()>),
    /// To finish what came before, and to close the journal.
    Close,
}

/// A command on its way to the writer, and where the answer goes.
struct Job {
    /// `None` for a command without a sender: the server sends it then.
    id: Option<CommandId>,
    /// What the sender has seen of an item; the command counts only if it is still so.
    guard: Option<(ItemId, Stamps)>,
    command: Command,
    answer: oneshot::Sender<Answer>,
}

/// Why a command did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The rules refuse it.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// Commands of the same sender are missing before it.
    #[error("Commands are missing: number {expected} is expected")]
    OutOfOrder {
        /// The number that is expected.
        expected: u64,
    },
    /// Another command of the same sender had the number.
    #[error("The number was used for another command")]
    NumberTaken,
    /// The item is not any more what the sender has seen.
    #[error("Somebody has changed the item in the meantime")]
    Changed,
    /// The disk is full; the list is as it was, and can be read.
    #[error("The server has no room left; nothing was changed")]
    Full,
    /// The journal cannot be read or written; the program is about to end.
    #[error("The server cannot save anything now")]
    Unavailable,
}

impl StoreError {
    /// What it is, in a word that stays the same: programs compare it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::OutOfOrder { .. } => "out_of_order",
            Self::NumberTaken => "number_taken",
            Self::Changed => "changed",
            Self::Full => "storage_full",
            Self::Unavailable => "unavailable",
        }
    }
}

impl Store {
    /// A store of the list that the journal holds; a journal without a past starts with the two
    /// items of a fresh server.
    ///
    /// # Errors
    ///
    /// [`JournalError`] if the first items cannot be kept, or the thread cannot be started.
    pub fn start(journal: Journal, list: List) -> Result<Self, JournalError> {
        let is_fresh = list.is_untouched();
        let (publisher, published) = published::publish(journal.epoch(), list);
        let (sender, jobs) = mpsc::channel(QUEUE);
        let (failed, failure) = watch::channel(None);
        let metrics = Arc::new(Metrics::new());
        let mut writer = Writer::new(journal, publisher, failed, metrics.clone());
        if is_fresh {
            writer.seed(&first_items())?;
        }
        let delivery = ReplyDispatcher::here();
        std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || writer.run(jobs, &delivery))
            .map_err(|error| JournalError::Io(error.to_string()))?;
        Ok(Self(Arc::new(Shared {
            published,
            writer: sender,
            failure,
            metrics,
        })))
    }

    /// A fresh store that keeps nothing on the disk.
    ///
    /// # Errors
    ///
    /// As [`Store::start`].
    pub fn in_memory() -> Result<Self, JournalError> {
        let (journal, list) = Journal::in_memory()?;
        Self::start(journal, list)
    }

    /// Runs a command for good, or not at all. A command that was given before gets its first answer
    /// again.
    ///
    /// # Errors
    ///
    /// [`StoreError`] says why nothing has changed.
    pub async fn run(
        &self,
        id: Option<CommandId>,
        command: Command,
    ) -> Result<Arc<Change>, StoreError> {
        self.give(id, None, command).await?.await
    }

    /// Runs a command of nobody in particular, if an item is still as it was seen.
    ///
    /// # Errors
    ///
    /// [`StoreError::Changed`] if it is not, and as [`Store::run`].
    pub async fn run_if(
        &self,
        guard: Option<(ItemId, Stamps)>,
        command: Command,
    ) -> Result<Arc<Change>, StoreError> {
        self.give(None, guard, command).await?.await
    }

    /// Hands a command to the writer, and does not wait for the answer. Commands are decided in the
    /// order in which they are handed over.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unavailable`] when there is no writer any more.
    pub async fn hand_over(
        &self,
        id: Option<CommandId>,
        command: Command,
    ) -> Result<impl Future<Output = Result<Arc<Change>, StoreError>> + use<>, StoreError> {
        self.give(id, None, command).await
    }

    async fn give(
        &self,
        id: Option<CommandId>,
        guard: Option<(ItemId, Stamps)>,
        command: Command,
    ) -> Result<impl Future<Output = Result<Arc<Change>, StoreError>> + use<>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let job = Job {
            id,
            guard,
            command,
            answer,
        };
        self.0
            .writer
            .send(Order::Run(job))
            .await
            .map_err(|_| StoreError::Unavailable)?;
        Ok(async { answered.await.unwrap_or(Err(StoreError::Unavailable)) })
    }

    /// Adds a title at the end, for those who cannot make an id.
    ///
    /// # Errors
    ///
    /// As [`Store::run`].
    pub async fn add(&self, title: Title) -> Result<Arc<Change>, StoreError> {
        self.run(None, add(title)).await
    }

    /// The list as it was last published.
    #[must_use]
    pub fn list(&self) -> Arc<List> {
        self.0.published.list()
    }

    /// The revision of the list as it was last published.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.0.published.revision()
    }

    /// What is published, for those who follow it.
    #[must_use]
    pub fn published(&self) -> Published {
        self.0.published.clone()
    }

    /// The name of the history that the list has here; the same as long as the store lives.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.0.published.epoch()
    }

    /// Where the list stands as it was last published.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.0.published.cursor()
    }

    /// What is counted of this list and around it.
    #[must_use]
    pub fn metrics(&self) -> &Arc<Metrics> {
        &self.0.metrics
    }

    /// Whether the writer takes commands: its journal has not failed, and no write hangs longer than
    /// `patience`.
    pub async fn is_at_work(&self, patience: Duration) -> bool {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            self.0.writer.send(Order::Answer(answer)).await.ok()?;
            answered.await.ok()
        };
        timeout(patience, asked).await.is_ok_and(|it| it.is_some())
    }

    /// Asks the writer to finish what it was given, and waits until it has closed the journal. Nothing
    /// changes any more then, whoever still has a handle. Answers why, if the journal has failed.
    pub async fn close(self) -> Option<Arc<JournalError>> {
        // It fails if there is no writer any more, and nothing to close.
        let _ = self.0.writer.send(Order::Close).await;
        let mut failure = self.0.failure.clone();
        while failure.changed().await.is_ok() {}
        failure.borrow().clone()
    }

    /// Done when the journal has failed and the program must end; answers why.
    pub async fn failed(&self) -> Arc<JournalError> {
        let mut failure = self.0.failure.clone();
        let failed = failure
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|error| error.clone());
        // This handle keeps the writer at work; without a word it ends only by a panic.
        failed.unwrap_or_else(|| Arc::new(JournalError::Io("the writer has stopped".into())))
    }
}

/// An item with a fresh id from the server's clock and randomness.
#[must_use]
pub fn new_item(title: Title) -> Item {
    new_item_at(now(), title)
}

fn new_item_at(at: Timestamp, title: Title) -> Item {
    // The rest of a random UUID says which kind of UUID it is.
    let [a, b, c, d, e, f, _, _, _, g, h, i, j, ..] = Uuid::new_v4().into_bytes();
    Item::new(ItemId::new(at, [a, b, c, d, e, f, g, h, i, j]), title)
}

fn add(title: Title) -> Command {
    let Item { id, title, .. } = new_item(title);
    Command::Add {
        id,
        title,
        at: At::End,
    }
}

/// What a fresh server starts with.
fn first_items() -> Vec<Command> {
    ["Build the front-end", "Connect to the back-end"]
        .into_iter()
        .filter_map(|text| Title::parse(text).ok().map(add))
        .collect()
}

/// Decides a command by the server's clock, and folds what follows into the list. Its number must be
/// the sender's next one.
pub(crate) fn decide_now(list: &mut List, id: CommandId, command: Command) -> Record {
    let at = now();
    let answer = decide(list, &command, at).map(|events| {
        Arc::new(Change {
            revision: list.revision() + 1,
            command: id,
            events,
        })
    });
    match &answer {
        Ok(change) => list.apply(change.clone()),
        Err(_) => list.reject(id),
    }
    Record {
        id,
        at,
        command,
        answer,
    }
}

/// The time by the server's clock; 0 as long as that stands before 1970.
pub(crate) fn now() -> Timestamp {
    timestamp(SystemTime::now())
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_added_before_1970_has_an_id_of_its_own() {
        let at = timestamp(UNIX_EPOCH - Duration::from_secs(24 * 60 * 60));
        assert_eq!(at, Timestamp(0));
        assert_eq!(
            timestamp(UNIX_EPOCH + Duration::from_millis(7)),
            Timestamp(7)
        );
        let ids = [(); 2].map(|()| {
            let title = Title::parse("x").expect("a title");
            new_item_at(at, title).id.to_string()
        });
        assert_ne!(ids[0], ids[1]);
        assert!(ids[0].starts_with("00000000-0000-7"), "{}", ids[0]);
    }
}
