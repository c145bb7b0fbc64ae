//! The form that adds an item: a real form first, which the script then takes over.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::session::Session;
use crate::browser;
use crate::domain::{Title, TitleError};

/// A field, a button, and what could not be added. The field is the browser's own: what is typed
/// before the script arrives stays in it.
#[component]
pub(super) fn AddItemForm(
    session: Session,
    /// A text that was refused, for the person to change.
    draft: String,
) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(field) = session.field.get_untracked() else {
            return;
        };
        match Title::parse(&field.value()) {
            Err(TitleError::Blank) => {}
            Err(error) => session.refuse_text(error),
            Ok(title) => {
                field.set_value("");
                session.add(title);
                // The new row comes with the next frame.
                request_animation_frame(browser::scroll_to_end);
            }
        }
        let _ = field.focus();
    };
    view! {
        <section class="composer" aria-labelledby="add-item-heading">
            <h2 id="add-item-heading">"Add a New Item"</h2>
            <UnsentItems session/>
            <form id="add-item-form" method="post" action="/" on:submit=submit>
                <input
                    node_ref=session.field
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

/// What could not be added: the reason, and every text that found no place in the field.
#[component]
fn UnsentItems(session: Session) -> impl IntoView {
    view! {
        <div id="add-item-error" role="alert">
            <Show when=move || session.refusal().is_some()>
                <p class="error">"Error: Could not add item."</p>
                <p class="reason">{move || session.refusal()}</p>
            </Show>
            <For
                each=move || session.unsent_items()
                key=|item| item.id
                children=move |item| {
                    let id = item.id;
                    view! {
                        <p class="unsent">
                            <q dir="auto">{item.title.to_string()}</q>
                            <button type="button" class="quiet" on:click=move |_| session.retry(id)>
                                "Try again"
                            </button>
                        </p>
                    }
                }
            />
        </div>
    }
}
