//! The server's twin of `web`, with the same functions: it renders rows, titles and addresses as HTML, and has no browser.

mod address;
mod case_folding;
mod no_op;
mod random;
mod rows;
mod title;

pub use self::address::{address, show_address, undo_query, view_in_address};
pub use self::case_folding::decompose;
pub use self::no_op::{
    broadcast, check_login_session, close_event_stream, confirm, copy_to_clipboard, document_state,
    editor_selection, editor_text, fill_editor, focus, focus_editor, focus_item,
    focus_new_item_field, is_event_stream_closed, is_new_item_field_blank,
    listen_to_external_events, listen_to_user_actions, mark_hydrated, new_item_text, now,
    open_event_stream, open_tab_storage, post, read_storage, request_lead, request_page_cache,
    request_persistent_storage, restore_focus, schedule_tab_store, scroll_to_end,
    set_new_item_field, set_timeout, sign_out, take_lead, write_storage, write_tab_storage,
};
pub use self::random::{hash_key, new_client_id, new_item_id, random_fraction};
pub use self::rows::{rows, schedule_draw};
pub use self::title::{title_children, title_property};
