//! The login session in which the page was opened.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDocument, HtmlFormElement};

/// The start of the cookie with the id of the login session.
const COOKIE_PREFIX: &str = "todo-list-session=";

thread_local! {
    /// The cookies as they were when the page was opened: in another tab, another person may sign in later.
    static COOKIES: String = cookies();
}

/// The cookies of the browser; empty if it does not give them to this page.
fn cookies() -> String {
    let document: HtmlDocument = document().unchecked_into();
    document.cookie().unwrap_or_default()
}

/// The id of the login session; empty if the server has no password.
pub(super) fn session_id() -> String {
    COOKIES.with(|cookies| id_in(cookies))
}

/// Whether the browser is still in the login session in which the page was opened.
pub(super) fn is_current() -> bool {
    id_in(&cookies()) == session_id()
}

fn id_in(cookies: &str) -> String {
    let mut cookies = cookies.split(';').map(str::trim_start);
    let id = cookies.find_map(|cookie| cookie.strip_prefix(COOKIE_PREFIX));
    id.unwrap_or_default().to_owned()
}

/// Lets the inline script check whether another tab has signed out or has signed another person in. In that case the script
/// leaves this page.
pub fn check_login_session() {
    if let Ok(event) = Event::new("session") {
        // This never fails with a new event.
        let _ = window().dispatch_event(&event);
    }
}

/// Asks the person for confirmation.
#[must_use]
pub fn confirm(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(false)
}

/// Submits the form that ends the login session.
pub fn sign_out() {
    if let Some(form) = super::find_html("#sign-out") {
        let form: &HtmlFormElement = form.unchecked_ref();
        let _ = form.submit();
    }
}
