//! The links to the views, and what is done to all items.

use leptos::prelude::*;

use crate::app::session::PageSession;
use crate::browser;
use crate::domain::Filter;

/// The footer of the TodoMVC specification, which is above the list, where it needs no scrolling.
#[component]
pub(crate) fn ListBar(
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
    let all_completed = session.read(|state| state.all_completed());
    // The button takes the place of the checkbox before hydration only, so it is not reactive.
    let at_first = untrack(&all_completed);
    view! {
        <div class="footer" hidden=session.read(|state| state.list().is_empty())>
            <ul class="filters" role="list">{Vec::from(links)}</ul>
            <div class="bulk">
                <button
                    form="item-list-form"
                    name="clear"
                    value="completed"
                    class="clear-completed"
                    hidden=session.read(|state| state.list().completed() == 0 || state.is_searching())
                >
                    "Clear"
                    // Narrow pages hide it, but not from screen readers.
                    <span>" completed"</span>
                </button>
                <span class="all" hidden=session.read(|state| state.is_searching())>
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
                </span>
            </div>
        </div>
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
