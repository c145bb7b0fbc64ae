//! Tells whether a browser is signed in, for pages that it restores from its back/forward cache.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::prelude::*;
use uuid::Uuid;

use super::Pages;

/// The route `/session`.
pub(super) fn router() -> Router<Arc<Pages>> {
    Router::new().route("/session", get(show_session))
}

/// Responds with `signed in`, or with `signed out` and a cookie that has a new value each time.
///
/// When a cookie changes, browsers drop pages from the back/forward cache that have `no-store`. The cookies that
/// signing out removes do not cause that: they change before the browser caches the page. The new cookie does not
/// expire, because that would be another change.
async fn show_session(State(pages): State<Arc<Pages>>, headers: HeaderMap) -> Response {
    // `no-store` would keep the page that sends this request out of the back/forward cache.
    let control = (
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, no-transform"),
    );
    if pages.auth.authenticate(&headers).is_some() {
        return ([control], "signed in").into_response();
    }
    let ended = format!(
        "todo-list-ended={}; HttpOnly; SameSite=Strict; Path=/",
        Uuid::new_v4().simple()
    );
    ([control], [(header::SET_COOKIE, ended)], "signed out").into_response()
}

/// Requests `/session` from a page without script, by an invisible image. Then the browser drops its cached pages.
pub(super) fn drop_cached_pages() -> impl IntoView {
    view! { <img src="/session" alt="" hidden/> }
}
