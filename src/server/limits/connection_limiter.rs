//! Which connections there is room for.

use std::net::IpAddr;

use super::{Limits, Permit, Quota};
use crate::server::net::{Client, ConnectionInfo, TrustedProxies};

/// The places for connections.
pub(crate) struct ConnectionLimiter {
    inside: Quota,
    turned_away: Quota,
    trusted_proxies: TrustedProxies,
}

impl ConnectionLimiter {
    /// As many places as these limits say.
    #[must_use]
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            inside: Quota::new(limits.connections, limits.connections_per_address),
            turned_away: Quota::new(limits.turned_away, limits.turned_away),
            trusted_proxies: limits.trusted_proxies.clone(),
        }
    }

    /// The place of a connection from this address, which may be one to hear that there is none; `None` if
    /// there is not even that.
    #[must_use]
    pub(crate) fn admit(&self, address: IpAddr) -> Option<(ConnectionInfo, Permit)> {
        let peer = address.to_canonical();
        // A proxy has the connections of all who come through it.
        let is_proxy = self.trusted_proxies.contains(peer);
        let client = Client::unless_local(peer).filter(|_| !is_proxy);
        let (place, is_above_limit) = match self.inside.take(client) {
            Some(place) => (place, false),
            None => (self.turned_away.take(None)?, true),
        };
        Some((
            ConnectionInfo {
                peer,
                is_above_limit,
            },
            place,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::Config;

    #[test]
    fn one_address_has_so_many_connections_but_for_proxies_and_this_machine() {
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
                let (connection, place) = limiter.admit(address).expect("a place");
                assert_eq!(connection.is_above_limit, expected, "{address}");
                held.push(place);
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
    fn whoever_finds_no_room_hears_it_as_long_as_there_is_room_for_that() {
        let limiter = ConnectionLimiter::new(&Limits {
            connections: 3,
            turned_away: 5,
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
