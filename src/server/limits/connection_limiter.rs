//! Limits the number of connections, in all and for each address.
//!
//! The layers of tower see requests, not connections, and know no addresses.

use std::net::IpAddr;

use super::{Limits, Permit, Quota};
use crate::server::net::{Client, ConnectionInfo, TrustedProxies};

/// The quotas of connections.
pub(crate) struct ConnectionLimiter {
    accepted: Quota,
    /// Connections above the limit, whose requests get an error.
    refused: Quota,
    trusted_proxies: TrustedProxies,
}

impl ConnectionLimiter {
    /// The quotas of these limits.
    #[must_use]
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            accepted: Quota::new(limits.connections, limits.connections_per_address),
            refused: Quota::new(limits.refused_connections, limits.refused_connections),
            trusted_proxies: limits.trusted_proxies.clone(),
        }
    }

    /// Admits a connection from this address: within the limit, or above it so that its requests get an error. Returns `None` if the server
    /// must close the connection without an answer.
    #[must_use]
    pub(crate) fn admit(&self, address: IpAddr) -> Option<(ConnectionInfo, Permit)> {
        let peer = address.to_canonical();
        // The connections of a proxy are those of many clients.
        let is_proxy = self.trusted_proxies.contains(peer);
        let client = Client::unless_local(peer).filter(|_| !is_proxy);
        let (permit, is_above_limit) = match self.accepted.take(client) {
            Some(permit) => (permit, false),
            None => (self.refused.take(None)?, true),
        };
        Some((
            ConnectionInfo {
                peer,
                is_above_limit,
            },
            permit,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Config;

    #[test]
    fn each_address_has_a_limit_except_proxies_and_this_machine() {
        let limiter = ConnectionLimiter::new(&Limits {
            connections: 100,
            connections_per_address: 2,
            trusted_proxies: "10.0.0.1".parse().expect("an address"),
            ..Limits::new(&Config::default())
        });
        let mut held = Vec::new();
        let mut check = |address: &str, is_above_limit: [bool; 3]| {
            for expected in is_above_limit {
                let address = address.parse().expect("an address");
                let (connection, permit) = limiter.admit(address).expect("a permit");
                assert_eq!(connection.is_above_limit, expected, "{address}");
                held.push(permit);
            }
        };
        check("192.168.1.5", [false, false, true]);
        check("::ffff:192.168.1.5", [true; 3]);
        check("192.168.1.6", [false, false, true]);
        check("2001:db8::1", [false, false, true]);
        check("2001:db8::2", [true; 3]);
        check("10.0.0.1", [false; 3]);
        check("127.0.0.1", [false; 3]);
        check("::1", [false; 3]);
    }

    #[test]
    fn connections_above_the_limit_are_told_so_up_to_a_second_limit() {
        let limiter = ConnectionLimiter::new(&Limits {
            connections: 3,
            refused_connections: 5,
            ..Limits::new(&Config::default())
        });
        let address = "127.0.0.1".parse().expect("an address");
        let held: Vec<_> = std::iter::from_fn(|| limiter.admit(address)).collect();
        let told = held
            .iter()
            .filter(|(connection, _)| connection.is_above_limit);
        assert_eq!((held.len(), told.count()), (3 + 5, 5));
    }
}
