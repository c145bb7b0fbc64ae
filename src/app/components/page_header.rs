//! The header, which stays in the window: the name of the list, the toolbar, what is left, and the views.

use leptos::prelude::*;

use super::list_bar::ListBar;
use super::sync_status::SyncStatus;
use super::toolbar::Toolbar;
use crate::app::session::PageSession;

/// Everything above the list.
#[component]
pub(crate) fn PageHeader(
    session: PageSession,
    /// The search text of the rendered page.
    search: String,
    /// The query for undo without script, for the links.
    undo_query: String,
) -> impl IntoView {
    view! {
        <header class="top">
            <div class="heading">
                <h1>"My To-Do List"</h1>
                <Toolbar session search=search.clone()/>
                <div class="facts">
                    <span
                        class="todo-count"
                        data-testid="todo-count"
                        role="status"
                        hidden=session.read(|state| state.list().is_empty())
                    >
                        <strong>{session.read(|state| state.count().0.to_string())}</strong>
                        {session.read(|state| state.count().1)}
                    </span>
                    <SyncStatus session/>
                </div>
            </div>
            <ListBar session search undo_query/>
        </header>
    }
}
