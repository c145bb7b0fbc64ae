//! The address of the page: which view of the list it shows, and which search.

use js_sys::encode_uri_component;
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use web_sys::{HtmlInputElement, UrlSearchParams};

use crate::browser::{DocumentState, UserAction, view_of_path, view_path};
use crate::domain::{Filter, sanitize_search};

/// The address of a view and of a search in it.
#[must_use]
pub fn address(filter: Filter, search: &str) -> String {
    let path = view_path(filter);
    if search.is_empty() {
        return path.to_owned();
    }
    format!("{path}?q={}", String::from(encode_uri_component(search)))
}

/// The query for undo without script: empty, because the page has its own undo stack.
#[must_use]
pub fn undo_query(_: &DocumentState) -> String {
    String::new()
}

/// Shows the address of a view. A changed search replaces the entry in the browser's history, another view adds one. The
/// search field and the links to the views are updated.
pub fn show_address(filter: Filter, search: &str) {
    if let Some(field) = super::search_field()
        && field.value() != search
    {
        field.set_value(search);
    }
    if let Some(links) = super::find(".filters") {
        let mut link = links.query_selector("li").ok().flatten();
        for other in Filter::EACH {
            let Some(item) = link else { break };
            if let Ok(Some(link)) = item.query_selector("a") {
                let _ = link.set_attribute("href", &address(other, search));
            }
            link = item.next_element_sibling();
        }
    }
    let address = address(filter, search);
    let here = window().location();
    let (Ok(history), Ok(before)) = (window().history(), here.pathname()) else {
        return;
    };
    // Browsers limit the rate of these calls. The page works all the same.
    let _ = if before == view_path(filter) {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    };
}

/// The view and the search in the address bar.
#[must_use]
pub fn view_in_address() -> Option<UserAction> {
    let here = window().location();
    let filter = view_of_path(&here.pathname().ok()?)?;
    let query = UrlSearchParams::new_with_str(&here.search().ok()?).ok()?;
    let search = query.get("q").unwrap_or_default();
    Some(UserAction::ShowView(filter, sanitize_search(&search)))
}

/// The action of a changed search field.
pub(super) fn search_action(field: &HtmlInputElement) -> Option<UserAction> {
    let path = window().location().pathname().ok()?;
    Some(UserAction::ShowView(view_of_path(&path)?, field.value()))
}
