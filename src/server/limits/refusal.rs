//! Why the server refuses a request before a handler sees it.

use std::time::Duration;

use crate::server::net::Host;

/// The reason why the pipeline or a limit refuses a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The request names no host, several, or an invalid one.
    #[error("The request must have one valid Host header")]
    InvalidHost,
    /// The request names a host that this server does not answer for.
    #[error(
        "This server does not know the host name {0}; if it should, add the name to its setting allowed-hosts"
    )]
    UnknownHost(Host),
    /// The request changes something, and comes from a page of another site.
    #[error(
        "The request comes from a page of another site; if it is this server's own page behind a proxy, \
         set the server's setting public-url to the address of the page"
    )]
    CrossOrigin,
    /// The client has used its budget of requests. There is some again after this time.
    #[error("There were too many requests from this address")]
    TooManyRequests(Duration),
    /// The client has introduced too many senders. It may introduce another one after this time.
    #[error("Too many new pages or programs have sent something from this address")]
    TooManySenders(Duration),
    /// Too many connections are open, in all or from one address.
    #[error("Too many connections to this server are open, in all or from this address")]
    TooManyConnections,
    /// Too many event streams are open, in all or for one client.
    #[error("Too many event streams of this server are open, in all or from this address")]
    TooManyStreams,
    /// Too much work of the client, or too many long responses, are in progress.
    #[error("The server is busy with other long responses; try again in a moment")]
    Busy,
    /// The body of the request did not arrive in time.
    #[error("The body of the request did not arrive in time")]
    SlowBody,
}

/// When to try again if all connections or streams are taken.
const RETRY_WHEN_FULL: Duration = Duration::from_secs(10);

/// When to try again if too much work waits.
const RETRY_WHEN_BUSY: Duration = Duration::from_secs(2);

impl Refusal {
    /// A stable word for programs, which a problem of the v1 API contains.
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
