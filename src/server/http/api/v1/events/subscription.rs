//! The event stream of one client.
//!
//! A subscription has no queue. It holds the revision that its client has reached, and reads the next change when the
//! socket has room. So a slow client costs no memory, and one that has fallen too far behind is told to load the list
//! again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::stream::{Stream, unfold};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use uuid::Uuid;

use super::event_cache::{ChangeFormat, EventCache};
use super::sse;
use crate::domain::Cursor;
use crate::server::auth::SessionGuard;
use crate::server::limits::Permit;
use crate::server::process::shutdown::Shutdown;
use crate::server::store::Published;

/// The shortest time that clients wait before they connect again, in milliseconds.
const MIN_RETRY_MS: u64 = 1_000;

/// How much longer a client waits at most, in milliseconds. Each client gets a random time, so that they do not all
/// connect at the same moment when a server starts again.
const RETRY_SPREAD_MS: u64 = 2_000;

/// Where a stream starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartPosition {
    /// At the current revision.
    Now,
    /// After the cursor.
    After(Cursor),
    /// With a reset: the client has sent a position that is not a cursor.
    Unknown,
    /// With a reset, after which nothing follows: the client does not understand the changes. It asks for the list, and is
    /// told so.
    OtherVersion,
}

pub(super) struct Subscription {
    published: Published,
    events: Arc<EventCache>,
    format: ChangeFormat,
    end: EndSignals,
    /// The revision that the client has; `None` if it must load the list again.
    reached: Option<u64>,
    preamble: Preamble,
    /// Whether the client gets a reset only.
    is_of_other_version: bool,
    heartbeat: Interval,
}

/// What ends a stream.
pub(super) struct EndSignals {
    /// The server stops.
    pub(super) closing: Shutdown,
    /// The session of the client ends.
    pub(super) guard: SessionGuard,
}

/// How much the client has got of what precedes live changes: the retry time, the missed changes, and a heartbeat.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Preamble {
    Nothing,
    Retry,
    Complete,
}

impl Subscription {
    pub(super) fn new(
        published: Published,
        events: Arc<EventCache>,
        format: ChangeFormat,
        start: StartPosition,
        end: EndSignals,
        heartbeat_period: Duration,
    ) -> Self {
        // The published cursor can be ahead of the announced head, and the client may have read up to it.
        let now = published.cursor();
        let is_known =
            |cursor: &Cursor| cursor.epoch == now.epoch && cursor.revision <= now.revision;
        let reached = match start {
            StartPosition::Now => Some(now),
            StartPosition::After(cursor) => Some(cursor).filter(is_known),
            StartPosition::Unknown | StartPosition::OtherVersion => None,
        };
        let mut heartbeat = interval_at(Instant::now() + heartbeat_period, heartbeat_period);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            published,
            events,
            format,
            end,
            reached: reached.map(|cursor| cursor.revision),
            preamble: Preamble::Nothing,
            is_of_other_version: start == StartPosition::OtherVersion,
            heartbeat,
        }
    }

    /// The encoded events, until an end signal or until the writer stops. The stream holds the permit.
    pub(super) fn into_stream(
        self,
        permit: Permit,
    ) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold((self, permit), |(mut subscription, permit)| async move {
            let event = subscription.next().await?;
            Some((Ok(event), (subscription, permit)))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.end.closing.has_begun() || self.end.guard.has_ended() {
                return None;
            }
            if let Some(event) = self.next_ready() {
                return Some(event);
            }
            if self.is_of_other_version {
                tokio::select! {
                    () = self.end.closing.begun() => return None,
                    () = self.end.guard.ended() => return None,
                    // A client that is gone is noticed only by writing to it.
                    _ = self.heartbeat.tick() => return Some(sse::comment()),
                }
            }
            tokio::select! {
                () = self.end.closing.begun() => return None,
                () = self.end.guard.ended() => return None,
                changed = self.published.changed() => changed.ok()?,
                _ = self.heartbeat.tick() => return Some(sse::heartbeat(self.cursor())),
            }
        }
    }

    /// The next event that can be sent without waiting; `None` once the client has reached the head.
    fn next_ready(&mut self) -> Option<Bytes> {
        if self.preamble == Preamble::Nothing {
            self.preamble = Preamble::Retry;
            let random = Uuid::new_v4().as_u128() % u128::from(RETRY_SPREAD_MS + 1);
            return Some(sse::retry(MIN_RETRY_MS + random as u64));
        }
        if self.is_of_other_version {
            let is_sent =
                std::mem::replace(&mut self.preamble, Preamble::Complete) == Preamble::Complete;
            return (!is_sent).then(|| sse::reset(self.published.cursor()));
        }
        let head = match self.preamble {
            Preamble::Complete => self.published.head(),
            // Changes that are published but not announced yet belong to the missed changes.
            Preamble::Nothing | Preamble::Retry => self.published.cursor().revision,
        };
        let change = match self.reached {
            Some(reached) if reached >= head => {
                if self.preamble == Preamble::Complete {
                    return None;
                }
                self.preamble = Preamble::Complete;
                return Some(sse::heartbeat(self.cursor()));
            }
            Some(reached) => self.events.change(self.format, reached + 1),
            None => None,
        };
        if let Some(event) = change {
            self.reached = self.reached.map(|reached| reached + 1);
            return Some(event);
        }
        self.reached = Some(self.published.list().revision());
        Some(sse::reset(self.cursor()))
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.published.epoch(),
            revision: self.reached.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderMap;

    use crate::server::auth::Auth;
    use crate::server::config::Config;
    use crate::server::process::shutdown::ShutdownTrigger;
    use crate::server::store::Store;

    fn subscribe(store: &Store, period: Duration) -> (Subscription, ShutdownTrigger) {
        let auth = Auth::open(None, &Config::default()).expect("an auth database");
        let authenticated = auth.authenticate(&HeaderMap::new()).expect("a session");
        let guard = auth.guard(authenticated);
        let published = store.published();
        let events = Arc::new(EventCache::new(published.clone()));
        let (close, closing) = Shutdown::channel();
        let format = ChangeFormat::Json;
        let subscription = Subscription::new(
            published,
            events,
            format,
            StartPosition::Now,
            EndSignals { closing, guard },
            period,
        );
        (subscription, close)
    }

    #[tokio::test]
    async fn a_heartbeat_comes_at_once_and_then_after_each_period() {
        let store = Store::in_memory().expect("a store");
        let period = Duration::from_millis(20);
        let (mut subscription, _close) = subscribe(&store, period);
        let begin = Instant::now();
        let retry = subscription.next().await.expect("an event");
        assert!(retry.starts_with(b"retry: "), "{retry:?}");
        for count in 0..4 {
            let event = subscription.next().await.expect("a heartbeat");
            assert_eq!(event, sse::heartbeat(store.cursor()));
            assert!(begin.elapsed() >= period * count, "heartbeat {count}");
        }
    }

    #[tokio::test]
    async fn a_stream_ends_with_the_journal() {
        let store = Store::in_memory().expect("a store");
        let (mut subscription, _close) = subscribe(&store, Duration::from_secs(60));
        assert!(subscription.next().await.is_some() && subscription.next().await.is_some());
        // The writer stops as it does when its journal has failed.
        store.close().await;
        assert_eq!(subscription.next().await, None);
    }

    #[tokio::test]
    async fn a_stream_with_events_to_send_ends_too() {
        let store = Store::in_memory().expect("a store");
        let (mut subscription, close) = subscribe(&store, Duration::from_secs(60));
        close.begin();
        assert_eq!(subscription.next().await, None);
    }
}
