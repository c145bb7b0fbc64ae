//! Why a limit refuses a request.

use std::time::Duration;

/// Why a limit refuses a request. Each message is the text of the response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its client has used up its budget; the next unit is available after this time.
    #[error("There were too many requests from this address")]
    TooManyRequests(Duration),
    /// Its client has introduced too many senders; it may introduce another one after this time.
    #[error("Too many new pages or programs have sent changes from this address")]
    TooManySenders(Duration),
    /// Its connection is above the limit.
    #[error("The server or this address has too many connections")]
    TooManyConnections,
    /// Its stream would be above the limit.
    #[error("The server or this address has too many streams")]
    TooManyStreams,
    /// Too much work or too many long bodies are in progress, for its client or in all.
    #[error("The server is busy; try again in a moment")]
    Busy,
    /// Its body was not complete in time.
    #[error("The body of the request did not arrive in time")]
    SlowBody,
}

/// When the client should try again if there are too many connections or streams.
const RETRY_WHEN_FULL: Duration = Duration::from_secs(10);

/// When the client should try again if the server is busy.
const RETRY_WHEN_BUSY: Duration = Duration::from_secs(2);

impl Refusal {
    /// The code of the error in the v1 API. It never changes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooManyRequests(_) => "rate_limited",
            Self::TooManySenders(_) => "too_many_senders",
            Self::TooManyConnections => "too_many_connections",
            Self::TooManyStreams => "too_many_streams",
            Self::Busy => "busy",
            Self::SlowBody => "body_too_slow",
        }
    }

    /// The number of seconds after which the client should try again, rounded up; `None` if that would not help.
    #[must_use]
    pub fn retry_after_seconds(&self) -> Option<u64> {
        let wait = match self {
            Self::TooManyConnections | Self::TooManyStreams => RETRY_WHEN_FULL,
            Self::Busy => RETRY_WHEN_BUSY,
            Self::TooManyRequests(wait) | Self::TooManySenders(wait) => *wait,
            Self::SlowBody => return None,
        };
        Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
    }
}
