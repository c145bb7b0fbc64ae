//! The form that adds an item. It works without script.

use leptos::prelude::*;

use crate::app::session::PageSession;
use crate::app::state::RejectedText;

/// A field, a button, and rejected texts. The browser owns the text in the field, so text that the person types before
/// hydration stays.
#[component]
pub(crate) fn AddItemForm(
    session: PageSession,
    /// A rejected text, which the person can correct.
    draft: String,
) -> impl IntoView {
    view! {
        <section class="composer" aria-labelledby="add-item-heading">
            <h2 id="add-item-heading">"Add a New Item"</h2>
            <div id="add-item-error" role="alert" hidden=session.read(|state| state.error_message().0.is_empty())>
                <p class="error">{session.read(|state| state.error_message().0.to_owned())}</p>
                <p class="reason">{session.read(|state| state.error_message().1)}</p>
                {session.read(|state| state.rejected_texts().map(rejected_text_view).collect::<Vec<_>>())}
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

fn rejected_text_view(rejected: RejectedText) -> impl IntoView + use<> {
    let id = rejected.item.id.to_string();
    let retry = if rejected.restores_item {
        "Bring it back"
    } else {
        "Try again"
    };
    view! {
        <p class="unsent">
            <q dir="auto">{rejected.item.title.to_string()}</q>
            <button type="button" name="retry" value=id.clone() class="quiet">{retry}</button>
            <button type="button" name="copy-text" value=id.clone() class="quiet">"Copy text"</button>
            <button type="button" name="discard" value=id class="icon close" aria-label="Discard"></button>
        </p>
    }
}
