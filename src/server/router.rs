//! All routes in one place, and the loop that serves them.

use std::future::Future;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;

use super::assets::Assets;
use super::calls;
use super::fallback::{self, Fallback};
use super::pages::Pages;
use super::rest::{self, ApiError, MAX_BODY_BYTES};
use super::store::Store;
use super::{todos, v1};

/// Everything that the server answers, on the list in `store`, with the built page in `assets`.
pub fn router(store: &Store, assets: Assets) -> Router {
    let pages = Pages::new(store.clone(), Arc::new(assets.clone()));
    let api = rest::router(store.clone())
        .merge(calls::router(store))
        .merge(v1::router(store.clone()))
        .merge(todos::router(store.clone()))
        .method_not_allowed_fallback(|| async { ApiError::MethodNotAllowed });
    pages
        .clone()
        .router()
        .merge(api)
        .layer(from_fn(no_store))
        .fallback_service(fallback::answer.with_state(Fallback::new(&assets, pages)))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CompressionLayer::new())
}

/// Pages and API answers are of the moment: nobody may keep them.
async fn no_store(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Serves on `listener` until `shutdown` is done, then finishes what has begun.
///
/// # Errors
///
/// What the system says of the listener.
pub async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Small writes must not wait for each other's acknowledgement (Nagle's algorithm).
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
    });
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown)
        .await
}
