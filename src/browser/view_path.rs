//! The paths of the pages of the views.

use crate::domain::Filter;

/// The path of a view's page.
#[must_use]
pub fn view_path(filter: Filter) -> &'static str {
    match filter {
        Filter::All => "/",
        Filter::Active => "/active",
        Filter::Completed => "/completed",
    }
}

/// The view of a path; `None` if there is none.
#[must_use]
pub fn view_of_path(path: &str) -> Option<Filter> {
    Filter::EACH
        .into_iter()
        .find(|filter| view_path(*filter) == path)
}
