//! The list.

use leptos::prelude::*;

use super::item_row::ItemRow;
use super::session::Session;

/// The items that are shown in order, one control for all of them, and a word when they could not be
/// loaded.
#[component]
pub(super) fn ItemList(
    session: Session,
    /// The revision of the list that the server has rendered.
    revision: u64,
) -> impl IntoView {
    let all_completed = session.read(|state| state.all_completed());
    // Before the script has arrived: the button in place of the checkbox need not follow.
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
            <ul id="item-list" class="todo-list" data-revision=revision>
                <For
                    each=move || session.shown()
                    key=|id| *id
                    children=move |id| view! { <ItemRow session id/> }
                />
            </ul>
        </section>
        <p class="empty" role="status" hidden=session.read(|state| state.emptiness().is_empty())>
            {session.read(|state| state.emptiness())}
        </p>
        <p class="load-error" role="alert" hidden=session.read(|state| !state.load_failed)>
            {session.read(|state| if state.load_failed { "Could not load items.".to_owned() } else { String::new() })}
            <button type="button" name="load" class="quiet">"Try again"</button>
        </p>
    }
}
