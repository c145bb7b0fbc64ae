//! The list of items.

use leptos::prelude::*;

use super::item_row::{item_row, text_only_row};
use crate::app::session::PageSession;
use crate::app::state::PageState;
use crate::browser;

/// The visible items in order, and one checkbox for all items.
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
    let all_completed = session.read(|state| state.all_completed());
    // The button takes the place of the checkbox before hydration only, so it is not reactive.
    let at_first = untrack(&all_completed);
    view! {
        <section class="main" aria-label="Items" hidden=session.read(|state| state.list().is_empty())>
            <p class="all" hidden=session.read(|state| state.is_searching())>
                <button
                    form="item-list-form"
                    name="all"
                    value=if at_first { "false" } else { "true" }
                    class="check"
                    role="checkbox"
                    aria-checked=if at_first { "true" } else { "false" }
                    aria-labelledby="toggle-all-label"
                ></button>
                <input
                    id="toggle-all"
                    class="toggle-all"
                    type="checkbox"
                    prop:checked=all_completed
                />
                <label id="toggle-all-label" for="toggle-all">"Mark all as complete"</label>
            </p>
            <ul id="item-list" role="list" class="todo-list">
                {rows}
            </ul>
        </section>
        <p class="empty" role="status" hidden=session.read(|state| state.empty_message().is_empty())>
            {session.read(|state| state.empty_message())}
        </p>
    }
}
