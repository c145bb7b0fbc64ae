//! The sync engine: decides what a page stores, sends and asks for, and when.
//!
//! It is a state machine. The page passes events in ([`SyncEngine::on_event`] and the other `on_` functions), shows what
//! [`SyncEngine::take_changes`] returns, and then performs what [`SyncEngine::take_effects`] returns.
//!
//! A command is stored before it is sent. Calls go out one after the other, so the list has the commands in the order
//! in which the person gave them. A call that fails is repeated after a growing delay. The server knows each command by
//! its id, so a command that is sent twice counts once.

mod calls;
mod effect;
mod event;
mod lead;
mod list_changes;
mod stream;

pub use effect::{Call, Effect, ReadPurpose, Timer};
pub use event::{CallFailure, ExchangeResponse, ExternalEvent, TabMessage};
pub use list_changes::{ListChanges, RejectedCommand};
pub use stream::StreamWatch;

use self::calls::CallProgress;
use super::retry::CallPause;
use super::sender_renaming::SenderRenaming;
use super::{ConnectionState, Connectivity, ListUpdate, Replica, StorageWrite, StoredCommand};
use crate::domain::{CommandId, Cursor, Timestamp};

/// How long a command may be pending before the person sees that it is being saved, in milliseconds.
const SAVING_NOTICE_DELAY_MS: u32 = 400;
/// How long a page waits until it reads a storage again that it could not read, in milliseconds.
const READ_RETRY_DELAY_MS: u32 = 30_000;
/// How long the page waits for further changes before it is cached, in milliseconds.
const PAGE_CACHE_DELAY_MS: u32 = 2_000;

/// The sync engine of one page.
#[derive(Clone, Debug)]
pub struct SyncEngine {
    /// The list as the page shows it, and the commands that are pending. The page submits commands to it directly, and
    /// then calls [`SyncEngine::request_sync`].
    pub replica: Replica,
    connectivity: Connectivity,
    /// Whether this page talks to the server for all pages of its browser.
    is_leading: bool,
    /// How often the leading page has shown that it is there.
    leader_signs: u32,
    /// Whether a timer is set after which the page asks a silent leading page whether it is there.
    is_leader_timer_set: bool,
    /// The writes to the storage that are under way.
    writing: Option<Vec<StorageWrite>>,
    /// Whether the storage could not be read when the page last tried to.
    is_read_due: bool,
    /// Whether a timer is set after which it is read again.
    is_read_timer_set: bool,
    /// Whether a timer is set after which the first pending command counts as slow.
    is_saving_timer_set: bool,
    call: CallProgress,
    /// The calls that the server has asked this page to hold back.
    pause: CallPause,
    /// How often the server has asked for a pause.
    pauses: u32,
    /// 0 while calls succeed; 1 after one has failed, and one more for each time that the page has called again by itself.
    /// Calls that a person causes do not make the next delay longer.
    failures: u32,
    /// Whether the page waits after a failure, until a timer, an event or a person causes the next call.
    is_backing_off: bool,
    /// The names of senders whose numbers do not fit.
    renaming: SenderRenaming,
    /// What has happened to the stream so far.
    stream: StreamWatch,
    /// When the latest event of the stream has arrived, or when it was opened.
    heard_at: Timestamp,
    /// Whether the stream brings nothing, so that the page asks for changes from time to time.
    is_polling: bool,
    /// Whether the page is about to be cached.
    is_caching: bool,
    /// Whether new writes go to the storage with the next effects.
    wants_write: bool,
    /// Whether the next call goes out with the next effects.
    wants_call: bool,
    /// The changes since they were last taken.
    changes: ListChanges,
    /// The effects since they were last taken.
    effects: Vec<Effect>,
}

impl SyncEngine {
    /// The engine of a page that has just opened with this list. It starts with [`ExternalEvent::Opened`].
    #[must_use]
    pub fn new(replica: Replica) -> Self {
        Self {
            replica,
            connectivity: Connectivity::default(),
            is_leading: false,
            leader_signs: 0,
            is_leader_timer_set: false,
            writing: None,
            is_read_due: false,
            is_read_timer_set: false,
            is_saving_timer_set: false,
            call: CallProgress::Idle,
            pause: CallPause::None,
            pauses: 0,
            failures: 0,
            is_backing_off: false,
            renaming: SenderRenaming::default(),
            stream: StreamWatch::default(),
            heard_at: Timestamp::default(),
            is_polling: false,
            is_caching: false,
            wants_write: false,
            wants_call: false,
            changes: ListChanges::default(),
            effects: Vec::new(),
        }
    }

