//! Whether the server is alive, and whether requests should come here: for load balancers, containers and
//! service managers.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde_json::json;

use crate::server::process::shutdown::Closing;
use crate::server::store::Store;

/// How long the writer may take to show that it is at work. One sync of a slow disk fits into it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells that the program is about to stop, while it still answers. An extension of requests.
#[derive(Clone, Debug)]
pub struct Draining(pub Closing);

/// The routes. Nobody needs to be let in for them: they tell one word.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(store: &Store) -> Router<S> {
    Router::new()
        .route("/healthz", get(is_alive))
        .route("/readyz", get(is_ready))
        .with_state(store.clone())
}

/// `GET /healthz`: 200 as long as the process answers. It asks for nothing else: a server that waits for
/// its disk is not made well by being killed.
async fn is_alive() -> Response {
    answer(StatusCode::OK, "alive")
}

/// `GET /readyz`: 200 if changes can be made here. A full disk is no reason to send people away: they can
/// read.
async fn is_ready(State(store): State<Store>, draining: Option<Extension<Draining>>) -> Response {
    if draining.is_some_and(|Extension(Draining(closing))| closing.has_begun()) {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match store.is_at_work(PATIENCE).await {
        true => answer(StatusCode::OK, "ready"),
        false => answer(StatusCode::SERVICE_UNAVAILABLE, "cannot save"),
    }
}

fn answer(status: StatusCode, word: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, Json(json!({ "status": word }))).into_response()
}
