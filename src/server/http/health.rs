//! Health checks for load balancers, containers and service managers.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use crate::server::process::shutdown::Shutdown;
use crate::server::store::Store;

/// How long the writer may take to answer. One sync of a slow disk fits into it.
const WRITER_TIMEOUT: Duration = Duration::from_secs(2);

/// What health checks look at.
#[derive(Clone)]
struct Health {
    store: Store,
    draining: Shutdown,
}

/// The routes `/healthz` and `/readyz`. They need no session: they tell one word. `draining` begins when the program is
/// about to stop and still answers requests.
pub(crate) fn router(store: Store, draining: Shutdown) -> Router {
    Router::new()
        .route("/healthz", get(is_alive))
        .route("/readyz", get(is_ready))
        .with_state(Health { store, draining })
}

/// `GET /healthz`: 200 as long as the process answers. It checks nothing else: a restart does not help a server that waits
/// for its disk.
async fn is_alive() -> Response {
    answer(StatusCode::OK, "alive")
}

/// `GET /readyz`: 200 if the server can save changes. A full disk does not count, since people can still read.
async fn is_ready(State(health): State<Health>) -> Response {
    if health.draining.has_begun() {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "stopping");
    }
    match health.store.ping(WRITER_TIMEOUT).await {
        true => answer(StatusCode::OK, "ready"),
        false => answer(StatusCode::SERVICE_UNAVAILABLE, "cannot save"),
    }
}

fn answer(status: StatusCode, word: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, Json(json!({ "status": word }))).into_response()
}
