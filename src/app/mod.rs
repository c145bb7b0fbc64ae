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
use session::Session;
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
    let trail = browser::trail(&state);
    let page = browser::address(state.filter, &search) + &trail;
    let session = Session::new(state);
    // Nobody can do anything before this has been rendered, in the browser neither.
    browser::listen(
        move |gesture| session.perform(gesture),
        move || session.would_lose_texts(),
    );
    browser::attend(move |report| session.hear(report));
    view! {
        <Toolbar session search=search.clone()/>
        <div class="card">
            <ItemList session cursor page/>
            <ListFooter session search trail/>
        </div>
        <AddItemForm session draft/>
        <Toast session/>
    }
}
