//! The list as plain text and as Markdown: for pages without script, where people copy it by hand, and for programs.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;

use super::Pages;
use crate::app::list_text;
use crate::server::http::body::{Chunks, Recipient};
use crate::server::http::cache::{RenderedBody, ResponseCache};

/// The responses for plain text and for Markdown. They depend on the revision of the list only.
pub(super) type TextCache = [ResponseCache<u64>; 2];

/// The routes `/list.txt` and `/list.md`.
pub(super) fn router() -> Router<Arc<Pages>> {
    Router::new()
        .route("/list.txt", get(show_plain_text))
        .route("/list.md", get(show_markdown))
}

async fn show_plain_text(State(pages): State<Arc<Pages>>, recipient: Recipient) -> Response {
    pages.show_text(recipient, false).await
}

async fn show_markdown(State(pages): State<Arc<Pages>>, recipient: Recipient) -> Response {
    pages.show_text(recipient, true).await
}

impl Pages {
    async fn show_text(&self, recipient: Recipient, markdown: bool) -> Response {
        let store = self.store.clone();
        let write = move || {
            let (list, mut chunks) = (store.list(), Chunks::default());
            for item in list.items() {
                chunks.push(list_text::format_items(std::iter::once(item), markdown).as_bytes());
            }
            let content = RenderedBody::new("text/plain; charset=utf-8", chunks);
            (list.revision(), content)
        };
        let (revision, length) = (|| self.store.revision(), || self.store.list().len());
        let cache = &self.texts[usize::from(markdown)];
        let response = cache.respond(&self.pool, recipient, revision, length, write);
        response
            .await
            .unwrap_or_else(|refusal| self.refused(refusal))
    }
}
