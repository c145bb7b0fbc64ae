//! What the listener for a monitoring system serves: metrics and health checks.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::error::ErrorRenderer;
use super::health;
use super::middleware::headers::SecurityHeaders;
use super::middleware::host_check::HostCheck;
use super::pipeline::{Pipeline, RoutePolicy};
use super::static_files;
use crate::server::config::Config;
use crate::server::process::shutdown::Shutdown;
use crate::server::store::Store;

/// All routes of the listener at `config.metrics_addr`. [`run`](super::run) serves them.
pub fn monitoring(store: &Store, config: &Config, draining: Shutdown) -> Router {
    let config = Config {
        site_addr: config.metrics_addr.unwrap_or(config.site_addr),
        ..config.clone()
    };
    let errors = ErrorRenderer::plain_text();
    let headers = SecurityHeaders::new([], &config);
    let pipeline = Pipeline::new(HostCheck::new(&config), headers, errors.clone(), None);
    let routes = Router::new()
        .route("/metrics", get(show_metrics))
        .with_state(store.clone())
        .merge(health::router(store.clone(), draining));
    let not_found = static_files::not_found(errors);
    pipeline
        .in_front_of(routes, RoutePolicy::default())
        .merge(pipeline.in_front_of(not_found, RoutePolicy::default()))
}

/// `GET /metrics`: all metrics, in the text format of Prometheus.
async fn show_metrics(State(store): State<Store>) -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, prometheus::TEXT_FORMAT),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, store.metrics().as_text(&store.list()))
}
