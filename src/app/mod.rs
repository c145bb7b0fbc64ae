//! The page. `components` render it, `state` is the page as a value, and `session` connects the two with the browser and
//! the server. The components hold no rules: those of the list are in `domain`, those of the page in `state`.

mod components;
pub mod list_text;
mod session;
mod state;

use leptos::prelude::*;

use crate::browser::{self, DocumentState};
use components::{AddItemForm, ItemList, NoticeView, PageHeader};
use session::PageSession;

/// The interactive part of the page: everything that changes without loading another page.
#[component]
pub fn App(
    /// The state that the server renders, and that the browser reads from the document.
    state: DocumentState,
) -> impl IntoView {
    let (search, draft) = (state.search.clone(), state.draft.clone());
    let undo_query = browser::undo_query(&state);
    let page = browser::address(state.filter, &search) + &undo_query;
    let session = PageSession::new(state);
    // Events arrive in later tasks, when the view below exists.
    browser::listen_to_user_actions(
        move |action| session.perform(action),
        move || session.has_unsaved_text(),
    );
    browser::listen_to_external_events(move |event| session.on_event(event));
    view! {
        <PageHeader session search undo_query/>
        <div class="card">
            <ItemList session page/>
            <div class="foot">
                <NoticeView session/>
                <AddItemForm session draft/>
            </div>
        </div>
    }
}
