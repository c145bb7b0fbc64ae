//! The event stream: clients follow the list as it changes, by server-sent events
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).

mod event_cache;
mod sse;
mod subscription;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::StreamExt;
use serde::Deserialize;

use self::event_cache::{ChangeFormat, EventCache};
use self::subscription::{EndSignals, StartPosition, Subscription};
use crate::domain::Cursor;
use crate::server::auth::{Auth, Authenticated};
use crate::server::http::error::{Problem, refused_problem};
use crate::server::limits::{Quota, Refusal};
use crate::server::net::{Client, ConnectionInfo, TrustedProxies};
use crate::server::process::shutdown::Shutdown;
use crate::server::store::Store;
use crate::sync::PROTOCOL_VERSION;

/// The time between heartbeats. A client that hears nothing for longer can assume that the connection is lost.
const HEARTBEAT_PERIOD: Duration = Duration::from_secs(5);

const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream"),
    (header::CACHE_CONTROL, "no-cache, no-transform"),
    // Tells nginx not to buffer the response.
    (HeaderName::from_static("x-accel-buffering"), "no"),
];

#[derive(Clone)]
struct EventsState {
    store: Store,
    events: Arc<EventCache>,
    auth: Auth,
    streams: Quota,
    trusted_proxies: TrustedProxies,
}

/// The route `/api/v1/events`. `streams` limits how many streams there are. They hold no [`Store`], and end when its
/// writer stops.
pub(in crate::server::http) fn router(
    store: &Store,
    auth: Auth,
    streams: Quota,
    trusted_proxies: TrustedProxies,
) -> Router {
    let events = Arc::new(EventCache::new(store.published()));
    Router::new()
        .route("/api/v1/events", get(stream_events))
        .with_state(EventsState {
            store: store.clone(),
            events,
            auth,
            streams,
            trusted_proxies,
        })
}

impl EventsState {
    /// The client whose quota a stream counts against; `None` for one without a quota.
    fn client(
        &self,
        connection: Option<Extension<ConnectionInfo>>,
        headers: &HeaderMap,
    ) -> Option<Client> {
        let Extension(ConnectionInfo { peer, .. }) = connection?;
        let address = self.trusted_proxies.client(peer, headers);
        // A trusted proxy that does not name its client may speak for many clients.
        let is_proxy = self.trusted_proxies.contains(address);
        Client::unless_local(address).filter(|_| !is_proxy)
    }
}

#[derive(Deserialize)]
struct EventsQuery {
    cursor: Option<String>,
    #[serde(default)]
    format: ChangeFormat,
    /// The version of the compact format that the client reads. Clients of version 1 did not say one.
    version: Option<u8>,
}

/// `GET /api/v1/events?cursor=EPOCH-REVISION&format=compact`: all changes after the cursor, without a gap.
async fn stream_events(
    State(state): State<EventsState>,
    Extension(closing): Extension<Shutdown>,
    Extension(authenticated): Extension<Authenticated>,
    connection: Option<Extension<ConnectionInfo>>,
    query: Result<Query<EventsQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (start, format) = parse_request(query, &headers)?;
    let Some(permit) = state.streams.take(state.client(connection, &headers)) else {
        return Ok(refused_problem(Refusal::TooManyStreams));
    };
    if let StartPosition::After(cursor) = start {
        // The client may have got its cursor from another server. It needs no reset then.
        state.store.catch_up(cursor).await;
    }
    let guard = state.auth.guard(authenticated);
    let subscription = Subscription::new(
        state.store.published(),
        state.events,
        format,
        start,
        EndSignals { closing, guard },
        HEARTBEAT_PERIOD,
    );
    let open_stream = state.store.metrics().open_stream();
    let events = subscription.into_stream(permit).inspect(move |_| {
        // The closure owns the counter, which counts the stream as open until it is dropped.
        let _ = &open_stream;
    });
    Ok((HEADERS, Body::from_stream(events)).into_response())
}

fn parse_request(
    query: Result<Query<EventsQuery>, QueryRejection>,
    headers: &HeaderMap,
) -> Result<(StartPosition, ChangeFormat), Problem> {
    let Query(EventsQuery {
        cursor,
        format,
        version,
    }) = query.map_err(|_| {
        Problem::invalid(
            "format must be json or compact, version a number, and no parameter can occur twice",
        )
    })?;
    if format == ChangeFormat::Compact && version != Some(PROTOCOL_VERSION) {
        return Ok((StartPosition::OtherVersion, format));
    }
    let malformed = |_| Problem::invalid("cursor must have the form EPOCH-REVISION");
    let cursor: Option<Cursor> = cursor
        .map(|text| text.parse().map_err(malformed))
        .transpose()?;
    // A browser that connects again sends the id of its latest event, which is later than the cursor in the URL.
    let start = match headers.get("last-event-id") {
        Some(id) => parse_id(id.as_bytes()).map_or(StartPosition::Unknown, StartPosition::After),
        None => cursor.map_or(StartPosition::Now, StartPosition::After),
    };
    Ok((start, format))
}

fn parse_id(id: &[u8]) -> Option<Cursor> {
    std::str::from_utf8(id).ok()?.parse().ok()
}
