//! The line that says whether everything is saved.

use leptos::prelude::*;

use crate::app::session::PageSession;

/// A dot and its text.
#[component]
pub(crate) fn SyncStatus(session: PageSession) -> impl IntoView {
    view! {
        <p class="status" data-state=session.read(|state| state.sync_status().0.name().to_owned())>
            {session.read(|state| state.sync_status().1)}
        </p>
        // The style sheet shows it while the page is signed out. It loads the page again: the server, or a proxy before it,
        // answers with its own page to sign in.
        <a class="sign-in" href="">
            "Sign in again"
        </a>
    }
}
