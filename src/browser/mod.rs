//! Everything that touches the browser beyond what the components render. Both builds have the same functions: `web` calls
//! the browser, and `server` renders HTML in its place.

mod document_state;
mod list_diff;
mod streamed_views;
mod user_action;
mod view_path;

#[cfg(feature = "hydrate")]
#[path = "web/mod.rs"]
mod side;
#[cfg(not(feature = "hydrate"))]
#[path = "server/mod.rs"]
mod side;

pub use document_state::{COLUMNS, Column, DocumentState, STATE_ELEMENT};
pub use list_diff::{ListEdit, diff, is_subsequence};
pub use side::{
    address, broadcast, check_login_session, close_event_stream, confirm, copy_to_clipboard,
    decompose, document_state, editor_selection, editor_text, fill_editor, focus, focus_editor,
    focus_item, focus_new_item_field, hash_key, is_event_stream_closed, is_new_item_field_blank,
    listen_to_external_events, listen_to_user_actions, mark_hydrated, new_client_id, new_item_id,
    new_item_text, now, open_event_stream, open_tab_storage, post, random_fraction, read_storage,
    request_lead, request_page_cache, request_persistent_storage, restore_focus, rows,
    schedule_draw, schedule_tab_store, scroll_to_end, set_new_item_field, set_timeout,
    show_address, sign_out, take_lead, title_children, title_property, undo_query, view_in_address,
    write_storage, write_tab_storage,
};
pub use streamed_views::{HtmlSink, StreamedViews};
pub use user_action::{Direction, UserAction};
pub use view_path::{view_of_path, view_path};

use crate::domain::ItemId;

/// How many rows of a page are interactive at first: some screens full.
pub const INTERACTIVE_ROWS: usize = 100;

/// How many rows a block has. The rows after the first [`INTERACTIVE_ROWS`] are in blocks.
pub const ROWS_PER_BLOCK: usize = 100;

/// Which rows of a rendered page are interactive: the first ones, and those around the edited item.
pub fn is_interactive(shown: &[ItemId], edited: Option<ItemId>) -> impl Fn(usize) -> bool + use<> {
    let edited = edited.and_then(|edited| shown.iter().position(|id| *id == edited));
    move |index| {
        index < INTERACTIVE_ROWS
            || edited.is_some_and(|edited| index.abs_diff(edited) < INTERACTIVE_ROWS / 2)
    }
}

/// A short message with an optional button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The message.
    pub text: String,
    /// The action of the button.
    pub action: NoticeAction,
}

/// The action of the button of a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeAction {
    /// No action: there is no button.
    None,
    /// Undo what the notice says.
    Undo,
    /// Redo what was undone.
    Redo,
    /// Show this item, which the view or the search hides.
    Show(ItemId),
}

/// The response to a POST request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostResponse {
    /// The HTTP status; 0 for a redirect, which is not followed.
    pub status: u16,
    /// The `Retry-After` header, in seconds.
    pub retry_after: Option<u64>,
    /// Whether the body is an HTML page.
    pub is_page: bool,
    /// The body.
    pub body: bytes::Bytes,
}

/// Where the focus is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Nowhere.
    Lost,
    /// In the row of an item.
    Row(ItemId),
    /// On another element.
    Elsewhere,
}