    /// What the page knows of its connection and its storage.
    #[must_use]
    pub fn connectivity(&self) -> Connectivity {
        self.connectivity
    }

    /// Stores and sends new commands, and asks for missed changes, with the next effects.
    pub fn request_sync(&mut self) {
        self.is_backing_off = false;
        self.wants_write = true;
        self.wants_call = true;
    }

    /// What has changed for the page since the last call.
    #[must_use]
    pub fn take_changes(&mut self) -> ListChanges {
        std::mem::take(&mut self.changes)
    }

    /// The effects to perform now, in this order.
    #[must_use]
    pub fn take_effects(&mut self) -> Vec<Effect> {
        if std::mem::take(&mut self.wants_write) {
            self.start_write();
        }
        if std::mem::take(&mut self.wants_call) {
            self.start_call();
        }
        std::mem::take(&mut self.effects)
    }

    /// Something has happened outside of the page.
    pub fn on_event(&mut self, event: ExternalEvent, now: Timestamp) {
        self.hear(&event, now);
        match event {
            ExternalEvent::Opened => {
                // Begins with the commands that earlier pages have not sent.
                self.effects.push(Effect::Read(ReadPurpose::Start));
                self.watch_leader();
                return;
            }
            ExternalEvent::ListChanged(epoch, mut news) => {
                let here = self.replica.cursor();
                let revision = match epoch == here.epoch {
                    true => here.revision,
                    // A restored server has begun another history, and this comes late or too early.
                    false => 0,
                };
                news.retain(|change| change.revision > revision);
                if news.is_empty() {
                    return;
                }
                let update = ListUpdate::Changes(news);
                self.apply_update(Cursor { epoch, ..here }, update, now);
                self.schedule_page_cache();
            }
            ExternalEvent::Heartbeat(server) => self.on_heartbeat(server),
            ExternalEvent::StreamReset => self.replica.mark_behind(),
            ExternalEvent::ConnectionLost => {
                self.watch_for_loss();
                return;
            }
            ExternalEvent::Resumed => {
                // A frozen page has not heard of what other pages have stored.
                self.effects.push(Effect::Read(ReadPurpose::News));
                self.effects.push(Effect::RequestLead);
                self.open_stream(now);
                self.replica.mark_behind();
            }
            ExternalEvent::StorageChanged => {
                self.answer_as_leader();
                self.effects.push(Effect::Read(ReadPurpose::News));
                return;
            }
            ExternalEvent::LeaderAsked => {
                self.answer_as_leader();
                return;
            }
            ExternalEvent::LeaderHeard => {
                self.leader_signs += 1;
                return;
            }
            ExternalEvent::Rejected(id, rejection) => {
                // The other pages load what is left of it from the storage.
                if !self.replica.outbox.is_own(id) {
                    return;
                }
                self.reject(id, rejection, now);
            }
            ExternalEvent::CallsFail(connection) => {
                self.leader_signs += 1;
                self.effects.push(Effect::CheckLoginSession);
                self.failures = 1;
                self.connectivity.observe(connection);
                self.refresh();
                return;
            }
            ExternalEvent::CallsWork => {
                self.leader_signs += 1;
                self.failures = 0;
                self.connectivity.observe(ConnectionState::Online);
                self.refresh();
                return;
            }
            ExternalEvent::LeadGained => {
                self.is_leading = true;
                self.answer_as_leader();
                if self.failures > 0 {
                    // The page that has led before can no longer tell that its calls work again.
                    self.replica.mark_behind();
                }
                self.open_stream(now);
                self.schedule_page_cache();
            }
            ExternalEvent::LeadLost => {
                self.is_leading = false;
                // The page that has taken the lead was there a moment ago.
                self.leader_signs += 1;
                self.effects.push(Effect::CloseStream);
                self.watch_leader();
            }
            ExternalEvent::PageCached(cursor) => self.replica.outbox.on_page_cached(cursor),
        }
        self.refresh();
        self.request_sync();
    }

