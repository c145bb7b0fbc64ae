//! Text that another program shares with the installed page: it appears in the field for a new item.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Pages;
use super::list_form::submit;
use super::query::PageQuery;
use crate::browser::DocumentState;
use crate::domain::{Filter, List, Title};
use crate::server::http::body::Recipient;

/// The route `/share`. It shows a list page, whose forms post to the address of the page.
pub(super) fn router() -> Router<Arc<Pages>> {
    Router::new().route("/share", get(show_shared).post(submit))
}

/// The shared text. The parameters have the names that the manifest declares.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SharedText {
    title: String,
    text: String,
    url: String,
}

impl SharedText {
    /// The title of a new item: the text, or the title if there is no text, followed by the link unless the words
    /// contain it. Many programs put the link into the text.
    ///
    /// `script/hydrate.js` has the same rule.
    fn into_draft(self) -> String {
        let [title, text, url] = [self.title, self.text, self.url].map(|part| one_line(&part));
        let is_link = ["http:", "https:"]
            .iter()
            .any(|scheme| text.starts_with(scheme) && !text.contains(' '));
        let link = if url.is_empty() && is_link {
            &text
        } else {
            &url
        };
        let words = if text.is_empty() || text == *link {
            &title
        } else {
            &text
        };
        let draft = if words.contains(link.as_str()) {
            words.clone()
        } else {
            format!("{words} {link}")
        };
        draft.trim().chars().take(Title::MAX_CHARS).collect()
    }
}

/// Replaces white space and control characters, which a title cannot contain, with single spaces.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Shows the list with the shared text in the field. It does not add an item: any site can link here.
async fn show_shared(
    State(pages): State<Arc<Pages>>,
    recipient: Recipient,
    shared: Result<Query<SharedText>, QueryRejection>,
    query: PageQuery,
) -> Response {
    let draft = shared.map(|Query(shared)| shared.into_draft());
    let Some(draft) = draft.ok().filter(|draft| !draft.is_empty()) else {
        // The search form and the links of the page come back here without shared text.
        return Redirect::to(&query.list_address(Filter::All)).into_response();
    };
    let state = move |pages: &Pages, list: &List| DocumentState {
        draft,
        ..pages.document_state(list, Filter::All, &PageQuery::default())
    };
    pages.show_uncached(recipient, state).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_text_becomes_the_title_of_one_item() {
        let check = |title: &str, text: &str, url: &str, expected: &str| {
            let [title, text, url] = [title, text, url].map(String::from);
            assert_eq!(SharedText { title, text, url }.into_draft(), expected);
        };
        check("", "", "", "");
        check("Milk", "", "", "Milk");
        check("Shop", "Buy milk", "", "Buy milk");
        check("Shop", "", "https://a/b", "Shop https://a/b");
        check("Shop", "Buy milk", "https://a/b", "Buy milk https://a/b");
        check("", "", "https://a/b", "https://a/b");
        check("Shop", "https://a/b", "", "Shop https://a/b");
        check("", "https://a/b", "", "https://a/b");
        check("Shop", "https://a/b", "https://a/b", "Shop https://a/b");
        check("Shop", "See https://a/b", "https://a/b", "See https://a/b");
        check("Shop", "https://a and more", "", "https://a and more");
        check("", " two\r\n lines\0 ", "", "two lines");
        check("", &"\u{1f600}".repeat(501), "", &"\u{1f600}".repeat(500));
    }
}
