//! Whether the session of a browser stands, for pages that the browser has kept whole and brings back with Back.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use leptos::prelude::*;
use uuid::Uuid;

use super::Pages;

/// The route. It is open to everybody.
pub(super) fn router() -> Router<Pages> {
    Router::new().route("/session", get(show))
}

/// `signed in`, or `signed out` with a cookie that is a different one each time.
///
/// Browsers drop pages that they have kept against `no-store` when a cookie changes. The cookies that signing out
/// removes do not count: they change while the browser still shows the page that it is about to keep. One that
/// expires would be one more change, at any time.
async fn show(State(pages): State<Pages>, headers: HeaderMap) -> Response {
    // With `no-store` the page that asks would not be kept again.
    let control = (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if pages.access.admit(&headers).is_some() {
        return ([control], "signed in").into_response();
    }
    let ended = format!(
        "todo-list-ended={}; HttpOnly; SameSite=Strict; Path=/",
        Uuid::new_v4().simple()
    );
    ([control], [(header::SET_COOKIE, ended)], "signed out").into_response()
}

/// Asks it from a page without script, once that page is the one that is shown. It is no image, and nothing is seen.
pub(super) fn forget_kept_pages() -> impl IntoView {
    view! { <img src="/session" alt="" hidden/> }
}
