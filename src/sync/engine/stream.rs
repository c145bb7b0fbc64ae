//! The event stream: when it is opened, what its events and its silence mean.

use super::{Effect, ExternalEvent, SyncEngine, Timer};
use crate::domain::{Cursor, Event, Timestamp};
use crate::sync::{ConnectionState, ListUpdate};

/// How long the stream may be lost before the person is told, in milliseconds. A restart of the server is faster.
const LOSS_GRACE_MS: u32 = 3_000;
/// The server sends something every 15 seconds. After this silence, in milliseconds, the stream is opened again: the
/// network may have gone without notice.
const SILENCE_TIMEOUT_MS: u32 = 40_000;

/// What has happened to the stream so far. Two equal values mean that nothing has happened in between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StreamWatch {
    /// How often the stream was opened.
    opened: u32,
    /// How many events of the stream have arrived.
    events: u32,
}

impl StreamWatch {
    pub(super) fn count(&mut self, event: &ExternalEvent) {
        if matches!(
            event,
            ExternalEvent::ListChanged(..)
                | ExternalEvent::Heartbeat(_)
                | ExternalEvent::StreamReset
        ) {
            self.events += 1;
        }
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

    /// Opens the stream if this page leads.
    pub(super) fn open_stream(&mut self) {
        if self.is_leading {
            self.effects.push(Effect::OpenStream(self.replica.cursor()));
            self.stream.opened += 1;
            self.watch_for_silence();
        }
    }

    /// The stream is lost. If no event arrives soon, the person is told.
    pub(super) fn watch_for_loss(&mut self) {
        let timer = Timer::StreamLoss(self.stream);
        self.effects.push(Effect::SetTimer(timer, LOSS_GRACE_MS));
    }

    fn watch_for_silence(&mut self) {
        let timer = Timer::StreamSilence(self.stream);
        self.effects
            .push(Effect::SetTimer(timer, SILENCE_TIMEOUT_MS));
    }

    /// If no event has arrived since `before`, tells the person, and opens the stream again unless the browser does so by
    /// itself.
    pub(super) fn on_stream_timer(
        &mut self,
        before: StreamWatch,
        is_closed: bool,
        was_silence: bool,
    ) {
        if self.stream.opened != before.opened {
            // The stream that was opened since has a watch of its own.
            return;
        }
        if self.stream.events != before.events {
            if was_silence && self.is_leading {
                self.watch_for_silence();
            }
            return;
        }
        self.connectivity.observe(ConnectionState::Offline);
        if is_closed {
            // The server has refused the stream. A call finds out why.
            self.replica.mark_behind();
            self.request_sync();
        }
        if was_silence || is_closed {
            self.open_stream();
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
