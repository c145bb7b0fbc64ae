//! In whose session the page was opened, and the way out of it.

use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlFormElement};

/// The cookie with the id of the session.
const NAME: &str = "todo-list-session=";

#[wasm_bindgen]
extern "C" {
    /// As they were when the page was opened: another page may sign somebody else in.
    #[wasm_bindgen(thread_local_v2, js_namespace = document, js_name = cookie)]
    static COOKIES: String;
}

/// The id of the session; empty where nobody has to sign in.
pub(super) fn session_id() -> String {
    COOKIES.with(|cookies| {
        let mut cookies = cookies.split(';').map(str::trim_start);
        let id = cookies.find_map(|cookie| cookie.strip_prefix(NAME));
        id.unwrap_or_default().to_owned()
    })
}

/// Lets the inline script look whether another page of this browser has signed out, or somebody else in. Then it
/// leaves this page.
pub fn check_login_session() {
    if let Ok(event) = Event::new("session") {
        // It never fails with an event of our own.
        let _ = window().dispatch_event(&event);
    }
}

/// Asks the person whether to go on.
#[must_use]
pub fn confirm(question: &str) -> bool {
    window().confirm_with_message(question).unwrap_or(false)
}

/// Sends the form that ends the session.
pub fn sign_out() {
    if let Some(form) = super::find_html("#sign-out") {
        let form: &HtmlFormElement = form.unchecked_ref();
        let _ = form.submit();
    }
}
