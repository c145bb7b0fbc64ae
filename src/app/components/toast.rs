//! A short message after something was done, with the way back.

use leptos::prelude::*;

use crate::app::session::PageSession;
use crate::app::state::PageState;
use crate::browser::NoticeAction;

/// The message, and what only screen readers hear.
#[component]
pub(crate) fn Toast(session: PageSession) -> impl IntoView {
    view! {
        <div class="toast" role="status">
            // Each message begins its time anew: the style sheet has two animations, which take turns.
            <div
                class="message"
                data-turn=session.read(|state| (state.notice_count % 2).to_string())
                hidden=session.read(|state| state.notice.is_none())
            >
                <p>{session.read(text)}</p>
                <button
                    form="item-list-form"
                    name=session.read(|state| if redoes(state) { "redo" } else { "undo" }.to_owned())
                    hidden=session.read(|state| offer(state) == NoticeAction::None)
                >
                    {session.read(|state| if redoes(state) { "Redo" } else { "Undo" }.to_owned())}
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
    let text = state.notice.as_ref().map(|notice| notice.text.clone());
    text.unwrap_or_default()
}

fn offer(state: &PageState) -> NoticeAction {
    let offer = state.notice.as_ref().map(|notice| notice.offer);
    offer.unwrap_or(NoticeAction::None)
}

fn redoes(state: &PageState) -> bool {
    offer(state) == NoticeAction::Redo
}
