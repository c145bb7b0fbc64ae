//! Functions that only a browser can perform. Here they do nothing, or return that there is nothing.

use crate::browser::{DocumentState, Focus, PostResponse, UserAction};
use crate::domain::{Cursor, ItemId, Timestamp};
use crate::sync::{ExternalEvent, StorageWrite, StoredCommand, TabMessage};

/// There is no document to read.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    None
}

/// Rendering does not depend on the time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::default()
}

/// There is no hydration.
pub fn mark_hydrated() {}

/// There are no user actions.
pub fn listen_to_user_actions(_: impl Fn(UserAction) + 'static, _: impl Fn() -> bool + 'static) {}

/// There is no window.
pub fn scroll_to_end() {}

/// There is no focus.
#[must_use]
pub fn focus() -> Focus {
    Focus::Lost
}

/// There is no focus.
pub fn restore_focus(_: Option<ItemId>) {}

/// There is no focus.
pub fn focus_editor() {}

/// There is no focus.
pub fn focus_item(_: ItemId) {}

/// There is no editor.
#[must_use]
pub fn editor_text() -> Option<String> {
    None
}

/// There is no editor.
#[must_use]
pub fn editor_selection() -> (u32, u32) {
    (0, 0)
}

/// There is no editor.
pub fn fill_editor(_: String, _: Option<(u32, u32)>) {}

/// There is no tab.
pub fn open_tab_storage(_: impl Fn(Vec<u8>, bool) + 'static, _: impl Fn() + 'static) {}

/// There is no tab.
pub fn schedule_tab_store() {}

/// There is no tab.
#[must_use]
pub fn write_tab_storage(_: &[u8]) -> bool {
    false
}

/// There is no clipboard.
pub fn copy_to_clipboard(_: &str, _: bool) {}

/// There is no text in the field.
#[must_use]
pub fn is_new_item_field_blank() -> bool {
    true
}

/// There is no text in the field.
#[must_use]
pub fn new_item_text() -> String {
    String::new()
}

/// There is no field.
pub fn set_new_item_field(_: &str) {}

/// There is no focus.
pub fn focus_new_item_field() {}

/// The server calls no other server.
pub async fn post(_: &str, _: &str, _: &[u8]) -> Option<PostResponse> {
    None
}

/// Nothing happens after the rendering.
pub fn set_timeout(_: u32, _: impl FnOnce() + 'static) {}

/// There are no external events.
pub fn listen_to_external_events(_: impl Fn(ExternalEvent) + 'static) {}

/// There is no login session of a page.
pub fn check_login_session() {}

/// There are no tabs.
pub fn request_lead() {}

/// There are no tabs.
pub fn take_lead() {}

/// There is no event stream.
pub fn open_event_stream(_: Cursor) {}

/// There is no event stream.
pub fn close_event_stream() {}

/// There is no event stream.
#[must_use]
pub fn is_event_stream_closed() -> bool {
    false
}

/// There are no tabs.
pub fn broadcast(_: TabMessage) {}

/// There is no service worker.
#[must_use]
pub fn request_page_cache() -> bool {
    false
}

/// There is no person to ask.
#[must_use]
pub fn confirm(_: &str) -> bool {
    false
}

/// There is no login session of a page.
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
