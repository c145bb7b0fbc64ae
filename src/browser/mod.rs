//! Everything that touches the browser beyond what the components render, with one face for both
//! builds: in the server the same functions exist and do nothing.

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

pub use list_diff::{ListEdit, diff, is_subsequence};
pub use side::{
    address, broadcast, check_login_session, close_event_stream, confirm, copy_to_clipboard,
    document_state, editor_text, focus, focus_editor, focus_new_item_field, fold, hash_key,
    is_event_stream_closed, is_new_item_field_blank, listen_to_external_events,
    listen_to_user_actions, mark_hydrated, new_client_id, new_item_id, now, open_event_stream,
    post, random_fraction, read_storage, request_lead, request_page_cache,
    request_persistent_storage, restore_focus, rows, schedule_draw, scroll_to_end,
    set_new_item_field, set_timeout, show_address, sign_out, title_children, title_property,
    undo_query, view_in_address, write_storage,
};
pub use streamed_views::{HtmlSink, StreamedViews};
pub use user_action::{Direction, UserAction};
pub use view_path::{view_of_path, view_path};

use std::sync::Arc;

use crate::domain::{Change, Cursor, Filter, ItemId, Listing};

/// How many rows are drawn with all their controls: some screens full.
pub const INTERACTIVE_ROWS: usize = 100;

/// How many rows stand in a block of their own in a list that has more than [`INTERACTIVE_ROWS`].
pub const ROWS_PER_BLOCK: usize = 100;

/// Which rows of a page that has just been rendered have all their controls: the first ones, and those
/// around the item that is edited.
pub fn is_interactive(shown: &[ItemId], edited: Option<ItemId>) -> impl Fn(usize) -> bool + use<> {
    let edited = edited.and_then(|edited| shown.iter().position(|id| *id == edited));
    move |index| {
        index < INTERACTIVE_ROWS
            || edited.is_some_and(|edited| index.abs_diff(edited) < INTERACTIVE_ROWS / 2)
    }
}

/// What the server has rendered into the document, read back when the page hydrates: the document
/// itself carries the state, once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentState {
    /// Which history of the list it is.
    pub epoch: u64,
    /// The list, all of it.
    pub listing: Listing,
    /// Which of its items the page shows.
    pub filter: Filter,
    /// What it searches for.
    pub search: String,
    /// The item whose editor is open, and the text in it.
    pub editing: Option<(ItemId, String)>,
    /// What was just done, or why it was not.
    pub notice: Option<Notice>,
    /// The commands that can be undone, and those that can be redone, the latest last: numbers of
    /// commands that were given by forms.
    pub done: Vec<u64>,
    /// See `done`.
    pub undone: Vec<u64>,
    /// The text that was refused and stands in the field again.
    pub draft: String,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// A short message, and what it offers to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub text: String,
    /// What the button beside it does.
    pub offer: NoticeAction,
}

/// What a message offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeAction {
    /// Nothing: there is no button.
    None,
    /// To take back what it tells.
    Undo,
    /// To do again what was taken back.
    Redo,
}

/// What has come back from a POST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostResponse {
    /// The status of the answer.
    pub status: u16,
    /// After how many seconds it is worth to ask again, if the answer says so.
    pub retry_after: Option<u64>,
    /// The body of the answer.
    pub body: bytes::Bytes,
}

/// Where the keyboard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// Nowhere.
    Lost,
    /// In the row of an item.
    Row(ItemId),
    /// On something else.
    Elsewhere,
}

/// What one page tells the other pages of its browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabMessage {
    /// The storage has changed.
    StorageChanged,
    /// The calls of the leading page have begun to fail.
    CallsFail,
    /// The calls of the leading page succeed again.
    CallsWork,
}

/// What reaches the page from elsewhere: from the server, from other pages of this browser, from the
/// service worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExternalEvent {
    /// The page is open, and has taken over what the server has rendered.
    Opened,
    /// The list has changed, once or several times.
    ListChanged(Vec<Arc<Change>>),
    /// The list is here, and the server is to be reached.
    Heartbeat(Cursor),
    /// What has happened since this page last heard is not known any more.
    StreamReset,
    /// The server, or the network, is not to be reached.
    ConnectionLost,
    /// Somebody has come back to this page, or the network has: much may have been missed.
    Resumed,
    /// Another page has changed what is stored.
    StorageChanged,
    /// The calls of the leading page fail.
    CallsFail,
    /// The calls of the leading page succeed again.
    CallsWork,
    /// This page leads from now on: it talks to the server for all pages of this browser.
    LeadGained,
    /// Another page leads from now on.
    LeadLost,
    /// The page that opens without a network is up to date up to here.
    PageCached(Cursor),
}
