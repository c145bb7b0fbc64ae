//! The sync engine of the page: it talks to the server, to the other pages of the browser and to the storage of the
//! browser.
//!
//! A command is stored before it is sent. Calls go out one after the other, so the list has the commands in the order
//! in which the person gave them. A call that fails is repeated after a growing delay. The server knows each command by
//! its id, so a command that is sent twice counts once.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::PageSession;
use crate::app::state::{PageState, RejectedText};
use crate::browser::{self, ExternalEvent, TabMessage, UserAction};
use crate::domain::{Command, CommandId, Cursor, ListId};
use crate::rpc::{CallError, ExchangeResponse, exchange};
use crate::sync::{
    CallPause, ConnectionState, DirtySet, NumberMismatch, Retry, SenderRenaming, backoff_ms,
    pause_ms,
};

/// How long the stream may be lost before the person is told, in milliseconds. A restart of the server is faster.
const STREAM_LOSS_GRACE_MS: u32 = 3_000;
/// The server sends something every 15 seconds. After this silence, in milliseconds, the stream is opened again: the
/// network may have gone without notice.
const STREAM_SILENCE_TIMEOUT_MS: u32 = 40_000;

/// The state of the sync engine.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SyncEngine {
    /// Whether a call is under way.
    is_calling: bool,
    /// Whether a write to the storage is under way.
    pub(super) is_storing: bool,
    /// Whether this page talks to the server for all pages of its browser.
    pub(super) is_leading: bool,
    /// The names of senders whose numbers do not fit.
    renaming: SenderRenaming,
    /// How many calls have failed in a row; 0 while calls succeed.
    failures: u32,
    /// How often the stream was opened.
    streams_opened: u32,
    /// How many events of the stream have arrived.
    stream_events: u32,
    /// The calls that the server has asked this page to hold back.
    pause: CallPause,
    /// Whether the page is about to be cached.
    pub(super) is_caching: bool,
}

/// The arguments of one call: what this page knows, and what it sends.
type Call = (Cursor, CommandId, Vec<Command>);

impl PageSession {
    /// An event has reached the page from elsewhere.
    pub(crate) fn on_event(self, event: ExternalEvent) {
        let now = browser::now();
        if matches!(
            event,
            ExternalEvent::ListChanged(_)
                | ExternalEvent::Heartbeat(_)
                | ExternalEvent::StreamReset
        ) {
            self.engine.update_value(|engine| engine.stream_events += 1);
        }
        match event {
            ExternalEvent::Opened => return self.start(),
            ExternalEvent::ListChanged(mut changes) => {
                let here = self.state.with_untracked(|state| state.replica.cursor());
                changes.retain(|change| change.revision > here.revision);
                if changes.is_empty() {
                    return;
                }
                self.update_from_outside(|state| state.on_changes(changes, now));
                self.schedule_page_cache();
            }
            ExternalEvent::Heartbeat(server) => self.update_from_outside(|state| {
                // While calls fail, an open stream does not mean that commands arrive.
                let calls_work = self.engine.with_value(|engine| engine.failures) == 0;
                if calls_work && state.connection != ConnectionState::Throttled {
                    state.set_connection(ConnectionState::Online);
                }
                let here = state.replica.cursor();
                if server.epoch != here.epoch || server.revision > here.revision {
                    state.replica.mark_behind();
                }
                Vec::new()
            }),
            ExternalEvent::StreamReset => self.mark_behind(),
            ExternalEvent::ConnectionLost => return self.watch_stream(STREAM_LOSS_GRACE_MS),
            ExternalEvent::Resumed => {
                browser::request_lead();
                self.open_stream();
                self.mark_behind();
            }
            ExternalEvent::StorageChanged => {
                return spawn_local(async move {
                    self.load().await;
                    self.sync();
                });
            }
            ExternalEvent::CallsFail => {
                browser::check_login_session();
                self.engine.update_value(|engine| engine.failures = 1);
                self.state
                    .update(|state| state.set_connection(ConnectionState::Offline));
                return;
            }
            ExternalEvent::CallsWork => {
                self.engine.update_value(|engine| engine.failures = 0);
                self.state
                    .update(|state| state.set_connection(ConnectionState::Online));
                return;
            }
            ExternalEvent::LeadGained => {
                self.engine.update_value(|engine| engine.is_leading = true);
                if self.engine.with_value(|engine| engine.failures) > 0 {
                    // The page that has led before can no longer tell that its calls work again.
                    self.mark_behind();
                }
                self.open_stream();
                self.schedule_page_cache();
            }
            ExternalEvent::LeadLost => {
                self.engine.update_value(|engine| engine.is_leading = false);
                browser::close_event_stream();
            }
            ExternalEvent::PageCached(cursor) => self
                .state
                .update_untracked(|state| state.replica.outbox.on_page_cached(cursor)),
        }
        self.sync();
    }

