//! All routes in one place.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tower_http::compression::CompressionLayer;

use super::access::Access;
use super::assets::Assets;
use super::config::Config;
use super::fallback::{self, Fallback};
use super::gate::gate;
use super::limits::{Places, RateLimiter, limit_rate};
use super::observe::{self, Metrics};
use super::offline::{self, Worker};
use super::pages::Pages;
use super::rest::{self, MAX_BODY_BYTES};
use super::security::{Security, guard};
use super::store::Store;
use super::{calls, live, pages, todos, v1};

/// Everything that the server answers, on the list in `store`, with the built page in `assets`, to those
/// whom the settings let in and who have `access`. It is to be served by [`run`](super::run), which tells
/// its streams when to end.
pub fn router(store: &Store, access: &Access, assets: Assets, config: &Config) -> Router {
    let worker = Worker::of(&assets);
    let version = worker.as_ref().map(Worker::version);
    let inline_script = pages::inline_script(&assets, version);
    let pages = Pages::new(
        store.clone(),
        assets.clone(),
        &inline_script,
        access.clone(),
    );
    let security = Security::new(config, &inline_script, pages.clone());
    let api = rest::router(store.clone())
        .merge(calls::router(store))
        .merge(v1::router(store.clone()))
        .merge(todos::router(store.clone(), config.public_url.clone()))
        .method_not_allowed_fallback(fallback::method_not_allowed);
    let streams = Places::new(
        config.limits.streams(),
        config.limits.connections_per_address(),
    );
    let trusted_proxies = config.trusted_proxies.clone();
    let rate_limiter = RateLimiter::new(&config.limits, trusted_proxies.clone(), pages.clone());
    let live = live::router(store, streams, trusted_proxies)
        .method_not_allowed_fallback(fallback::method_not_allowed);
    // What lies behind it needs a pass. What is merged after it is for everybody.
    let gate = from_fn_with_state((access.clone(), pages.clone()), gate);
    let live = live.route_layer(gate.clone());
    pages
        .clone()
        .router()
        .merge(api)
        .route_layer(gate)
        .merge(pages.clone().open_router())
        .merge(offline::router(worker))
        .fallback_service(fallback::answer.with_state(Fallback::new(&assets, pages)))
        // Both in one: each call of `layer` is a box around all that lies below it, which every request copies.
        .layer((
            CompressionLayer::new(),
            DefaultBodyLimit::max(MAX_BODY_BYTES),
        ))
        // Files are no routes, and cost little; streams have a limit of their own.
        .route_layer(from_fn_with_state(rate_limiter, limit_rate))
        // Not compressed, and not wrapped in what could: that alone takes kilobytes for each stream.
        .merge(live)
        .merge(observe::health_router(store))
        // The last layer is the outermost: nothing comes in or goes out past the door.
        .layer(from_fn_with_state(
            Door(store.metrics().clone(), security),
            enter,
        ))
}

/// What every request goes through first.
#[derive(Clone)]
struct Door(Arc<Metrics>, Security);

/// Lets a request in or not, and takes note of it either way. It is one layer, since a layer costs more than
/// either of the two.
async fn enter(State(door): State<Door>, request: Request, next: Next) -> Response {
    let Door(metrics, security) = door;
    let answer = async |request| guard(State(security), request, next).await;
    observe::observe(&metrics, request, answer).await
}

/// What a monitoring system is answered, at an address of its own, behind the same door as the list. It is
/// to be served by [`run`](super::run).
pub fn monitoring(
    store: &Store,
    access: &Access,
    assets: Assets,
    config: &Config,
    address: SocketAddr,
) -> Router {
    let inline_script = pages::inline_script(&assets, None);
    let pages = Pages::new(store.clone(), assets, &inline_script, access.clone());
    let config = Config {
        site_addr: address,
        ..config.clone()
    };
    let security = Security::new(&config, &inline_script, pages);
    observe::router(store).layer(from_fn_with_state(security, guard))
}
