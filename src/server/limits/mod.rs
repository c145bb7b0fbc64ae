//! What one client, and all of them together, may take of the server: connections, streams, requests and
//! time.

mod body_timeout;
mod connection_limiter;
pub(crate) mod cost;
mod quota;
mod rate;
mod refusal;
mod write_timeout;

use std::time::Duration;

pub(crate) use body_timeout::{BodyDeadline, TimedBody};
pub(crate) use connection_limiter::ConnectionLimiter;
pub(crate) use quota::{Permit, Quota};
pub(crate) use rate::{ClientBudget, RateLimiter};
pub use refusal::Refusal;
pub(crate) use write_timeout::TimedStream;

use crate::server::config::Config;
use crate::server::net::TrustedProxies;

/// The largest body of a request, in bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// How many connections there may be to the metrics.
const METRICS_CONNECTIONS: usize = 16;

/// What connections may take, of time and in number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the head of a request may take, and a connection that is kept may wait for one.
    pub head: Duration,
    /// How long the body of a request may take, from its head on.
    pub body: Duration,
    /// How long a client may take nothing of an answer while there is something for it.
    pub write: Duration,
    /// How many connections there may be.
    pub connections: usize,
    /// How many of them one address may have.
    pub connections_per_address: usize,
    /// How many more are told that there is no room for them; the rest is closed in silence.
    pub turned_away: usize,
    /// Those whose connections are other people's.
    pub trusted_proxies: TrustedProxies,
}

impl Limits {
    /// The numbers of these settings, with the usual times.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
            write: Duration::from_secs(30),
            connections: config.limits.connections(),
            connections_per_address: config.limits.connections_per_address(),
            turned_away: config.limits.turned_away(),
            trusted_proxies: config.trusted_proxies.clone(),
        }
    }

    /// Those of the metrics, whose connections are not to take the place of others.
    #[must_use]
    pub fn of_metrics(config: &Config) -> Self {
        let limits = Self::new(config);
        Self {
            connections: (limits.connections / 8).clamp(1, METRICS_CONNECTIONS),
            turned_away: 1,
            ..limits
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_10_seconds_a_body_15_and_a_reader_may_pause_for_30() {
        let limits = Limits::new(&Config::default());
        let times = [limits.head, limits.body, limits.write];
        assert_eq!(times.map(|time| time.as_secs()), [10, 15, 30]);
    }
}
