//! Following a list as it changes: server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

mod follower;
mod frames;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::StreamExt;
use serde::Deserialize;

use self::follower::{Ends, Follower, Start};
use self::frames::{Format, Frames};
use crate::domain::Cursor;
use crate::server::auth::{Access, Authenticated};
use crate::server::http::error::{Problem, refused_problem};
use crate::server::limits::Quota;
use crate::server::limits::Refusal;
use crate::server::net::{Client, ConnectionInfo, TrustedProxies};
use crate::server::process::shutdown::Closing;
use crate::server::store::{Published, Store};
use crate::server::telemetry::Metrics;

/// How often a reader hears where the list stands, and that the server is still there.
const HEARTBEAT: Duration = Duration::from_secs(15);

#[derive(Clone)]
struct Live {
    published: Published,
    frames: Arc<Frames>,
    access: Access,
    streams: Quota,
    trusted_proxies: TrustedProxies,
    metrics: Arc<Metrics>,
}

/// The route, with so many `streams`. The streams do not keep the store: they end when it does.
pub(crate) fn router(
    store: &Store,
    access: Access,
    streams: Quota,
    trusted_proxies: TrustedProxies,
) -> Router {
    let published = store.published();
    let frames = Arc::new(Frames::new(published.clone()));
    Router::new()
        .route("/api/v1/events", get(follow))
        .with_state(Live {
            published,
            frames,
            access,
            streams,
            trusted_proxies,
            metrics: store.metrics().clone(),
        })
}

impl Live {
    /// Who counts as the one that opens a stream.
    fn client(
        &self,
        connection: Option<Extension<ConnectionInfo>>,
        headers: &HeaderMap,
    ) -> Option<Client> {
        let Extension(ConnectionInfo { peer, .. }) = connection?;
        let address = self.trusted_proxies.client(peer, headers);
        // A proxy that does not say whom it speaks for may speak for many.
        let is_proxy = self.trusted_proxies.contains(address);
        Client::unless_local(address).filter(|_| !is_proxy)
    }
}

#[derive(Deserialize)]
struct Parameters {
    cursor: Option<String>,
    #[serde(default)]
    format: Format,
}

/// `GET /api/v1/events?cursor=EPOCH-REVISION&format=compact`: what happens after the cursor, without a
/// gap. `Last-Event-ID` says the same as the cursor, and later: browsers send it when they come again.
async fn follow(
    State(live): State<Live>,
    Extension(closing): Extension<Closing>,
    Extension(authenticated): Extension<Authenticated>,
    connection: Option<Extension<ConnectionInfo>>,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Query(Parameters { cursor, format }) = parameters.map_err(|_| {
        Problem::invalid("format must be json or compact, each parameter given once")
    })?;
    let malformed = |_| Problem::invalid("cursor must be one: EPOCH-REVISION");
    let cursor = cursor.map(|text| text.parse()).transpose();
    let cursor: Option<Cursor> = cursor.map_err(malformed)?;
    let start = match headers.get("last-event-id") {
        Some(id) => parse_id(id.as_bytes()).map_or(Start::Unknown, Start::After),
        None => cursor.map_or(Start::Now, Start::After),
    };
    let Some(place) = live.streams.take(live.client(connection, &headers)) else {
        return Ok(refused_problem(Refusal::TooManyStreams));
    };
    let guard = live.access.guard(authenticated);
    let follower = Follower::new(
        live.published,
        live.frames,
        format,
        start,
        Ends { closing, guard },
        HEARTBEAT,
    );
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-cache, no-transform"),
        // Proxies that collect answers before they pass them on (nginx) must not do so here.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let open = live.metrics.open_stream();
    let events = follower.events(place).inspect(move |_| {
        // It is open as long as this is kept.
        let _ = &open;
    });
    Ok((headers, Body::from_stream(events)).into_response())
}

fn parse_id(id: &[u8]) -> Option<Cursor> {
    std::str::from_utf8(id).ok()?.parse().ok()
}
