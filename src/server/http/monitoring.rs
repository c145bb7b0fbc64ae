//! Seeing inside from outside: the log, numbers about what happens, and whether the server is well. It
//! watches requests and the list, and changes neither.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::health;
use crate::server::store::Store;

/// What the listener for a monitoring system serves: `/metrics`, and the health of the server.
pub(crate) fn router(store: &Store) -> Router {
    Router::new()
        .route("/metrics", get(show_metrics))
        .with_state(store.clone())
        .merge(health::router(store))
}

/// `GET /metrics`: all numbers, in the text format of Prometheus.
async fn show_metrics(State(store): State<Store>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, prometheus::TEXT_FORMAT),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, store.metrics().as_text(&store.list()))
}
