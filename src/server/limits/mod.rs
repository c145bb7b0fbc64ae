//! Limits for each client and for all clients together: connections, streams, work, and time.

mod body_timeout;
mod connection_limiter;
pub(crate) mod cost;
mod gcra;
mod quota;
mod rate;
mod refusal;
mod write_timeout;

use std::time::Duration;

pub(crate) use body_timeout::{BodyDeadline, TimeoutBody};
pub(crate) use connection_limiter::ConnectionLimiter;
pub(crate) use gcra::Gcra;
pub(crate) use quota::{Permit, Quota};
pub(crate) use rate::{ClientBudget, RateLimiter};
pub use refusal::Refusal;
pub(crate) use write_timeout::TimeoutStream;

use crate::server::config::Config;
use crate::server::net::TrustedProxies;

/// The largest request body, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The largest number of connections to the metrics listener.
const MAX_METRICS_CONNECTIONS: usize = 16;

/// The limits of a listener: the times and the number of its connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The time for the head of a request, and for an idle connection.
    pub head_timeout: Duration,
    /// The time for the body of a request, from its head on.
    pub body_timeout: Duration,
    /// How long a client may receive nothing while the server has data for it.
    pub write_timeout: Duration,
    /// The largest number of connections.
    pub connections: usize,
    /// The largest number of connections of one address.
    pub connections_per_address: usize,
    /// The largest number of further connections that get an error; the server closes others without an answer.
    pub refused_connections: usize,
    /// The proxies whose connections are those of many clients.
    pub trusted_proxies: TrustedProxies,
}

impl Limits {
    /// The limits of these settings, with the default timeouts.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(15),
            write_timeout: Duration::from_secs(30),
            connections: config.limits.connections(),
            connections_per_address: config.limits.connections_per_address(),
            refused_connections: config.limits.refused_connections(),
            trusted_proxies: config.trusted_proxies.clone(),
        }
    }

    /// The limits of the metrics listener. It has few connections, so that the server keeps its own.
    #[must_use]
    pub fn of_metrics(config: &Config) -> Self {
        let limits = Self::new(config);
        Self {
            connections: (limits.connections / 8).clamp(1, MAX_METRICS_CONNECTIONS),
            refused_connections: 1,
            ..limits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_10_seconds_a_body_15_and_a_client_may_pause_for_30() {
        let limits = Limits::new(&Config::default());
        let times = [
            limits.head_timeout,
            limits.body_timeout,
            limits.write_timeout,
        ];
        assert_eq!(times.map(|time| time.as_secs()), [10, 15, 30]);
    }
}
