//! What another program shares with the installed page: a text in the field, ready to be added.

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Deserialize;

use super::Pages;
use super::list::submit;
use super::view::View;
use crate::browser::DocumentState;
use crate::domain::{Filter, List, Title};
use crate::server::http::body::Recipient;

/// The route. Forms without script post to the address of their page: here they are those of the list.
pub(super) fn router() -> Router<Pages> {
    Router::new().route("/share", get(show).post(submit))
}

/// What is shared, as the manifest names it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Shared {
    title: String,
    text: String,
    url: String,
}

impl Shared {
    /// It as the text of one item: the text or else the title, and the link unless it stands there. Many
    /// programs have no link to give, and put it into the text.
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

/// A text without what no title can have.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// Changes nothing: whoever leads somebody here can only suggest a text.
async fn show(
    State(pages): State<Pages>,
    recipient: Recipient,
    shared: Result<Query<Shared>, QueryRejection>,
    view: Result<Query<View>, QueryRejection>,
) -> Response {
    let draft = shared.map(|Query(shared)| shared.into_draft());
    let view = view.map(|Query(view)| view).unwrap_or_default();
    let Some(draft) = draft.ok().filter(|draft| !draft.is_empty()) else {
        // The forms that search and that lead through the list have nothing to share.
        return Redirect::to(&view.address(Filter::All)).into_response();
    };
    let state = move |pages: &Pages, list: &List| DocumentState {
        draft,
        ..pages.state(list, Filter::All, &View::default())
    };
    pages.show_alone(recipient, state).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_becomes_the_text_of_one_item() {
        let check = |title: &str, text: &str, url: &str, expected: &str| {
            let [title, text, url] = [title, text, url].map(String::from);
            assert_eq!(Shared { title, text, url }.into_draft(), expected);
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
