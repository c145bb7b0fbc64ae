//! Why the server refuses a request before a handler sees it.

use std::time::Duration;

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

/// When to try again if all connections or streams are taken.
const RETRY_WHEN_FULL: Duration = Duration::from_secs(10);

/// When to try again if too much work waits.
const RETRY_WHEN_BUSY: Duration = Duration::from_secs(2);

impl Refusal {
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

    /// After how many seconds the client should try again, rounded up; `None` if trying again does not help.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let wait = match self {
            Self::TooManyConnections | Self::TooManyStreams => RETRY_WHEN_FULL,
            Self::Busy => RETRY_WHEN_BUSY,
            Self::TooManyRequests(wait) | Self::TooManySenders(wait) => *wait,
            Self::InvalidHost | Self::UnknownHost(_) | Self::CrossOrigin | Self::SlowBody => {
                return None;
            }
        };
        Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}
