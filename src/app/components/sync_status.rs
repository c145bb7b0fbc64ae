//! Where the person stands: one quiet line that says whether everything is saved.

use leptos::prelude::*;

use crate::app::session::Session;

/// A dot, and words for what it means.
#[component]
pub(crate) fn Status(session: Session) -> impl IntoView {
    view! {
        <p class="status" data-state=session.read(|state| state.standing().0.to_owned())>
            {session.read(|state| state.standing().1)}
        </p>
        // Shown by the style sheet when it is needed.
        <a class="sign-in" href="/sign-in">"Sign in"</a>
    }
}
