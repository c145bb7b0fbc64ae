//! One reader of the stream of events. It has no queue: it knows where its reader stands, and reads
//! what is missing when there is room to send it. Whoever reads slowly costs no memory; whoever has
//! fallen too far behind is told to load the list anew.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::stream::{Stream, unfold};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use uuid::Uuid;

use super::frames;
use super::frames::{Format, Frames};
use crate::domain::Cursor;
use crate::server::auth::SessionGuard;
use crate::server::limits::Permit;
use crate::server::process::shutdown::Closing;
use crate::server::store::Published;

/// Where a reader begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// With what happens from now on.
    Now,
    /// With what has happened since.
    After(Cursor),
    /// It knows something that nobody here understands.
    Unknown,
}

pub(super) struct Follower {
    published: Published,
    frames: Arc<Frames>,
    format: Format,
    ends: Ends,
    /// The revision that the reader has; `None` if it has to load the list anew.
    reached: Option<u64>,
    opening: Opening,
    heartbeat: Interval,
}

/// What ends a stream.
pub(super) struct Ends {
    /// The server stops.
    pub(super) closing: Closing,
    /// The reader may not use the list any more.
    pub(super) guard: SessionGuard,
}

/// What the reader has been told at the beginning.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    Nothing,
    Retry,
    Heartbeat,
}

impl Follower {
    pub(super) fn new(
        published: Published,
        frames: Arc<Frames>,
        format: Format,
        start: Start,
        ends: Ends,
        period: Duration,
    ) -> Self {
        // Not what was announced last: a reader may have seen a revision just before that.
        let now = published.cursor();
        let is_known =
            |cursor: &Cursor| cursor.epoch == now.epoch && cursor.revision <= now.revision;
        let reached = match start {
            Start::Now => Some(now),
            Start::After(cursor) => Some(cursor).filter(is_known),
            Start::Unknown => None,
        };
        let mut heartbeat = interval_at(Instant::now() + period, period);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            published,
            frames,
            format,
            ends,
            reached: reached.map(|cursor| cursor.revision),
            opening: Opening::Nothing,
            heartbeat,
        }
    }

    /// The events, until the server stops. They hold their place for as long.
    pub(super) fn events(self, place: Permit) -> impl Stream<Item = Result<Bytes, Infallible>> {
        unfold((self, place), |(mut follower, place)| async move {
            let frame = follower.next().await?;
            Some((Ok(frame), (follower, place)))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.ends.closing.has_begun() || self.ends.guard.has_ended() {
                return None;
            }
            if let Some(frame) = self.due() {
                return Some(frame);
            }
            tokio::select! {
                () = self.ends.closing.begun() => return None,
                () = self.ends.guard.ended() => return None,
                changed = self.published.changed() => changed.ok()?,
                _ = self.heartbeat.tick() => return Some(frames::heartbeat(self.cursor())),
            }
        }
    }

    /// What can be sent at once, one event after the other: after the last the reader is at the head.
    fn due(&mut self) -> Option<Bytes> {
        if self.opening == Opening::Nothing {
            self.opening = Opening::Retry;
            // Not all at the same moment, when a server comes back.
            let random = Uuid::new_v4().as_u128() % 2_001;
            return Some(frames::retry(1_000 + random as u64));
        }
        let mut head = self.published.head();
        if self.opening != Opening::Heartbeat {
            // What was published but not announced yet belongs to the backlog.
            head = self.published.cursor().revision;
        }
        let missing = match self.reached {
            Some(reached) if reached >= head => {
                if self.opening == Opening::Heartbeat {
                    return None;
                }
                self.opening = Opening::Heartbeat;
                return Some(frames::heartbeat(self.cursor()));
            }
            Some(reached) => self.frames.change(self.format, reached + 1),
            None => None,
        };
        if let Some(frame) = missing {
            self.reached = self.reached.map(|reached| reached + 1);
            return Some(frame);
        }
        self.reached = Some(self.published.list().revision());
        Some(frames::reset(self.cursor()))
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
    use crate::server::process::shutdown::Close;
    use crate::server::store::Store;

    fn follow(store: &Store, period: Duration) -> (Follower, Close) {
        let auth = Auth::open(None, &Config::default()).expect("auth");
        let authenticated = auth.authenticate(&HeaderMap::new()).expect("no password");
        let guard = auth.guard(authenticated);
        let published = store.published();
        let frames = Arc::new(Frames::new(published.clone()));
        let (close, closing) = Closing::channel();
        let format = Format::Json;
        let follower = Follower::new(
            published,
            frames,
            format,
            Start::Now,
            Ends { closing, guard },
            period,
        );
        (follower, close)
    }

    #[tokio::test]
    async fn a_heartbeat_comes_at_once_and_then_after_each_period() {
        let store = Store::in_memory().expect("a store");
        let period = Duration::from_millis(20);
        let (mut follower, _close) = follow(&store, period);
        let begin = Instant::now();
        let retry = follower.next().await.expect("a first word");
        assert!(retry.starts_with(b"retry: "), "{retry:?}");
        for count in 0..4 {
            let frame = follower.next().await.expect("a heartbeat");
            assert_eq!(frame, frames::heartbeat(store.cursor()));
            assert!(begin.elapsed() >= period * count, "heartbeat {count}");
        }
    }

    #[tokio::test]
    async fn a_stream_ends_with_the_journal() {
        let store = Store::in_memory().expect("a store");
        let (mut follower, _close) = follow(&store, Duration::from_secs(60));
        assert!(follower.next().await.is_some() && follower.next().await.is_some());
        // The writer stops as it does when its journal has failed.
        store.close().await;
        assert_eq!(follower.next().await, None);
    }

    #[tokio::test]
    async fn a_stream_that_has_something_to_say_ends_too() {
        let store = Store::in_memory().expect("a store");
        let (mut follower, close) = follow(&store, Duration::from_secs(60));
        close.begin();
        assert_eq!(follower.next().await, None);
    }
}
