//! The text format of server-sent events.
//!
//! [`axum::response::sse::Event`] is not used: each of its values owns a buffer, so that every stream would hold a copy
//! of every change. Here all streams send the same [`Bytes`].

use axum::body::Bytes;

use crate::domain::Cursor;

/// Tells the client the revision that it has reached, and that the stream is alive.
pub(super) fn heartbeat(cursor: Cursor) -> Bytes {
    event(cursor, "heartbeat", &position(cursor))
}

/// Tells the client to load the list again. The stream continues after the cursor.
pub(super) fn reset(cursor: Cursor) -> Bytes {
    event(cursor, "reset", &position(cursor))
}

/// A change that leads to the cursor.
pub(super) fn change(cursor: Cursor, data: &str) -> Bytes {
    event(cursor, "change", data)
}

/// Sets the time that a client waits before it connects again, in milliseconds.
pub(super) fn retry(milliseconds: u64) -> Bytes {
    format!("retry: {milliseconds}\n\n").into()
}

/// Bytes that no client takes for an event.
pub(super) fn comment() -> Bytes {
    Bytes::from_static(b":\n\n")
}

fn position(cursor: Cursor) -> String {
    format!(r#"{{"revision":{}}}"#, cursor.revision)
}

/// An event with one line of data: neither compact JSON nor base64 contains a line break.
fn event(cursor: Cursor, name: &str, data: &str) -> Bytes {
    format!("id: {cursor}\nevent: {name}\ndata: {data}\n\n").into()
}
