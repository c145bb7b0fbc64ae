//! Why a request is not let in, told in the language of its path.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::server_fn::ContentType;

use crate::domain::encoding::encode;
use crate::rpc::{CallError, TaggedPostcard};
use crate::server::http::api::items::ApiError;
use crate::server::http::error::problem::Problem;
use crate::server::http::fallback::{is_api_path, is_call_path, is_v1_path};
use crate::server::http::pages::Pages;
use crate::server::net::Host;

/// A request that is answered before it has reached anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not say which host it is for, or not clearly.
    #[error("The request must name the host that it is for, in one valid Host header")]
    InvalidHost,
    /// It is for a host that this server is not.
    #[error(
        "This server does not go by the name {0}; if it should, its setting allowed-hosts must list that name"
    )]
    UnknownHost(Host),
    /// It would change something, and comes from a page of somebody else.
    #[error(
        "The request comes from a page of another site; if that is this server's own page behind a proxy, \
         the server's setting public-url must be the address of the page"
    )]
    CrossOrigin,
    /// Its client has made too many requests; there may be another after this time.
    #[error("There were too many requests from this address")]
    TooManyRequests(Duration),
    /// Its client has introduced too many senders; there may be another after this time.
    #[error("Too many new pages or programs have sent something from this address")]
    TooManySenders(Duration),
    /// There is no room for its connection.
    #[error("The server has as many connections as it can have, or as one address may have")]
    TooManyConnections,
    /// There is no room for another stream.
    #[error("The server has as many streams as it can have, or as one address may have")]
    TooManyStreams,
    /// There is too much under way for its client, or for all.
    #[error("The server has too much to read and to send just now; try again in a moment")]
    Busy,
    /// Its body has not come in time.
    #[error("The body of the request has not come in time")]
    SlowBody,
}

/// When to come again where there is no room: nobody knows when there will be some.
const LATER: Duration = Duration::from_secs(10);

/// When to come again where there is too much to do.
const SOON: Duration = Duration::from_secs(2);

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidHost => StatusCode::BAD_REQUEST,
            Self::UnknownHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossOrigin => StatusCode::FORBIDDEN,
            Self::TooManyRequests(_) | Self::TooManySenders(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooManyConnections | Self::TooManyStreams | Self::Busy => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// The code in a problem of the v1 API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidHost => "invalid_host",
            Self::UnknownHost(_) => "unknown_host",
            Self::CrossOrigin => "cross_origin",
            Self::TooManyRequests(_) => "rate_limited",
            Self::TooManySenders(_) => "too_many_senders",
            Self::TooManyConnections => "too_many_connections",
            Self::TooManyStreams => "too_many_streams",
            Self::Busy => "busy",
            Self::SlowBody => "body_too_slow",
        }
    }

    /// When it is worth to ask again, in whole seconds.
    #[must_use]
    pub(crate) fn retry_after(&self) -> Option<HeaderValue> {
        self.wait().map(HeaderValue::from)
    }

    fn wait(&self) -> Option<u64> {
        let wait = match self {
            Self::TooManyConnections | Self::TooManyStreams => LATER,
            Self::Busy => SOON,
            Self::TooManyRequests(wait) | Self::TooManySenders(wait) => *wait,
            _ => return None,
        };
        Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }

    /// The answer of the server functions.
    #[must_use]
    pub(crate) fn into_call_error(self) -> Response {
        let status = self.status();
        let body = encode(&CallError::from(self.clone())).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, TaggedPostcard::CONTENT_TYPE)];
        self.with_headers((status, kind, body).into_response())
    }

    /// The answer to whoever has asked for this path.
    #[must_use]
    pub(crate) fn answer(self, path: &str, pages: &Pages) -> Response {
        if is_v1_path(path) {
            return self.into_problem();
        }
        // The page understands how long to wait, and takes all else for a failure.
        if is_call_path(path) && !matches!(CallError::from(self.clone()), CallError::Failed) {
            return self.into_call_error();
        }
        if is_api_path(path) {
            return self.into_api_error();
        }
        let heading = match self {
            Self::TooManyRequests(_) | Self::TooManySenders(_) => "Error: Too many requests.",
            Self::SlowBody => "Error: Too slow.",
            Self::Busy => "Error: Too busy.",
            _ => "Error: Not let in.",
        };
        let response = pages.message(self.status(), heading, &format!("{self}."));
        self.with_headers(response)
    }

    /// The answer of the plain API.
    #[must_use]
    pub(crate) fn into_api_error(self) -> Response {
        let refusal = self.clone();
        refusal.with_headers(ApiError::NotLetIn(self).into_response())
    }

    /// The answer of the v1 API.
    #[must_use]
    pub(crate) fn into_problem(self) -> Response {
        let refusal = self.clone();
        refusal.with_headers(Problem::from(self).into_response())
    }

    /// A response that says when it is worth to ask again.
    #[must_use]
    pub(crate) fn with_retry_after(&self, mut response: Response) -> Response {
        if let Some(retry_after) = self.retry_after() {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, retry_after);
        }
        response
    }

    fn with_headers(self, response: Response) -> Response {
        let mut response = self.with_retry_after(response);
        let headers = response.headers_mut();
        if matches!(self, Self::TooManyConnections | Self::SlowBody) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        let seconds = refusal.wait().unwrap_or(1);
        match refusal {
            Refusal::TooManyRequests(_) | Refusal::Busy => Self::Busy { seconds },
            Refusal::TooManySenders(_) => Self::TooManySenders { seconds },
            _ => Self::Failed,
        }
    }
}
