//! The list as plain text, to copy from where there is no script, and for programs.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Pages;
use crate::app::text;

/// The routes: `/list.txt` and `/list.md`.
pub(super) fn router() -> Router<Pages> {
    Router::new()
        .route("/list.txt", get(async |State(pages)| show(&pages, false)))
        .route("/list.md", get(async |State(pages)| show(&pages, true)))
}

fn show(pages: &Pages, markdown: bool) -> impl IntoResponse + use<> {
    let list = pages.store.list();
    let media_type = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (media_type, text::of(list.items(), markdown))
}
