//! Notices: short messages after an action, with a button to undo it.

use leptos::prelude::*;

use crate::app::session::PageSession;
use crate::app::state::PageState;
use crate::browser::NoticeAction;

/// The notice, and the announcements for screen readers.
#[component]
pub(crate) fn NoticeView(session: PageSession) -> impl IntoView {
    view! {
        <div class="toast" role="status">
            // Each notice restarts the animation: the style sheet has two equal ones, which alternate.
            <div
                class="message"
                data-turn=session.read(|state| (state.notice_count % 2).to_string())
                hidden=session.read(|state| state.notice.is_none())
            >
                <p>{session.read(text)}</p>
                <button
                    form="item-list-form"
                    name=session.read(|state| button(state).0.to_owned())
                    hidden=session.read(|state| action(state) == NoticeAction::None)
                >
                    {session.read(|state| button(state).1.to_owned())}
                </button>
                <button
                    form="item-list-form"
                    name="dismiss"
                    class="icon close"
                    aria-label="Dismiss"
                ></button>
            </div>
        </div>
        <p class="announcement" role="status">{session.read(|state| state.announcement.clone())}</p>
    }
}

fn text(state: &PageState) -> String {
    let Some(notice) = &state.notice else {
        return String::new();
    };
    // A screen reader says the same words again only if the text is another one.
    let ending = ["", "\u{a0}"][state.notice_count % 2];
    notice.text.clone() + ending
}

fn action(state: &PageState) -> NoticeAction {
    let action = state.notice.as_ref().map(|notice| notice.action);
    action.unwrap_or(NoticeAction::None)
}

/// The name and the text of the button.
fn button(state: &PageState) -> (&'static str, &'static str) {
    match action(state) {
        NoticeAction::None | NoticeAction::Undo => ("undo", "Undo"),
        NoticeAction::Redo => ("redo", "Redo"),
        NoticeAction::Show(_) => ("show", "Show"),
    }
}
