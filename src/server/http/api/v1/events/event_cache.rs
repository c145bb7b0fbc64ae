//! The latest changes as encoded events. Each change is encoded once per format, and all streams share the bytes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leptos::server_fn::Encodes;
use serde::Deserialize;

use super::sse;
use crate::domain::{Change, Cursor, Event, FieldChange, List, version_1};
use crate::rpc::CallEncoding;
use crate::server::store::Published;

/// How many bytes of events each format keeps. A larger event is kept alone.
const MAX_CACHED_BYTES: usize = 8 << 20;

/// The longest change that streams send, in bytes as [`estimate_length`] counts them.
const MAX_CHANGE_BYTES: usize = 256 << 10;

/// The encoding of a change in its event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChangeFormat {
    /// JSON, for every client.
    #[default]
    Json,
    /// The page's postcard in base64: the WASM module contains no JSON parser.
    Compact,
}

/// The latest changes of a list as events, in each format.
pub(super) struct EventCache {
    published: Published,
    json: Mutex<CachedEvents>,
    compact: Mutex<CachedEvents>,
}

/// Events, by the revision that each leads to.
#[derive(Default)]
struct CachedEvents {
    events: BTreeMap<u64, Bytes>,
    bytes: usize,
}

impl EventCache {
    pub(super) fn new(published: Published) -> Self {
        Self {
            published,
            json: Mutex::default(),
            compact: Mutex::default(),
        }
    }

    /// The event with the change that leads to a revision. `None` if the list no longer knows the change, or if it is
    /// too large for a stream: the client then loads the list once, by a request whose memory is limited.
    pub(super) fn change(&self, format: ChangeFormat, revision: u64) -> Option<Bytes> {
        let cached = match format {
            ChangeFormat::Json => &self.json,
            ChangeFormat::Compact => &self.compact,
        };
        // The lock is held while the change is encoded, so that the other streams wait instead of encoding it too. A
        // panic cannot leave the cache half changed.
        let mut cached = cached.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(event) = cached.events.get(&revision) {
            return Some(event.clone());
        }
        let list = self.published.list();
        let changes = list.changes_since(revision.checked_sub(1)?)?;
        let change = changes
            .first()
            .filter(|change| estimate_length(change) <= MAX_CHANGE_BYTES)?;
        // A full cache would drop an event that is older than all others at once, and encode it again for each client
        // that is as far behind.
        let oldest = cached.events.keys().next();
        let is_full = cached.bytes + MAX_CHANGE_BYTES > MAX_CACHED_BYTES;
        if is_full && oldest.is_some_and(|oldest| revision < *oldest) {
            return None;
        }
        let data = format.encode(change)?;
        let epoch = self.published.epoch();
        let event = sse::change(Cursor { epoch, revision }, &data);
        cached.insert(revision, event.clone());
        Some(event)
    }
}

/// The approximate length of a change as JSON, in bytes.
fn estimate_length(change: &Change) -> usize {
    let text = |event: &Event| match event {
        Event::Added { item, .. } => {
            // Version 1 has an event for each field that is set.
            let is_set = [item.completed_at.is_some(), item.order.is_some()];
            200 * is_set.iter().filter(|is_set| **is_set).count() + item.title.as_str().len()
        }
        Event::Restored { item, .. } => item.title.as_str().len(),
        Event::Set { change, .. } => match change {
            FieldChange::Title { to, was } => to.as_str().len() + was.as_str().len(),
            FieldChange::Completed { .. } | FieldChange::Order { .. } => 0,
        },
        Event::Moved { .. } | Event::Removed { .. } | Event::Expired { .. } => 0,
    };
    change.events.iter().map(|event| 200 + text(event)).sum()
}

impl CachedEvents {
    /// Adds an event, and drops the oldest events while there are too many. The new event is dropped too if it is the
    /// oldest: most clients need the latest events.
    fn insert(&mut self, revision: u64, event: Bytes) {
        self.bytes += event.len();
        self.events.insert(revision, event);
        while self.events.len() > 1
            && (self.bytes > MAX_CACHED_BYTES || self.events.len() > List::MAX_HISTORY)
        {
            let oldest = self.events.pop_first();
            self.bytes -= oldest.map_or(0, |(_, event)| event.len());
        }
    }
}

impl ChangeFormat {
    /// The data of the event. Always `Some`: both formats can encode every change.
    fn encode(self, change: &Change) -> Option<String> {
        match self {
            Self::Json => serde_json::to_string(&version_1::Change::from(change)).ok(),
            Self::Compact => CallEncoding::encode(change)
                .ok()
                .map(|bytes| STANDARD.encode(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_bounded_and_keeps_the_latest_events() {
        let mut cached = CachedEvents::default();
        let small = Bytes::from_static(b"123");
        for revision in 1..=1_000 {
            cached.insert(revision, small.clone());
        }
        let lengths = |cached: &CachedEvents| (cached.events.len(), cached.bytes);
        assert_eq!(lengths(&cached), (List::MAX_HISTORY, List::MAX_HISTORY * 3));
        // An old event does not displace a later one.
        cached.insert(1, small.clone());
        assert!(!cached.events.contains_key(&1) && cached.events.contains_key(&745));
        cached.insert(1_001, vec![0; MAX_CACHED_BYTES + 1].into());
        assert_eq!(lengths(&cached), (1, MAX_CACHED_BYTES + 1));
        cached.insert(1_002, small);
        assert_eq!(lengths(&cached), (1, 3));
    }
}
