//! The page. Its components hold no rules; those are in `domain`.

mod add_item_form;
mod item_list;
mod session;
mod unsent;

use leptos::prelude::*;

use crate::browser::{self, DocumentState};
use add_item_form::AddItemForm;
use item_list::ItemList;
use session::Session;

/// Everything in the body of the page.
#[component]
pub fn App(
    /// What the server renders, and what the browser reads back from it.
    state: DocumentState,
) -> impl IntoView {
    let session = Session::new(&state);
    Effect::new(move || {
        browser::on_return(move || session.refresh());
        browser::warn_before_leaving(move || session.holds_texts());
        browser::mark_hydrated();
    });
    view! {
        <main class="page">
            <h1>"My To-Do List"</h1>
            <ItemList session/>
            <AddItemForm session draft=state.draft/>
        </main>
    }
}
