//! The pipeline that every request passes on its way to a handler and back.
//!
//! In this order:
//!
//! 1. [`request_log`]: gives the request an id; afterwards a line in the log and the metrics (only with metrics)
//! 2. the limit of connections: a connection above it gets an error for every request
//! 3. [`host_check`]: the request is for this server
//! 4. [`csrf`]: it does not come from a page of another site
//! 5. the rate limit of its client, if the route has one
//! 6. [`auth`]: the client is signed in, if the route requires it
//! 7. the handler
//! 8. afterwards: an error if the body came too late, a charge to the client for a large read, and [`headers`]

use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;

use super::body::ReadCost;
use super::error::{ErrorFormat, ErrorRenderer, RequestError};
use super::middleware::auth::{AuthLayer, Authenticated};
use super::middleware::csrf;
use super::middleware::headers::{SecurityHeaders, accepts_html};
use super::middleware::host_check::HostCheck;
use super::middleware::request_log::RequestLog;
use crate::server::limits::{BodyDeadline, ClientBudget, MAX_BODY_BYTES, RateLimiter, Refusal};
use crate::server::net::{ClientAddress, ConnectionInfo};
use crate::server::telemetry::Metrics;

/// The label of requests without a route in the metrics. Their paths are not labels: clients can make up any number.
const NO_ROUTE: &str = "other";

/// The pipeline; a clone is a counted reference.
#[derive(Clone)]
pub(crate) struct Pipeline(Arc<Inner>);

struct Inner {
    host_check: HostCheck,
    headers: SecurityHeaders,
    errors: ErrorRenderer,
    metrics: Option<Arc<Metrics>>,
}

/// What a route requires of its requests beyond what all routes require.
#[derive(Clone, Default)]
pub(crate) struct RoutePolicy {
    /// Limits how much one client may ask for.
    pub(crate) rate_limiter: Option<RateLimiter>,
    /// Admits only clients that have signed in.
    pub(crate) auth: Option<AuthLayer>,
}

/// What the pipeline knows about a request that it admits.
struct Admitted {
    client: Option<(ClientAddress, ClientBudget)>,
    authenticated: Option<Authenticated>,
}

impl Pipeline {
    /// A pipeline. Without `metrics` it neither counts nor logs requests, and gives them no id.
    #[must_use]
    pub(crate) fn new(
        host_check: HostCheck,
        headers: SecurityHeaders,
        errors: ErrorRenderer,
        metrics: Option<Arc<Metrics>>,
    ) -> Self {
        Self(Arc::new(Inner {
            host_check,
            headers,
            errors,
            metrics,
        }))
    }

    /// Puts the pipeline in front of all routes of a router, or in front of its fallback if it has no routes: only one
    /// of the routers that are merged later may have a fallback.
    pub(crate) fn in_front_of(&self, router: Router, policy: RoutePolicy) -> Router {
        let layer = from_fn_with_state((self.clone(), policy), run);
        match router.has_routes() {
            true => router.route_layer(layer),
            false => router.layer(layer),
        }
    }
}

impl Inner {
    /// Steps 2 to 6: whether the request reaches its handler.
    fn admit(&self, policy: &RoutePolicy, request: &Request) -> Result<Admitted, RequestError> {
        // Tests call the router without a connection.
        let connection = request.extensions().get::<ConnectionInfo>().copied();
        if connection.is_some_and(|connection| connection.is_above_limit) {
            return Err(Refusal::TooManyConnections.into());
        }
        let host = self.host_check.check(request)?;
        csrf::check(request, host.as_ref(), self.host_check.public_url())?;
        // Forms and server functions have no conditions. They must not do unconditionally what a client wants only on a
        // condition.
        if !request.method().is_safe()
            && is_conditional(request.headers())
            && matches!(
                ErrorFormat::of_path(request.uri().path()),
                ErrorFormat::Page | ErrorFormat::Call
            )
        {
            return Err(RequestError::PreconditionFailed);
        }
        check_body(request.headers())?;
        let client = match (&policy.rate_limiter, connection) {
            (Some(limiter), Some(connection)) => {
                Some(limiter.admit(connection.peer, request.method(), request.headers())?)
            }
            (None, _) | (_, None) => None,
        };
        let authenticated = match &policy.auth {
            Some(auth) => Some(auth.check(request).ok_or(RequestError::SignedOut)?),
            None => None,
        };
        Ok(Admitted {
            client,
            authenticated,
        })
    }
}

