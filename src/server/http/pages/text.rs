//! The list as plain text, to copy from where there is no script, and for programs.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::Pages;
use crate::app::list_text;
use crate::server::http::body::{Chunks, Recipient};
use crate::server::http::cache::{RenderedBody, ResponseCache};

/// The list as plain text, and as Markdown.
pub(super) type Texts = [ResponseCache<u64>; 2];

/// The routes: `/list.txt` and `/list.md`.
pub(super) fn router() -> Router<Pages> {
    let plain = async |State(pages): State<Pages>, recipient: Recipient| {
        show(&pages, recipient, false).await
    };
    let markdown = async |State(pages): State<Pages>, recipient: Recipient| {
        show(&pages, recipient, true).await
    };
    Router::new()
        .route("/list.txt", get(plain))
        .route("/list.md", get(markdown))
}

async fn show(pages: &Pages, recipient: Recipient, markdown: bool) -> Response {
    let store = pages.store.clone();
    let write = move || {
        let (list, mut chunks) = (store.list(), Chunks::default());
        for item in list.items() {
            chunks.push(list_text::format_items(std::iter::once(item), markdown).as_bytes());
        }
        let content = RenderedBody::new("text/plain; charset=utf-8", chunks);
        (list.revision(), content)
    };
    let store = &pages.store;
    let (is, items) = (|| store.revision(), || store.list().len());
    let latest = &pages.texts[usize::from(markdown)];
    let answer = latest
        .respond(&pages.pool, recipient, is, items, write)
        .await;
    answer.unwrap_or_else(|refusal| pages.refused(refusal))
}
