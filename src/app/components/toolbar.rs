//! The toolbar beside the name of the list: search, undo, redo and the menu.

use leptos::prelude::*;

use crate::app::session::PageSession;

/// The search field, which looks like a button until it has the focus or a text, and the buttons.
#[component]
pub(crate) fn Toolbar(
    session: PageSession,
    /// The search text of the rendered page. From then on the browser owns the text in the field.
    search: String,
) -> impl IntoView {
    view! {
        <div class="toolbar">
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
            <button type="button" class="icon dots" popovertarget="page-menu" aria-label="Menu"></button>
        </div>
    }
}