    /// Begins with the commands that earlier pages have not sent.
    fn start(self) {
        // The service worker may have answered with the cached page of another view.
        if let Some(UserAction::ShowView(filter, search)) = browser::view_in_address()
            && (self.state).with_untracked(|state| state.filter != filter || state.search != search)
        {
            self.perform(UserAction::ShowView(filter, search));
        }
        spawn_local(async move {
            self.load().await;
            browser::request_lead();
        });
    }

    /// Changes the state because of something that the person at this page did not do, and keeps the text of the
    /// editor if its item is gone.
    pub(super) fn update_from_outside(&self, change: impl FnOnce(&mut PageState) -> Vec<DirtySet>) {
        let (now, typed) = (browser::now(), browser::editor_text());
        self.update(|state| {
            let dirty = change(state);
            state.keep_edit_of_removed_item(typed.as_deref(), now);
            dirty
        });
    }

    fn mark_behind(&self) {
        self.state
            .update_untracked(|state| state.replica.mark_behind());
    }

    /// Opens the stream if this page leads.
    fn open_stream(self) {
        if self.engine.with_value(|engine| engine.is_leading) {
            browser::open_event_stream(self.state.with_untracked(|state| state.replica.cursor()));
            self.engine
                .update_value(|engine| engine.streams_opened += 1);
            self.watch_stream(STREAM_SILENCE_TIMEOUT_MS);
        }
    }

    /// If no event arrives within the timeout, tells the person, and opens the stream again unless the browser does so
    /// by itself.
    fn watch_stream(self, timeout_ms: u32) {
        let before = self.engine.get_value();
        browser::set_timeout(timeout_ms, move || {
            let engine = self.engine.get_value();
            if engine.streams_opened != before.streams_opened {
                // The stream that was opened since has a watch of its own.
                return;
            }
            if engine.stream_events != before.stream_events {
                if timeout_ms == STREAM_SILENCE_TIMEOUT_MS && engine.is_leading {
                    self.watch_stream(STREAM_SILENCE_TIMEOUT_MS);
                }
                return;
            }
            self.update_from_outside(|state| {
                state.set_connection(ConnectionState::Offline);
                Vec::new()
            });
            if browser::is_event_stream_closed() {
                // The server has refused the stream. A call finds out why.
                self.mark_behind();
                self.sync();
            }
            if timeout_ms == STREAM_SILENCE_TIMEOUT_MS || browser::is_event_stream_closed() {
                self.open_stream();
            }
        });
    }

    /// Stores and sends new commands, and asks for missed changes.
    pub(super) fn sync(self) {
        self.store();
        self.call_server();
    }

    /// Calls the server until nothing is left to do, or until a call fails.
    pub(super) fn call_server(self) {
        let is_held_back =
            |engine: &SyncEngine| engine.is_calling || engine.pause == CallPause::AllCalls;
        if self.engine.with_value(is_held_back) {
            return;
        }
        self.engine.update_value(|engine| engine.is_calling = true);
        spawn_local(async move {
            let mut retry = Retry::Now;
            while retry == Retry::Now
                && let Some((since, first, commands)) = self.next_call()
            {
                match exchange(ListId::HOME, since, first, commands).await {
                    Ok(response) => self.on_response(first, response),
                    Err(error) => {
                        retry = self.on_call_failed(first, &error);
                        if retry == Retry::Now {
                            self.load().await;
                        }
                    }
                }
                self.store();
            }
            self.engine.update_value(|engine| engine.is_calling = false);
            match retry {
                Retry::Now => {}
                Retry::After(delay_ms) => self.sync_after(delay_ms),
                Retry::Paused(pause, seconds) => self.pause_calls(pause, seconds),
            }
        });
    }

    /// The next call; `None` if there is nothing to send and nothing to ask for.
    fn next_call(&self) -> Option<Call> {
        let engine = self.engine.get_value();
        self.state.try_update_untracked(|state| {
            let replica = &mut state.replica;
            // No other page can send commands that are not stored.
            let sends = (engine.is_leading || !state.is_storage_available)
                && engine.pause == CallPause::None
                && engine.renaming.allows_sending(replica.is_behind());
            let batch = sends.then(|| replica.outbox.next_batch()).flatten();
            if batch.is_none() && !replica.is_behind() {
                return None;
            }
            replica.begin_catch_up();
            let no_command = CommandId {
                client: Default::default(),
                seq: 0,
            };
            let (first, commands) = batch.unwrap_or((no_command, Vec::new()));
            Some((replica.cursor(), first, commands))
        })?
    }

