//! The body of a list page. Only the [`App`] in it is hydrated: the rest is in no WASM module.

use leptos::prelude::*;

use super::fields;
use super::query::CommandNumbers;
use super::state_element::state_element;
use crate::app::App;
use crate::browser::DocumentState;

/// Who can use the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum AccessMode {
    /// Clients on this machine. The server is not reachable over the network.
    #[default]
    LocalOnly,
    /// Every client that can reach the server. The page suggests to set a password.
    OpenToNetwork,
    /// Clients that are signed in. The page has a button to sign out.
    Password,
}

/// The body of a list page.
#[component]
pub(super) fn ListView(
    /// The state that the page hydrates from.
    state: DocumentState,
    access: AccessMode,
) -> impl IntoView {
    let has_sign_out = access == AccessMode::Password;
    let sign_out = has_sign_out
        .then(|| view! { <form id="sign-out" method="post" action="/sign-out"></form> });
    let (edited, old_title) = match &state.editing {
        Some((id, text)) => (id.to_string(), text.clone()),
        None => Default::default(),
    };
    let state_element = state_element(&state);
    let (revision, done, undone) = (
        state.listing.revision,
        join_numbers(&state.done),
        join_numbers(&state.undone),
    );
    view! {
        <main class="page">
            <div id="live">
                <App state/>
            </div>
            // Its button is in the toolbar.
            <PageMenu has_sign_out/>
            {(access == AccessMode::OpenToNetwork).then(|| view! {
                <p class="hint">
                    "Everyone who can reach this server can read and change the list. To set a password, run "
                    <code>"todo-list password"</code>
                    "."
                </p>
            })}
        </main>
        // When the WASM module fails, `script/failure.js` fills in the item whose editor is open.
        <form id="edit-form" method="post">
            <input type="hidden" name=fields::ITEM value=edited/>
            <input type="hidden" name=fields::OLD_TITLE value=old_title/>
        </form>
        {sign_out}
        <form id="item-list-form" method="post">
            <input type="hidden" name=fields::REVISION value=revision/>
        </form>
        <input type="hidden" id="done" form="search-form" name=fields::DONE disabled=done.is_empty() value=done/>
        <input type="hidden" id="undone" form="search-form" name=fields::UNDONE disabled=undone.is_empty() value=undone/>
        {state_element}
        <Shortcuts/>
        // `script/update.js` shows this when a new version is installed.
        <p id="update" role="status" hidden>
            "A new version is ready. "
            <button type="button">"Reload"</button>
        </p>
        // `script/failure.js` shows this when the WASM module has failed.
        <p id="failure" role="alert" hidden>
            "This page no longer updates by itself. Its forms still work. "
            <button type="button">"Reload"</button>
        </p>
    }
}

fn join_numbers(numbers: &[u64]) -> String {
    CommandNumbers(numbers.to_vec()).into()
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

/// Each shortcut: what it does, and its keys.
const SHORTCUTS: [(&str, &[&str]); 15] = [
    ("Go to the new item", &["n"]),
    ("Search", &["/"]),
    ("All, active or completed items", &["1", "2", "3"]),
    ("From an empty field to the list", &["\u{2191}", "Esc"]),
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
    let rows = SHORTCUTS.iter().map(|(action, action_keys)| {
        view! {
            <div>
                <dt>{*action}</dt>
                <dd>{keys(action_keys)}</dd>
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
                <button autofocus>"Close"</button>
            </form>
        </dialog>
    }
}
