//! The addresses of the views.

use crate::browser::{DocumentState, UserAction, view_path};
use crate::domain::Filter;

/// The address of a view and of a search in it.
#[must_use]
pub fn address(filter: Filter, search: &str) -> String {
    let path = view_path(filter);
    if search.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", search)
        .finish();
    format!("{path}?{query}")
}

/// The query with the steps of this page, for the addresses of other views. Without script, the address is the only place
/// that has them.
#[must_use]
pub fn undo_query(document: &DocumentState) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, steps) in [("done", &document.done), ("undone", &document.undone)] {
        let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
        if !steps.is_empty() {
            query.append_pair(name, &steps.join(","));
        }
    }
    match query.finish() {
        query if query.is_empty() => query,
        query if document.search.is_empty() => format!("?{query}"),
        query => format!("&{query}"),
    }
}

/// There is no address bar.
pub fn show_address(_: Filter, _: &str) {}

/// There is no address bar.
#[must_use]
pub fn view_in_address() -> Option<UserAction> {
    None
}
