//! The page. Its components hold no rules: those of the list are in `domain`, those of the page in
//! `state`.

mod components;
pub mod list_text;
mod session;
mod state;

use leptos::prelude::*;

use crate::browser::{self, DocumentState};
use crate::domain::{Cursor, Item};
use components::{AddItemForm, ItemList, ListFooter, Toast, Toolbar};
use session::PageSession;
use state::matches;

/// Which items the page shows.
pub fn is_shown(state: &DocumentState) -> impl Fn(&Item) -> bool {
    let needle = browser::fold(state.search.trim());
    let (filter, edited) = (state.filter, state.editing.as_ref().map(|(id, _)| *id));
    move |item| edited == Some(item.id) || matches(item, filter, &needle, browser::fold)
}

/// The part of the page that is alive: everything that changes without a new page.
#[component]
pub fn App(
    /// What the server renders, and what the browser reads back from it.
    state: DocumentState,
) -> impl IntoView {
    let cursor = Cursor {
        epoch: state.epoch,
        revision: state.listing.revision,
    };
    let (search, draft) = (state.search.clone(), state.draft.clone());
    let undo_query = browser::undo_query(&state);
    let page = browser::address(state.filter, &search) + &undo_query;
    let session = PageSession::new(state);
    // Nobody can do anything before this has been rendered, in the browser neither.
    browser::listen_to_user_actions(
        move |action| session.perform(action),
        move || session.has_unsaved_text(),
    );
    browser::listen_to_external_events(move |event| session.on_event(event));
    view! {
        <Toolbar session search=search.clone()/>
        <div class="card">
            <ItemList session cursor page/>
            <ListFooter session search undo_query/>
        </div>
        <AddItemForm session draft/>
        <Toast session/>
    }
}
