//! A reader of the event stream that follows the specification of server-sent events.

use std::time::Duration;

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::time::timeout;

use todo_list::domain::{Change, Cursor, version_1};

use crate::spawn::Server;

/// An open event stream.
pub struct Events {
    response: Response,
    received: Vec<u8>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub id: Cursor,
    pub name: String,
    pub data: String,
}

impl Events {
    /// Opens the stream, which must succeed, and reads its reconnection time.
    pub async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let mut events = Self {
            response,
            received: Vec::new(),
        };
        let first = events.block().await.unwrap();
        let retry: u32 = first
            .strip_prefix("retry: ")
            .expect(&first)
            .parse()
            .unwrap();
        assert!((1_000..=3_000).contains(&retry), "{retry}");
        events
    }

    /// Opens a stream of this server at a cursor.
    pub async fn after(server: &Server, cursor: Cursor) -> Self {
        Self::open(server.request("GET", &format!("/api/v1/events?cursor={cursor}"))).await
    }

    /// Opens a stream that continues from the last event id.
    pub async fn resume(server: &Server, id: &str) -> Self {
        let request = server.request("GET", "/api/v1/events");
        Self::open(request.header("last-event-id", id)).await
    }

    /// Returns the next event, or `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Event> {
        let block = self.block().await?;
        let mut lines = block.lines();
        let mut field = |name: &str| {
            let line = lines.next().unwrap_or_default();
            let value = line
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(": "));
            value
                .unwrap_or_else(|| panic!("no {name} in {block}"))
                .to_owned()
        };
        let event = Event {
            id: field("id").parse().unwrap(),
            name: field("event"),
            data: field("data"),
        };
        assert_eq!(lines.next(), None, "{block}");
        Some(event)
    }

    /// Returns the next event but for heartbeats, which must be a change. The clock decides when a heartbeat comes.
    pub async fn change(&mut self) -> Change {
        let mut event = self.next().await.unwrap();
        while event.name == "heartbeat" {
            event = self.next().await.unwrap();
        }
        assert_eq!(event.name, "change", "{event:?}");
        let change: version_1::Change = serde_json::from_str(&event.data).unwrap();
        let change = Change::from(change);
        assert_eq!(change.revision, event.id.revision);
        change
    }

    /// Reads the next event, which must have this name and this cursor.
    pub async fn expect(&mut self, name: &str, id: Cursor) {
        let event = self.next().await.unwrap();
        assert_eq!((event.name.as_str(), event.id), (name, id));
        let data: Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(data, serde_json::json!({ "revision": id.revision }));
    }

    /// Receives a chunk of any length. Returns `false` at the end.
    pub async fn receive(&mut self) -> bool {
        let piece = timeout(Duration::from_secs(20), self.response.chunk()).await;
        let piece = piece.expect("nothing has come for too long").unwrap();
        self.received.extend(piece.iter().flatten());
        piece.is_some()
    }

    /// Drops the received bytes from an offset on.
    pub fn lose_from(&mut self, part: impl FnOnce(usize) -> usize) {
        let length = part(self.received.len());
        self.received.truncate(length);
    }

    /// Returns the next event that is completely received.
    pub fn received(&mut self) -> Option<String> {
        let end = self.received.windows(2).position(|two| two == b"\n\n")?;
        let rest = self.received.split_off(end + 2);
        let block = std::mem::replace(&mut self.received, rest);
        Some(String::from_utf8(block).unwrap().trim_end().to_owned())
    }

    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(block) = self.received() {
                return Some(block);
            }
            if !self.receive().await {
                assert!(self.received.is_empty(), "the stream ends within an event");
                return None;
            }
        }
    }
}
