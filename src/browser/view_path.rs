//! The URL paths of the views.

use crate::domain::Filter;

/// The URL path of a view.
#[must_use]
pub fn view_path(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "/",
        Filter::Active => "/active",
        Filter::Completed => "/completed",
    }
}

/// The view of a URL path; `None` if no view has it.
#[must_use]
pub fn view_of_path(path: &str) -> Option<Filter> {
    Filter::EACH
        .into_iter()
        .find(|filter| view_path(*filter) == path)
}