    /// A timer has fired. `is_stream_closed` says whether the stream has ended for good, so that the browser does not
    /// open it again by itself.
    pub fn on_timer(&mut self, timer: Timer, is_stream_closed: bool, now: Timestamp) {
        match timer {
            Timer::Retry { failures } => self.on_retry_timer(failures),
            Timer::PauseEnd { pauses } => {
                if self.pauses == pauses {
                    self.pause = CallPause::None;
                    self.request_sync();
                }
            }
            Timer::StreamLoss(before) => self.on_loss_timer(before, is_stream_closed, now),
            Timer::StreamSilence { opened } => self.on_silence_timer(opened, now),
            Timer::SlowSaving { first } => {
                self.is_saving_timer_set = false;
                self.connectivity.is_saving_slow |= self.first_pending() == Some(first);
                self.watch_for_slow_saving();
            }
            Timer::LeaderAnswer { signs } => self.on_leader_answer_timer(signs),
            Timer::LeaderSilence { signs } => self.on_leader_silence_timer(signs),
            Timer::ReadRetry => {
                self.is_read_timer_set = false;
                if self.is_read_due {
                    self.effects.push(Effect::Read(ReadPurpose::News));
                }
            }
            Timer::PageCache => {
                self.is_caching = false;
                self.effects.push(Effect::CachePage);
            }
        }
        self.refresh();
    }

    /// The storage was read; `None` if there is no storage.
    pub fn on_read(
        &mut self,
        purpose: ReadPurpose,
        stored: Option<Vec<StoredCommand>>,
        now: Timestamp,
    ) {
        match stored {
            Some(stored) => {
                self.is_read_due = false;
                // A write that has failed is only known to work again when it is done.
                self.connectivity.is_storage_available |= !self.replica.outbox.has_writes();
                self.changes.dirty.push(self.replica.load(stored, now));
                self.watch_for_slow_saving();
            }
            None => {
                self.connectivity.is_storage_available = false;
                self.is_read_due = true;
                if !std::mem::replace(&mut self.is_read_timer_set, true) {
                    self.effects
                        .push(Effect::SetTimer(Timer::ReadRetry, READ_RETRY_DELAY_MS));
                }
            }
        }
        match purpose {
            ReadPurpose::Start => self.effects.push(Effect::RequestLead),
            ReadPurpose::News => self.request_sync(),
            ReadPurpose::Resync => {
                self.call = CallProgress::Idle;
                self.request_sync();
            }
        }
        self.refresh();
    }

    /// The storage has done the writes of [`Effect::Write`], or has failed to.
    pub fn on_written(&mut self, is_stored: bool) {
        let writes = self.writing.take().unwrap_or_default();
        self.connectivity.is_storage_available = is_stored;
        if is_stored {
            self.replica.outbox.on_stored(&writes);
            self.effects
                .push(Effect::Broadcast(TabMessage::StorageChanged));
            if self.first_pending().is_some() {
                self.expect_leader();
            }
            if self.is_read_due {
                self.effects.push(Effect::Read(ReadPurpose::News));
            }
        } else {
            self.replica.outbox.on_store_failed(&writes);
        }
        // Failed writes are repeated with the next event, and not at once.
        self.wants_write |= is_stored;
        self.wants_call |= !self.is_backing_off;
    }

    /// There is no cached page, so accepted commands need not stay in the storage.
    pub fn on_page_cache_missing(&mut self) {
        self.replica.outbox.on_page_cache_missing();
        self.wants_write = true;
    }

    /// Brings the storage up to date, also while a call is under way.
    fn start_write(&mut self) {
        if self.writing.is_some() || !self.replica.outbox.has_new_writes() {
            return;
        }
        let writes = self.replica.outbox.take_writes();
        self.writing = Some(writes.clone());
        self.effects.push(Effect::Write(writes));
        self.watch_for_slow_saving();
    }

    /// Has the person told if the first pending command stays pending. One timer at a time is enough: it is set again for
    /// the next command.
    fn watch_for_slow_saving(&mut self) {
        if self.connectivity.is_saving_slow || self.is_saving_timer_set {
            return;
        }
        if let Some(first) = self.first_pending() {
            self.is_saving_timer_set = true;
            let timer = Timer::SlowSaving { first };
            self.effects
                .push(Effect::SetTimer(timer, SAVING_NOTICE_DELAY_MS));
        }
    }

    /// Has the page cached once the list has been at rest for a while.
    fn schedule_page_cache(&mut self) {
        if self.is_leading && !self.is_caching {
            self.is_caching = true;
            self.effects
                .push(Effect::SetTimer(Timer::PageCache, PAGE_CACHE_DELAY_MS));
        }
    }

    fn first_pending(&self) -> Option<CommandId> {
        self.replica.outbox.pending().first().map(|entry| entry.id)
    }

    fn refresh(&mut self) {
        self.connectivity.is_saving_slow &= self.first_pending().is_some();
    }
}
