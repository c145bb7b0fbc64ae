//! The list as plain text, to copy from where there is no script, and for programs.

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;

use super::Pages;
use crate::app::list_text;
use crate::server::http::body::{Asker, Pieces, Reader};
use crate::server::http::cache::response_cache::{Content, Latest};

/// The list as plain text, and as Markdown.
pub(super) type Texts = [Latest<u64>; 2];

/// The routes: `/list.txt` and `/list.md`.
pub(super) fn router() -> Router<Pages> {
    let plain = async |State(pages): State<Pages>, Asker(client): Asker, headers: HeaderMap| {
        let headers = &headers;
        show(&pages, Reader { client, headers }, false).await
    };
    let markdown = async |State(pages): State<Pages>, Asker(client): Asker, headers: HeaderMap| {
        let headers = &headers;
        show(&pages, Reader { client, headers }, true).await
    };
    Router::new()
        .route("/list.txt", get(plain))
        .route("/list.md", get(markdown))
}

async fn show(pages: &Pages, reader: Reader<'_>, markdown: bool) -> Response {
    let store = pages.store.clone();
    let write = move || {
        let (list, mut pieces) = (store.list(), Pieces::default());
        for item in list.items() {
            pieces.push(list_text::format_items(std::iter::once(item), markdown).as_bytes());
        }
        let content = Content::new("text/plain; charset=utf-8", pieces);
        (list.revision(), content)
    };
    let store = &pages.store;
    let (is, items) = (|| store.revision(), || store.list().len());
    let latest = &pages.texts[usize::from(markdown)];
    let answer = latest.answer(&pages.reads, reader, is, items, write).await;
    answer.unwrap_or_else(|refusal| pages.refused(refusal))
}
