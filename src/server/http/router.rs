//! All routes, and what each requires of its requests.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tower_http::compression::CompressionLayer;

use super::api::v1::{self, events};
use super::api::{items, rpc};
use super::assets::Assets;
use super::body::RenderPool;
use super::error::{ErrorRenderer, method_not_allowed};
use super::middleware::auth::AuthLayer;
use super::middleware::headers::SecurityHeaders;
use super::middleware::host_check::HostCheck;
use super::pages::Pages;
use super::pipeline::{Pipeline, RoutePolicy};
use super::service_worker::{self, ServiceWorker};
use super::{health, html, static_files};
use crate::server::auth::Auth;
use crate::server::config::Config;
use crate::server::limits::{MAX_BODY_BYTES, Quota, RateLimiter};
use crate::server::process::shutdown::Shutdown;
use crate::server::store::Store;

/// All routes of the server: the list in `store`, as pages of the built `assets` and as an API, for clients that `auth`
/// lets in. `draining` begins when the program is about to stop. [`run`](super::run) serves them.
pub fn router(
    store: &Store,
    auth: &Auth,
    assets: Assets,
    config: &Config,
    draining: Shutdown,
) -> Router {
    let worker = ServiceWorker::new(&assets);
    let version = worker.as_ref().map(ServiceWorker::version);
    let inline_script = html::inline_script(&assets, version);
    let headers = SecurityHeaders::new(
        [inline_script.as_str(), html::SESSION_SCRIPT.as_str()],
        config,
    );
    let errors = ErrorRenderer::new(assets.clone());
    let metrics = Some(store.metrics().clone());
    let pipeline = Pipeline::new(HostCheck::new(config), headers, errors.clone(), metrics);

    let pool = RenderPool::new();
    let pages = Arc::new(Pages::new(
        store.clone(),
        pool.clone(),
        assets.clone(),
        errors.clone(),
        inline_script,
        auth.clone(),
        config.public_url.clone(),
    ));
    let proxies = config.trusted_proxies.clone();
    let rate_limiter = RateLimiter::new(&config.limits, proxies.clone());
    let rate_limited = RoutePolicy {
        rate_limiter: Some(rate_limiter),
        auth: None,
    };
    let auth_layer = Some(AuthLayer::new(auth.clone(), pages.clone()));
    let signed_in = RoutePolicy {
        auth: auth_layer.clone(),
        ..rate_limited.clone()
    };
    // The quota of streams limits them, not the rate of requests.
    let signed_in_stream = RoutePolicy {
        rate_limiter: None,
        auth: auth_layer,
    };

    let api = items::router(store.clone(), pool.clone())
        .merge(v1::router(
            store.clone(),
            pool.clone(),
            config.public_url.clone(),
        ))
        .method_not_allowed_fallback(method_not_allowed);
    let rpc = rpc::router(store, &pool).method_not_allowed_fallback(method_not_allowed);
    let streams = Quota::new(
        config.limits.streams(),
        config.limits.connections_per_address(),
    );
    let events = events::router(store, auth.clone(), streams, proxies)
        .method_not_allowed_fallback(method_not_allowed);

    let routes = [
        // These handlers compress their bodies themselves, most of them once for all clients.
        (
            limited(pages.clone().router().merge(api)),
            signed_in.clone(),
        ),
        (compressed(rpc), signed_in),
        (
            compressed(pages.public_router().merge(service_worker::router(worker))),
            rate_limited,
        ),
        // Layers would cost each stream some kilobytes.
        (events, signed_in_stream),
        (
            health::router(store.clone(), draining),
            RoutePolicy::default(),
        ),
        (
            compressed(static_files::router(&assets, errors)),
            RoutePolicy::default(),
        ),
    ];
    routes
        .into_iter()
        .fold(Router::new(), |all, (routes, policy)| {
            all.merge(pipeline.in_front_of(routes, policy))
        })
}

/// Routes whose request bodies have at most [`MAX_BODY_BYTES`].
fn limited(router: Router) -> Router {
    router.route_layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
}

/// The same for routes whose responses are compressed by a layer. It is not put around handlers that compress their bodies
/// themselves: it would cost them a tenth of their speed.
fn compressed(router: Router) -> Router {
    let layers = (
        CompressionLayer::new(),
        DefaultBodyLimit::max(MAX_BODY_BYTES),
    );
    match router.has_routes() {
        true => router.route_layer(layers),
        false => router.layer(layers),
    }
}
