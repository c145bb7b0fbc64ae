//! The event stream: when it is opened, what its events and its silence mean.

use super::{Effect, ExternalEvent, SyncEngine, Timer};
use crate::domain::{Cursor, Event, Timestamp};
use crate::sync::{ConnectionState, ListUpdate};

/// How long the stream may be lost before the page asks why, in milliseconds. A restart of the server is faster.
const LOSS_GRACE_MS: u32 = 3_000;
/// The server sends something every 5 seconds. After this silence, in milliseconds, the stream is opened again, and the page
/// asks for changes: the network may have gone without notice, or a proxy may hold the stream back.
const SILENCE_TIMEOUT_MS: u32 = 10_000;

/// What has happened to the stream so far. Two equal values mean that nothing has happened in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamWatch {
    /// How often the stream was opened.
    opened: u32,
    /// How many events of the stream have arrived.
    events: u32,
}

impl StreamWatch {
    /// Counts an event. Returns whether it is one of the stream.
    pub(super) fn count(&mut self, event: &ExternalEvent) -> bool {
        let is_of_stream = matches!(
            event,
            ExternalEvent::ListChanged(..)
                | ExternalEvent::Heartbeat(_)
                | ExternalEvent::StreamReset
        );
        self.events += u32::from(is_of_stream);
        is_of_stream
    }
}

impl SyncEngine {
    /// The server can be reached, and its list is at this cursor.
    pub(super) fn on_heartbeat(&mut self, server: Cursor) {
        // While calls fail, an open stream does not mean that commands arrive.
        let calls_work = self.failures == 0;
        if calls_work && self.connectivity.connection != ConnectionState::Throttled {
            self.connectivity.observe(ConnectionState::Online);
        }
        let here = self.replica.cursor();
        if server.epoch != here.epoch || server.revision > here.revision {
            self.replica.mark_behind();
        }
    }

    /// An event has arrived.
    pub(super) fn hear(&mut self, event: &ExternalEvent, now: Timestamp) {
        if self.stream.count(event) {
            self.heard_at = now;
            self.is_polling = false;
            // The leading page passes the events on.
            self.leader_signs += 1;
        }
    }

    /// Opens the stream if this page leads.
    pub(super) fn open_stream(&mut self, now: Timestamp) {
        if self.is_leading {
            self.effects.push(Effect::OpenStream(self.replica.cursor()));
            self.stream.opened += 1;
            self.heard_at = now;
            self.watch_for_silence(SILENCE_TIMEOUT_MS);
        }
    }

    /// The stream is lost. If no event arrives soon, the page asks for changes.
    pub(super) fn watch_for_loss(&mut self) {
        let timer = Timer::StreamLoss(self.stream);
        self.effects.push(Effect::SetTimer(timer, LOSS_GRACE_MS));
    }

    fn watch_for_silence(&mut self, delay_ms: u32) {
        let opened = self.stream.opened;
        let timer = Timer::StreamSilence { opened };
        self.effects.push(Effect::SetTimer(timer, delay_ms));
    }

    /// If no event has arrived since `before`, asks for changes, and opens the stream again unless the browser does so by
    /// itself. The result of the call is what the person is told: a refused stream does not mean that calls fail. The
    /// leading page tells the others.
    pub(super) fn on_loss_timer(&mut self, before: StreamWatch, is_closed: bool, now: Timestamp) {
        if self.stream != before || !self.is_leading {
            return;
        }
        self.poll();
        if is_closed {
            self.open_stream(now);
        }
    }

    /// If the stream with this number has been silent for too long, asks for changes, and opens it again.
    pub(super) fn on_silence_timer(&mut self, opened: u32, now: Timestamp) {
        if self.stream.opened != opened || !self.is_leading {
            return;
        }
        // The clock may have been set back.
        self.heard_at = self.heard_at.min(now);
        let silence = now.0 - self.heard_at.0;
        let rest = u64::from(SILENCE_TIMEOUT_MS).saturating_sub(silence) as u32;
        if rest > 0 {
            return self.watch_for_silence(rest);
        }
        self.poll();
        self.open_stream(now);
    }

    /// Asks for changes, because the stream brings none. After a failure, the page calls again anyway.
    fn poll(&mut self) {
        self.is_polling = true;
        if self.failures == 0 {
            self.replica.mark_behind();
            self.request_sync();
        }
    }

    /// Updates the list. Notes which items others have changed.
    pub(super) fn apply_update(&mut self, cursor: Cursor, update: ListUpdate, now: Timestamp) {
        if let ListUpdate::Changes(news) = &update {
            let here = self.replica.cursor();
            for change in news {
                let is_known = change.revision <= here.revision;
                if !is_known && !self.replica.outbox.is_pending(change.command) {
                    let items = change.events.iter().map(Event::item);
                    self.changes.changed_by_others.extend(items);
                }
            }
        }
        let dirty = self.replica.apply_update(cursor, update, now);
        self.changes.dirty.extend(dirty);
    }
}
