//! The toolbar above the list: search, undo and redo.

use leptos::prelude::*;

use crate::app::session::PageSession;

/// The search field, and the buttons to undo and to redo.
#[component]
pub(crate) fn Toolbar(
    session: PageSession,
    /// The search text of the rendered page. From then on the browser owns the text in the field.
    search: String,
) -> impl IntoView {
    view! {
        <div class="toolbar" hidden=session.read(|state| state.is_toolbar_hidden())>
            <form id="search-form" role="search">
                <input
                    id="search"
                    type="search"
                    name="q"
                    value=search
                    placeholder="Search"
                    aria-label="Search"
                    autocomplete="off"
                    enterkeyhint="search"
                />
            </form>
            <button
                form="item-list-form"
                name="undo"
                class="icon undo"
                aria-label="Undo"
                disabled=session.read(|state| !state.undo_stack.can_undo())
            ></button>
            <button
                form="item-list-form"
                name="redo"
                class="icon redo"
                aria-label="Redo"
                disabled=session.read(|state| !state.undo_stack.can_redo())
            ></button>
        </div>
    }
}
