//! What only a browser can do: here these functions do nothing, or answer that there is nothing.

use crate::browser::{DocumentState, Focus, Gesture, Posted, Report, TabMessage};
use crate::domain::{Cursor, ItemId, Timestamp};
use crate::sync::{StorageWrite, StoredCommand};

/// There is no document to read.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    None
}

/// Nothing that is rendered depends on the time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::default()
}

/// Nothing to mark.
pub fn mark_hydrated() {}

/// Nobody does anything.
pub fn listen(_: impl Fn(Gesture) + 'static, _: impl Fn() -> bool + 'static) {}

/// Nothing to scroll.
pub fn scroll_to_end() {}

/// There is no keyboard.
#[must_use]
pub fn focus() -> Focus {
    Focus::Lost
}

/// There is no keyboard.
pub fn mend_focus(_: Option<ItemId>) {}

/// There is no keyboard.
pub fn focus_editor() {}

/// There is no editor.
#[must_use]
pub fn editor_text() -> Option<String> {
    None
}

/// There is no clipboard.
pub fn copy(_: &str, _: bool) {}

/// There is no field.
#[must_use]
pub fn field_is_free() -> bool {
    true
}

/// There is no field.
pub fn put_into_field(_: &str) {}

/// There is no field.
pub fn focus_field() {}

/// The server calls nobody.
pub async fn post(_: &str, _: &str, _: &[u8]) -> Option<Posted> {
    None
}

/// The server does nothing later.
pub fn after(_: u32, _: impl FnOnce() + 'static) {}

/// Nobody tells anything.
pub fn attend(_: impl Fn(Report) + 'static) {}

/// There is no session here.
pub fn check_session() {}

/// There are no other pages.
pub fn lead() {}

/// The server is where the events come from.
pub fn follow(_: Cursor) {}

/// Nothing to close.
pub fn unfollow() {}

/// There is no stream.
#[must_use]
pub fn stream_has_ended() -> bool {
    false
}

/// There are no other pages.
pub fn broadcast(_: TabMessage) {}

/// There is no service worker.
#[must_use]
pub fn keep_page() -> bool {
    false
}

/// There is nobody to ask.
#[must_use]
pub fn ask(_: &str) -> bool {
    false
}

/// Nobody is signed in.
pub fn sign_out() {}

/// There is no storage.
pub fn persist() {}

/// There is no storage.
pub async fn stored() -> Option<Vec<StoredCommand>> {
    None
}

/// There is no storage.
pub async fn store(_: Vec<StorageWrite>) -> bool {
    false
}
