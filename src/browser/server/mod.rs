//! The server's twin of `web`: it renders rows, titles and addresses, and has no browser to talk to.

mod address;
mod case_folding;
mod no_op;
mod random;
mod rows;
mod title;

pub use self::address::{address, asked_view, show_address, trail};
pub use self::case_folding::fold;
pub use self::no_op::{
    after, ask, attend, broadcast, check_session, copy, document_state, editor_text, field_is_free,
    focus, focus_editor, focus_field, follow, keep_page, lead, listen, mark_hydrated, mend_focus,
    now, persist, post, put_into_field, scroll_to_end, sign_out, store, stored, stream_has_ended,
    unfollow,
};
pub use self::random::{hash_key, new_client_id, new_item_id, random_share};
pub use self::rows::{draw, rows};
pub use self::title::{title_children, title_property};
