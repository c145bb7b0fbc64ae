//! All routes in one place.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use tower_http::compression::CompressionLayer;

use super::api::items;
use super::api::items::{Items, MAX_BODY_BYTES};
use super::api::rpc;
use super::api::v1;
use super::api::v1::Home;
use super::api::v1::{events, todos};
use super::assets::Assets;
use super::assets::service_worker;
use super::assets::service_worker::Worker;
use super::body::Reads;
use super::fallback;
use super::fallback::Fallback;
use super::middleware::security::Security;
use super::pages;
use super::pages::Pages;
use super::pipeline::{Door, Hot, Rules, Steps, Who};
use super::{health, monitoring as metrics};
use crate::server::auth::Access;
use crate::server::config::Config;
use crate::server::limits::{Places, RateLimiter};
use crate::server::store::Store;

/// Everything that the server answers, on the list in `store`, with the built page in `assets`, to those
/// whom the settings let in and who have `access`. It is to be served by [`run`](super::run), which tells
/// its streams when to end.
pub fn router(store: &Store, access: &Access, assets: Assets, config: &Config) -> Door {
    let worker = Worker::of(&assets);
    let version = worker.as_ref().map(Worker::version);
    let inline_script = pages::inline_script(&assets, version);
    let reads = Reads::new();
    let pages = Pages::new(
        store.clone(),
        reads.clone(),
        assets.clone(),
        &inline_script,
        access.clone(),
    );
    let trusted_proxies = config.trusted_proxies.clone();
    let steps = Steps::new(Who {
        security: Security::new(config, [&inline_script, &pages::SESSION_SCRIPT]),
        rate_limiter: RateLimiter::new(&config.limits, trusted_proxies.clone()),
        access: access.clone(),
        pages: pages.clone(),
        metrics: Some(store.metrics().clone()),
    });
    let (items, home) = (
        Items::new(store.clone(), reads.clone()),
        Home::new(store.clone(), reads.clone()),
    );
    let api = items::router(items.clone())
        .merge(rpc::router(store, &reads))
        .merge(v1::router(home.clone()))
        .merge(todos::router(
            store.clone(),
            reads,
            config.public_url.clone(),
        ))
        .method_not_allowed_fallback(fallback::method_not_allowed);
    let streams = Places::new(
        config.limits.streams(),
        config.limits.connections_per_address(),
    );
    let live = events::router(store, streams, trusted_proxies)
        .method_not_allowed_fallback(fallback::method_not_allowed);
    let for_everybody = pages
        .clone()
        .open_router()
        .merge(service_worker::router(worker));
    let files = fallback::answer.with_state(Fallback::new(&assets, pages.clone()));
    // Files are no routes, and cost little; streams have a limit of their own, are not compressed, and are not
    // wrapped in what could: that alone takes kilobytes for each stream.
    let routes = [
        (
            compressed(pages.clone().router().merge(api)),
            Rules::OF_THE_LIST,
        ),
        (
            compressed(for_everybody),
            Rules {
                needs_pass: false,
                ..Rules::OF_THE_LIST
            },
        ),
        (
            live,
            Rules {
                limits_rate: false,
                ..Rules::OF_THE_LIST
            },
        ),
        (health::router(store), Rules::NONE),
        (
            compressed(Router::new().fallback_service(files)),
            Rules::NONE,
        ),
    ];
    let routes = routes
        .into_iter()
        .fold(Router::new(), |all, (routes, rules)| {
            all.merge(steps.before(routes, rules))
        });
    Door::new(steps, routes, Some(Hot { pages, items, home }))
}

/// Routes whose answers are compressed where they are not yet, and whose requests may have bodies of the usual
/// length.
fn compressed(routes: Router) -> Router {
    // Both in one: each call of `layer` is a box around all that lies below it, which every request copies.
    let layers = (
        CompressionLayer::new(),
        DefaultBodyLimit::max(MAX_BODY_BYTES),
    );
    match routes.has_routes() {
        true => routes.route_layer(layers),
        false => routes.layer(layers),
    }
}

/// What a monitoring system is answered, at an address of its own, behind the same door as the list. It is
/// to be served by [`run`](super::run).
pub fn monitoring(
    store: &Store,
    access: &Access,
    assets: Assets,
    config: &Config,
    address: SocketAddr,
) -> Door {
    let inline_script = pages::inline_script(&assets, None);
    let pages = Pages::new(
        store.clone(),
        Reads::new(),
        assets,
        &inline_script,
        access.clone(),
    );
    let config = Config {
        site_addr: address,
        ..config.clone()
    };
    let steps = Steps::new(Who {
        security: Security::new(&config, [&inline_script, &pages::SESSION_SCRIPT]),
        rate_limiter: RateLimiter::new(&config.limits, config.trusted_proxies.clone()),
        access: access.clone(),
        pages,
        metrics: None,
    });
    let routes = steps.before(metrics::router(store), Rules::NONE);
    Door::new(steps, routes, None)
}
