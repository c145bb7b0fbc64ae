//! The server's twin of `dom`: there is no browser, so nothing happens.

use super::DocumentState;
use crate::domain::{ClientId, ItemId, Timestamp};

/// There is no document to read.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    None
}

/// The server makes ids of its own elsewhere; this one is never shown or stored.
#[must_use]
pub fn new_item_id() -> ItemId {
    ItemId::new(Timestamp::default(), [0; 10])
}

/// The server renders, and sends nothing.
#[must_use]
pub fn new_client_id() -> ClientId {
    ClientId::default()
}

/// Nothing that is rendered depends on the time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::default()
}

/// Nothing to mark.
pub fn mark_hydrated() {}

/// Nobody returns.
pub fn on_return(_: impl Fn() + 'static) {}

/// Nothing to scroll.
pub fn scroll_to_end() {}

/// Nobody leaves.
pub fn warn_before_leaving(_: impl Fn() -> bool + 'static) {}

/// The server does not wait for itself.
pub async fn pause(_milliseconds: u32) {
    std::future::pending().await
}