/// Checks what the head of a request says about its body. A client that waits for `100 Continue` before it sends a body
/// is spared one that is too long (RFC 9110, section 10.1.1).
fn check_body(headers: &HeaderMap) -> Result<(), RequestError> {
    let mut encodings = headers.get_all(header::CONTENT_ENCODING).iter();
    if !encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(RequestError::EncodedBody);
    }
    let length = headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_too_long = length.is_some_and(|length| length > MAX_BODY_BYTES as u64);
    match headers.contains_key(header::EXPECT) && is_too_long {
        true => Err(RequestError::BodyTooLarge),
        false => Ok(()),
    }
}

/// Whether a request makes a condition (RFC 9110, section 13.1) about the state of what it reads or changes.
fn is_conditional(headers: &HeaderMap) -> bool {
    [
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        header::IF_UNMODIFIED_SINCE,
    ]
    .iter()
    .any(|name| headers.contains_key(name))
}

/// Whether a handler has answered only that a condition does not hold, and not in the format of the path.
fn is_without_message(response: &Response) -> bool {
    response.status() == StatusCode::PRECONDITION_FAILED
        && !response.headers().contains_key(header::CONTENT_TYPE)
}

/// Runs one request through the pipeline.
async fn run(
    State((pipeline, policy)): State<(Pipeline, RoutePolicy)>,
    mut request: Request,
    next: Next,
) -> Response {
    let Pipeline(pipeline) = pipeline;
    let log = pipeline
        .metrics
        .as_ref()
        .map(|_| RequestLog::begin(&request));
    let accepts_html = accepts_html(request.headers());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let deadline = request.extensions().get::<BodyDeadline>().cloned();
    // Handlers consume the request. Only a late body and a condition need its path afterwards.
    let needs_path = deadline.is_some() || is_conditional(request.headers());
    let path = needs_path.then(|| request.uri().path().to_owned());
    let mut budget = None;
    let mut response = match pipeline.admit(&policy, &request) {
        Ok(admitted) => {
            let extensions = request.extensions_mut();
            if let Some((address, client_budget)) = admitted.client {
                extensions.insert(address);
                extensions.insert(client_budget.clone());
                budget = Some(client_budget);
            }
            if let Some(authenticated) = admitted.authenticated {
                extensions.insert(authenticated);
            }
            next.run(request).await
        }
        Err(error) => {
            tracing::debug!(?error, "refused");
            match (&policy.auth, error) {
                (Some(auth), RequestError::SignedOut) => {
                    Box::pin(auth.refuse(&pipeline.errors, request)).await
                }
                (_, error) => pipeline.errors.render(error, request.uri().path()),
            }
        }
    };
    if let Some(path) = path {
        if deadline.is_some_and(|deadline| deadline.has_passed()) {
            response = pipeline.errors.render(Refusal::SlowBody.into(), &path);
        } else if is_without_message(&response) {
            response = pipeline
                .errors
                .render(RequestError::PreconditionFailed, &path);
        }
    }
    if let (Some(budget), Some(ReadCost(units))) = (budget, response.extensions().get()) {
        budget.charge_reads(*units);
    }
    pipeline.headers.set(accepts_html, &mut response);
    if let (Some(metrics), Some(log)) = (&pipeline.metrics, log) {
        let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
        log.end(metrics, route, &mut response);
    }
    response
}
