//! The list.

use leptos::prelude::*;

use super::session::Session;
use crate::domain::Item;

/// The items in order, and a word when they could not be loaded.
#[component]
pub(super) fn ItemList(session: Session) -> impl IntoView {
    view! {
        <ul id="item-list" class="todo-list" data-revision=session.revision()>
            <For
                each=move || session.items()
                key=|item| (item.id, item.title.clone())
                children=move |item| view! { <ItemRow session item/> }
            />
            <Show when=move || session.load_failed()>
                <li class="load-error">
                    <p role="alert">"Could not load items."</p>
                    <button type="button" class="quiet" on:click=move |_| session.refresh()>
                        "Try again"
                    </button>
                </li>
            </Show>
        </ul>
    }
}

/// One item. Its text is the title and nothing else.
#[component]
fn ItemRow(session: Session, item: Item) -> impl IntoView {
    // Only an item that this page has added can be pending; the others need not listen.
    let id = item.id;
    let added_here = session.was_pending(id);
    view! {
        <li
            dir="auto"
            data-testid="todo-item"
            data-id=id.to_string()
            class:pending=move || added_here && session.is_pending(id)
        >
            {item.title.to_string()}
        </li>
    }
}
