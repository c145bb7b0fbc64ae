//! The form that adds an item: a real form first, which the script then takes over.

use leptos::prelude::*;

use super::sync_status::SyncStatus;
use crate::app::session::PageSession;
use crate::app::state::RejectedText;

/// A field, a button, and what could not be added. The field is the browser's own: what is typed
/// before the script arrives stays in it.
#[component]
pub(crate) fn AddItemForm(
    session: PageSession,
    /// A text that was refused, for the person to change.
    draft: String,
) -> impl IntoView {
    view! {
        <section class="composer" aria-labelledby="add-item-heading">
            <div class="heading">
                <h2 id="add-item-heading">"Add a New Item"</h2>
                <SyncStatus session/>
            </div>
            <div id="add-item-error" role="alert" hidden=session.read(|state| state.error_message().0.is_empty())>
                <p class="error">{session.read(|state| state.error_message().0.to_owned())}</p>
                <p class="reason">{session.read(|state| state.error_message().1)}</p>
                {session.read(|state| state.rejected_texts().map(unsent_view).collect::<Vec<_>>())}
            </div>
            <p class="pasted" hidden=session.read(|state| state.pasted.is_empty())>
                <button type="button" name="add-pasted">
                    {session.read(|state| format!("Add {} items", state.pasted.len()))}
                </button>
                <button type="button" name="keep-pasted" class="quiet">"Keep as one"</button>
            </p>
            <form id="add-item-form" method="post">
                <input
                    id="item-input"
                    class="new-todo"
                    type="text"
                    name="title"
                    value=draft
                    placeholder="What needs to be done?"
                    aria-labelledby="add-item-heading"
                    autocomplete="off"
                    enterkeyhint="done"
                    dir="auto"
                    required
                    autofocus
                />
                <button type="submit">"Add Item"</button>
            </form>
        </section>
    }
}

fn unsent_view(refused: RejectedText) -> impl IntoView + use<> {
    let id = refused.item.id.to_string();
    let retry = if refused.restores_item {
        "Bring it back"
    } else {
        "Try again"
    };
    view! {
        <p class="unsent">
            <q dir="auto">{refused.item.title.to_string()}</q>
            <button type="button" name="retry" value=id.clone() class="quiet">{retry}</button>
            <button type="button" name="copy-text" value=id.clone() class="quiet">"Copy text"</button>
            <button type="button" name="discard" value=id class="icon close" aria-label="Discard"></button>
        </p>
    }
}
