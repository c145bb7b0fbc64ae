//! The list of items.

use leptos::prelude::*;

use super::item_row::{item_row, text_only_row};
use crate::app::session::PageSession;
use crate::app::state::PageState;
use crate::browser;

/// The visible items in order, or a few words if there are none.
#[component]
pub(crate) fn ItemList(
    session: PageSession,
    /// The address of this page.
    page: String,
) -> impl IntoView {
    let rows = browser::rows(
        move || session.visible_items(),
        move || session.state.with_untracked(PageState::edited),
        move |id, is_interactive| session.row(id, is_interactive),
        |row| &row.title,
        item_row,
        move |id, row| text_only_row(id, row, &page),
    );
    view! {
        <section class="main" aria-label="Items" hidden=session.read(|state| state.list().is_empty())>
            <ul id="item-list" role="list" class="todo-list">
                {rows}
            </ul>
        </section>
        <p class="empty" role="status" hidden=session.read(|state| state.empty_message().is_empty())>
            {session.read(|state| state.empty_message())}
        </p>
    }
}
