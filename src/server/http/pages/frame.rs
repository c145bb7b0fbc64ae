//! What stands around the living part of a list page. The script takes none of it over, so none of it
//! is in the script.

use leptos::prelude::*;

use super::view::Steps;
use crate::app::App;
use crate::browser::{DocumentState, StreamedViews};
use crate::domain::Item;

/// What depends on who may use the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Surroundings {
    /// Whether whoever reads the page has signed in, and can sign out.
    pub(super) has_sign_out: bool,
    /// Whether everybody may use the list who reaches the server, and a password would help.
    pub(super) is_open_to_all: bool,
}

/// The body of a list page.
#[component]
pub(super) fn Frame(
    /// What the page shows.
    state: DocumentState,
    /// What stands around it.
    surroundings: Surroundings,
) -> impl IntoView {
    let sign_out = surroundings
        .has_sign_out
        .then(|| view! { <form id="sign-out" method="post" action="/sign-out"></form> });
    let (edited, was) = match &state.editing {
        Some((id, text)) => (id.to_string(), text.clone()),
        None => Default::default(),
    };
    let others = other_items(&state);
    let (revision, done, undone) = (
        state.listing.revision,
        steps(&state.done),
        steps(&state.undone),
    );
    view! {
        <main class="page">
            <header class="top">
                <h1>"My To-Do List"</h1>
                <button class="icon more" popovertarget="page-menu" aria-label="Menu"></button>
                <PageMenu has_sign_out=surroundings.has_sign_out/>
            </header>
            <div id="live">
                <App state/>
            </div>
            {surroundings.is_open_to_all.then(|| view! {
                <p class="hint">
                    "Everybody who reaches this server can read and change the list. A password is set by "
                    <code>"todo-list password"</code>
                    "."
                </p>
            })}
        </main>
        // `script/failure.js` fills in the item whose editor the script has opened.
        <form id="edit-form" method="post">
            <input type="hidden" name="item" value=edited/>
            <input type="hidden" name="was" value=was/>
        </form>
        {sign_out}
        <form id="item-list-form" method="post">
            <input type="hidden" name="revision" value=revision/>
        </form>
        <input type="hidden" id="done" form="search-form" name="done" disabled=done.is_empty() value=done/>
        <input type="hidden" id="undone" form="search-form" name="undone" disabled=undone.is_empty() value=undone/>
        {others}
        <Shortcuts/>
        // A new version waits. `script/update.js` shows it.
        <p id="update" role="status" hidden>
            "A new version is ready. "
            <button type="button">"Reload"</button>
        </p>
        // The script has failed. `script/failure.js` shows it.
        <p id="failure" role="alert" hidden>
            "This page no longer updates by itself. Its forms still work. "
            <button type="button">"Reload"</button>
        </p>
    }
}

/// Steps as the script reads them back.
fn steps(steps: &[u64]) -> String {
    Steps(steps.to_vec()).into()
}

/// The items that the page does not show, for the script: the document carries the whole list.
fn other_items(state: &DocumentState) -> Option<impl IntoView + use<>> {
    let is_shown = crate::app::is_shown(state);
    let items = state.listing.items.iter().enumerate();
    let others: Vec<_> = items
        .filter(|(_, item)| !is_shown(item))
        .map(|(place, item)| (place, item.clone()))
        .collect();
    (!others.is_empty()).then(|| {
        let others = others.into_iter();
        let others = StreamedViews(others.map(|(place, item)| other_item(place, &item)));
        view! { <template id="other-items">{others}</template> }
    })
}

fn other_item(place: usize, item: &Item) -> impl IntoView + use<> {
    let class = item.completed_at.map(|_| "completed");
    view! {
        <li data-place=place class=class>
            <span id=item.id.to_string()>{item.title.to_string()}</span>
        </li>
    }
}

#[component]
fn PageMenu(has_sign_out: bool) -> impl IntoView {
    let sign_out = has_sign_out.then(|| {
        view! {
            <button form="sign-out" name="sign-out">"Sign out"</button>
        }
    });
    view! {
        <div id="page-menu" class="menu" popover>
            <form method="get" action="/list.txt">
                <a href="/trash">"Removed items"</a>
                <button name="copy" value="text">"Copy as text"</button>
                <button name="copy" value="markdown" formaction="/list.md">"Copy as Markdown"</button>
                <button type="button" name="print" class="needs-script">"Print"</button>
                <button type="button" name="help" class="needs-script">"Keyboard shortcuts"</button>
                {sign_out}
            </form>
        </div>
    }
}

const SHORTCUTS: [(&str, &[&str]); 13] = [
    ("Go to the new item", &["n"]),
    ("Search", &["/"]),
    ("Next item", &["\u{2193}", "j"]),
    ("Previous item", &["\u{2191}", "k"]),
    ("Complete", &["Space", "x"]),
    ("Edit", &["Enter", "e"]),
    ("Remove", &["Delete", "#"]),
    ("Move up or down", &["Alt \u{2191}", "Alt \u{2193}"]),
    (
        "Move to top or bottom",
        &["Alt Shift \u{2191}", "Alt Shift \u{2193}"],
    ),
    ("Undo", &["Ctrl Z"]),
    ("Redo", &["Ctrl Shift Z"]),
    ("Leave the editor", &["Esc"]),
    ("This list", &["?"]),
];

#[component]
fn Shortcuts() -> impl IntoView {
    let keys = |keys: &'static [&'static str]| {
        let keys = keys.iter().map(|key| view! { <kbd>{*key}</kbd> });
        keys.collect::<Vec<_>>()
    };
    let rows = SHORTCUTS.iter().map(|(what, with)| {
        view! {
            <div>
                <dt>{*what}</dt>
                <dd>{keys(with)}</dd>
            </div>
        }
    });
    view! {
        <dialog id="shortcuts" aria-labelledby="shortcuts-heading">
            <h2 id="shortcuts-heading">"Keyboard shortcuts"</h2>
            <dl>{rows.collect::<Vec<_>>()}</dl>
            <p>
                <input id="letters" class="toggle" type="checkbox" checked/>
                <label for="letters">"Single letters are shortcuts"</label>
            </p>
            <form method="dialog">
                <button>"Close"</button>
            </form>
        </dialog>
    }
}
