//! What only a browser can do: here these functions do nothing, or answer that there is nothing.

use crate::browser::{DocumentState, ExternalEvent, Focus, PostResponse, TabMessage, UserAction};
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
pub fn listen_to_user_actions(_: impl Fn(UserAction) + 'static, _: impl Fn() -> bool + 'static) {}

/// Nothing to scroll.
pub fn scroll_to_end() {}

/// There is no keyboard.
#[must_use]
pub fn focus() -> Focus {
    Focus::Lost
}

/// There is no keyboard.
pub fn restore_focus(_: Option<ItemId>) {}

/// There is no keyboard.
pub fn focus_editor() {}

/// There is no editor.
#[must_use]
pub fn editor_text() -> Option<String> {
    None
}

/// There is no clipboard.
pub fn copy_to_clipboard(_: &str, _: bool) {}

/// There is no field.
#[must_use]
pub fn is_new_item_field_blank() -> bool {
    true
}

/// There is no field.
pub fn set_new_item_field(_: &str) {}

/// There is no field.
pub fn focus_new_item_field() {}

/// The server calls nobody.
pub async fn post(_: &str, _: &str, _: &[u8]) -> Option<PostResponse> {
    None
}

/// The server does nothing later.
pub fn set_timeout(_: u32, _: impl FnOnce() + 'static) {}

/// Nobody tells anything.
pub fn listen_to_external_events(_: impl Fn(ExternalEvent) + 'static) {}

/// There is no session here.
pub fn check_login_session() {}

/// There are no other pages.
pub fn request_lead() {}

/// The server is where the events come from.
pub fn open_event_stream(_: Cursor) {}

/// Nothing to close.
pub fn close_event_stream() {}

/// There is no stream.
#[must_use]
pub fn is_event_stream_closed() -> bool {
    false
}

/// There are no other pages.
pub fn broadcast(_: TabMessage) {}

/// There is no service worker.
#[must_use]
pub fn request_page_cache() -> bool {
    false
}

/// There is nobody to ask.
#[must_use]
pub fn confirm(_: &str) -> bool {
    false
}

/// Nobody is signed in.
pub fn sign_out() {}

/// There is no storage.
pub fn request_persistent_storage() {}

/// There is no storage.
pub async fn read_storage() -> Option<Vec<StoredCommand>> {
    None
}

/// There is no storage.
pub async fn write_storage(_: Vec<StorageWrite>) -> bool {
    false
}
