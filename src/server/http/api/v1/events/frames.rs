//! Events as bytes. A change is encoded once for each format, and all streams share the bytes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::body::Bytes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leptos::server_fn::Encodes;
use serde::Deserialize;

use crate::domain::{Change, Cursor, Event, List};
use crate::rpc::TaggedPostcard;
use crate::server::store::Published;

/// How much is kept for each format, in bytes. A change that is larger than this is kept alone.
const MAX_KEPT: usize = 8 << 20;

/// How long a change may be that is sent to all streams, in bytes as [`length`] counts them.
const MAX_LENGTH: usize = 256 << 10;

/// How a change is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    /// As JSON, for everybody.
    #[default]
    Json,
    /// As the page's own postcard in base64: its code has no JSON.
    Compact,
}

/// The latest changes of a list as events.
pub(super) struct Frames {
    published: Published,
    json: Mutex<Kept>,
    compact: Mutex<Kept>,
}

/// Events by the revision that they lead to.
#[derive(Default)]
struct Kept {
    frames: BTreeMap<u64, Bytes>,
    length: usize,
}

impl Frames {
    pub(super) fn new(published: Published) -> Self {
        Self {
            published,
            json: Mutex::default(),
            compact: Mutex::default(),
        }
    }

    /// The event of the change that has led to a revision; `None` if it is not known any more, or too large for a stream:
    /// whoever is told to load the list anew gets it once, from where long answers are made.
    pub(super) fn change(&self, format: Format, revision: u64) -> Option<Bytes> {
        let kept = match format {
            Format::Json => &self.json,
            Format::Compact => &self.compact,
        };
        // Whoever comes while it is encoded waits for it: nobody encodes it twice. What a thread that
        // panicked has left here is whole.
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(frame) = kept.frames.get(&revision) {
            return Some(frame.clone());
        }
        let list = self.published.list();
        let changes = list.changes_since(revision.checked_sub(1)?)?;
        let change = changes
            .first()
            .filter(|change| length(change) <= MAX_LENGTH)?;
        // What was kept and is not any more would be written once for each reader that is so far behind.
        let oldest = kept.frames.keys().next();
        let is_full = kept.length + MAX_LENGTH > MAX_KEPT;
        if is_full && oldest.is_some_and(|oldest| revision < *oldest) {
            return None;
        }
        let data = format.encode(change)?;
        let epoch = self.published.epoch();
        let frame = frame(Cursor { epoch, revision }, "change", &data);
        kept.insert(revision, frame.clone());
        Some(frame)
    }
}

/// About how many bytes a change has as JSON.
fn length(change: &Change) -> usize {
    let text = |event: &Event| match event {
        Event::Added { title, .. } => title.as_str().len(),
        Event::Renamed { title, was, .. } => title.as_str().len() + was.as_str().len(),
        Event::Restored { item, .. } => item.title.as_str().len(),
        Event::Completed { .. }
        | Event::Ordered { .. }
        | Event::Moved { .. }
        | Event::Removed { .. }
        | Event::Expired { .. } => 0,
    };
    change.events.iter().map(|event| 200 + text(event)).sum()
}

impl Kept {
    /// The oldest go first, this one too if it is the oldest: many readers want the latest, and few
    /// are behind.
    fn insert(&mut self, revision: u64, frame: Bytes) {
        self.length += frame.len();
        self.frames.insert(revision, frame);
        while self.frames.len() > 1
            && (self.length > MAX_KEPT || self.frames.len() > List::MAX_HISTORY)
        {
            let oldest = self.frames.pop_first();
            self.length -= oldest.map_or(0, |(_, frame)| frame.len());
        }
    }
}

impl Format {
    /// `None` does not happen: a change is made of what both formats can say.
    fn encode(self, change: &Change) -> Option<String> {
        match self {
            Self::Json => serde_json::to_string(change).ok(),
            Self::Compact => TaggedPostcard::encode(change)
                .ok()
                .map(|bytes| STANDARD.encode(bytes)),
        }
    }
}

/// The event that tells where the list stands.
pub(super) fn heartbeat(cursor: Cursor) -> Bytes {
    frame(cursor, "heartbeat", &revision(cursor))
}

/// The event that tells to load the list anew.
pub(super) fn reset(cursor: Cursor) -> Bytes {
    frame(cursor, "reset", &revision(cursor))
}

/// How long to wait before coming again, in milliseconds.
pub(super) fn retry(milliseconds: u64) -> Bytes {
    format!("retry: {milliseconds}\n\n").into()
}

fn revision(cursor: Cursor) -> String {
    format!(r#"{{"revision":{}}}"#, cursor.revision)
}

/// One event. Data of one line only: JSON without white space and base64 have no other.
fn frame(cursor: Cursor, event: &str, data: &str) -> Bytes {
    format!("id: {cursor}\nevent: {event}\ndata: {data}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_and_the_latest() {
        let mut kept = Kept::default();
        let small = Bytes::from_static(b"123");
        for revision in 1..=1_000 {
            kept.insert(revision, small.clone());
        }
        let lengths = |kept: &Kept| (kept.frames.len(), kept.length);
        assert_eq!(lengths(&kept), (List::MAX_HISTORY, List::MAX_HISTORY * 3));
        // One from long ago does not push a later one out.
        kept.insert(1, small.clone());
        assert!(!kept.frames.contains_key(&1) && kept.frames.contains_key(&745));
        kept.insert(1_001, vec![0; MAX_KEPT + 1].into());
        assert_eq!(lengths(&kept), (1, MAX_KEPT + 1));
        kept.insert(1_002, small);
        assert_eq!(lengths(&kept), (1, 3));
    }
}