    /// The server has answered a call whose first command had this id.
    fn on_response(&self, first: CommandId, response: ExchangeResponse) {
        let engine = self.engine.get_value();
        if engine.is_leading && engine.failures > 0 {
            browser::broadcast(TabMessage::CallsWork);
        }
        self.engine.update_value(|engine| {
            engine.failures = 0;
            if !response.outcomes.is_empty() {
                engine.renaming.on_decided();
            }
        });
        let now = browser::now();
        self.update_from_outside(|state| {
            let (dirty, mut rejected) = state.on_response(first, response, now);
            let fits_field =
                |text: &mut RejectedText| text.is_new_item && browser::is_new_item_field_blank();
            if let Some(last) = rejected.pop_if(fits_field) {
                browser::set_new_item_field(last.item.title.as_str());
                state.new_item_error.return_to_field(last);
            }
            dirty
        });
        self.schedule_page_cache();
    }

    /// A call has failed whose first command had this id. Returns when to call again.
    fn on_call_failed(&self, first: CommandId, error: &CallError) -> Retry {
        match *error {
            CallError::Busy { seconds } => {
                self.on_throttled(ConnectionState::Online);
                return Retry::Paused(CallPause::AllCalls, seconds);
            }
            CallError::TooManySenders { seconds } => {
                self.on_throttled(ConnectionState::Throttled);
                return Retry::Paused(CallPause::Commands, seconds);
            }
            _ => {}
        }
        let before = self.engine.get_value();
        let failures = before.failures.max(1);
        let is_mismatch = matches!(error, CallError::OutOfOrder { .. } | CallError::NumberTaken);
        let mut mismatch = NumberMismatch::GiveUp;
        self.engine.update_value(|engine| {
            engine.failures = failures;
            if is_mismatch {
                mismatch = engine.renaming.on_mismatch(first.client, engine.is_leading);
            }
        });
        if *error == CallError::SignedOut {
            browser::check_login_session();
            let is_known = |state: &PageState| state.connection == ConnectionState::SignedOut;
            if !self.state.with_untracked(is_known) {
                // The server has no page to cache any more, so the service worker drops the cached one.
                let _ = browser::request_page_cache();
            }
        }
        let now = browser::now();
        self.update_from_outside(|state| {
            state.replica.mark_behind();
            match mismatch {
                NumberMismatch::Resync => Vec::new(),
                NumberMismatch::Rename => {
                    let new = first.client.renamed(state.replica.cursor().epoch);
                    vec![state.rename_sender(first.client, new, now)]
                }
                NumberMismatch::GiveUp => {
                    state.set_connection(match error {
                        CallError::Malformed => ConnectionState::Outdated,
                        CallError::SignedOut => ConnectionState::SignedOut,
                        _ => ConnectionState::Offline,
                    });
                    Vec::new()
                }
            }
        });
        let has_pending = |state: &PageState| !state.replica.outbox.pending().is_empty();
        if before.failures == 0 && self.state.with_untracked(has_pending) {
            browser::request_persistent_storage();
        }
        if mismatch != NumberMismatch::GiveUp {
            return Retry::Now;
        }
        if before.is_leading {
            browser::broadcast(TabMessage::CallsFail);
        }
        Retry::After(backoff_ms(failures, browser::random_fraction()))
    }

    /// The server answers, and takes what this page sends later.
    fn on_throttled(&self, connection: ConnectionState) {
        self.state.update(|state| {
            state.replica.mark_behind();
            state.on_throttled(connection);
        });
    }

    /// Holds calls back for this many seconds, which does not count as a failure.
    fn pause_calls(self, pause: CallPause, seconds: u64) {
        self.engine.update_value(|engine| engine.pause = pause);
        let delay_ms = pause_ms(seconds, browser::random_fraction());
        browser::set_timeout(delay_ms, move || {
            self.engine
                .update_value(|engine| engine.pause = CallPause::None);
            self.sync();
        });
        if pause == CallPause::Commands {
            // Calls that ask for changes still go out.
            self.call_server();
        }
    }

    /// Syncs after a delay, unless a call succeeds or fails before.
    fn sync_after(self, delay_ms: u32) {
        let failures = self.engine.with_value(|engine| engine.failures);
        browser::set_timeout(delay_ms, move || {
            if self.engine.with_value(|engine| engine.failures) == failures {
                // Only repeated calls make the next delay longer.
                self.engine.update_value(|engine| engine.failures += 1);
                self.sync();
            }
        });
    }
}
