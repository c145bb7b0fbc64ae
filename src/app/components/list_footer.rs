//! The footer below the list: the number of open items, the links to the views, and the button to clear completed items.

use leptos::prelude::*;

use crate::app::session::PageSession;
use crate::browser;
use crate::domain::Filter;

/// The footer of the TodoMVC specification.
#[component]
pub(crate) fn ListFooter(
    session: PageSession,
    /// The search text of the rendered page.
    search: String,
    /// The query for undo without script, for the links.
    undo_query: String,
) -> impl IntoView {
    let links = Filter::EACH.map(|filter| {
        let address = browser::address(filter, &search) + &undo_query;
        link(session, filter, address)
    });
    view! {
        <footer class="footer" hidden=session.read(|state| state.list().is_empty())>
            <span class="todo-count" data-testid="todo-count" role="status">
                <strong>{session.read(|state| state.count().0.to_string())}</strong>
                {session.read(|state| state.count().1)}
            </span>
            <ul class="filters">{Vec::from(links)}</ul>
            <button
                form="item-list-form"
                name="clear"
                value="completed"
                class="quiet clear-completed"
                hidden=session.read(|state| state.list().completed() == 0 || state.is_searching())
            >
                "Clear completed"
            </button>
        </footer>
    }
}

/// A link to a view. It states whether the page shows the view.
fn link(session: PageSession, filter: Filter, address: String) -> impl IntoView {
    let is_shown = move || session.read(|state| state.filter)() == filter;
    view! {
        <li>
            <a
                href=address
                class=move || is_shown().then_some("selected")
                aria-current=move || is_shown().then_some("page")
            >
                {filter.name()}
            </a>
        </li>
    }
}
