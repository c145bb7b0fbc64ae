//! How many requests a client may make: so many a second, and many more at once if it was quiet before.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::Method;

use super::{Client, ClientAddress, Connection, LimitSettings, TrustedProxies};
use crate::server::security::Refusal;

/// What can be saved up: a client that was quiet may do as much at once as otherwise in this time.
const SAVINGS: Duration = Duration::from_secs(10);

/// How many clients are remembered before it is looked who can be forgotten.
const FEW: usize = 1_024;

/// The budgets of all clients.
pub(in crate::server) struct RateLimiter {
    reads: Budget,
    changes: Budget,
    trusted_proxies: TrustedProxies,
}

impl RateLimiter {
    /// The budgets of these settings.
    #[must_use]
    pub(in crate::server) fn new(
        settings: &LimitSettings,
        trusted_proxies: TrustedProxies,
    ) -> Self {
        Self {
            reads: Budget::new(settings.reads_per_second),
            changes: Budget::new(settings.changes_per_second),
            trusted_proxies,
        }
    }

    /// Lets a request through, and answers whose it is; or there were too many.
    pub(in crate::server) fn admit(
        &self,
        Connection { peer, .. }: Connection,
        request: &Request,
    ) -> Result<ClientAddress, Refusal> {
        let client = self.trusted_proxies.client(peer, request.headers());
        let budget = match *request.method() {
            Method::GET | Method::HEAD | Method::OPTIONS => &self.reads,
            _ => &self.changes,
        };
        match budget.spend(client.into(), Instant::now()) {
            Ok(()) => Ok(ClientAddress(client)),
            Err(wait) => {
                tracing::debug!(%client, "too many requests");
                Err(Refusal::TooManyRequests(wait))
            }
        }
    }
}

/// So many requests a second for each client: the generic cell rate algorithm (ITU-T I.371), which keeps
/// one moment for a client: until when what it has asked for is paid.
struct Budget {
    /// What one request costs; `None` if there is no limit.
    price: Option<Duration>,
    clients: Mutex<Clients>,
}

struct Clients {
    paid_until: HashMap<Client, Instant>,
    /// The length of the map at which those are looked for who have their whole budget again.
    sweep_at: usize,
}

impl Budget {
    fn new(per_second: u32) -> Self {
        let clients = Clients {
            paid_until: HashMap::new(),
            sweep_at: FEW,
        };
        Self {
            price: Duration::from_secs(1).checked_div(per_second),
            clients: Mutex::new(clients),
        }
    }

    /// Pays for a request; the error is how long it takes until there is enough for one.
    fn spend(&self, client: Client, now: Instant) -> Result<(), Duration> {
        let Some(price) = self.price else {
            return Ok(());
        };
        // Every entry is whole at any moment.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.paid_until.len() >= clients.sweep_at {
            clients.sweep(now);
        }
        let paid_until = clients.paid_until.entry(client).or_insert(now);
        let next = (*paid_until).max(now) + price;
        let debt = next.saturating_duration_since(now);
        if debt > SAVINGS.max(price) {
            return Err(debt - SAVINGS.max(price));
        }
        *paid_until = next;
        Ok(())
    }
}

impl Clients {
    /// Forgets those who have their whole budget. The others are few, however many addresses an attacker
    /// has: as many as requests come in the time that one request costs.
    fn sweep(&mut self, now: Instant) {
        self.paid_until.retain(|_, paid_until| *paid_until > now);
        self.sweep_at = FEW.max(2 * self.paid_until.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv6Addr};

    fn client(number: u32) -> Client {
        IpAddr::V6(Ipv6Addr::from_bits(u128::from(number) << 64)).into()
    }

    #[test]
    fn a_client_has_ten_seconds_worth_at_once_and_then_so_many_a_second() {
        let budget = Budget::new(5);
        let begin = Instant::now();
        let spend = |number, seconds: f64| {
            budget.spend(client(number), begin + Duration::from_secs_f64(seconds))
        };
        for _ in 0..50 {
            assert_eq!(spend(1, 0.0), Ok(()));
        }
        assert_eq!(spend(1, 0.0), Err(Duration::from_millis(200)));
        assert_eq!(spend(1, 0.15), Err(Duration::from_millis(50)));
        // Others have a budget of their own.
        assert_eq!(spend(2, 0.15), Ok(()));
        // What was refused has cost nothing.
        assert_eq!(spend(1, 0.2), Ok(()));
        assert!(spend(1, 0.2).is_err());
        for _ in 0..5 {
            assert_eq!(spend(1, 1.2), Ok(()));
        }
        assert!(spend(1, 1.2).is_err());
        // More than that cannot be saved up.
        for _ in 0..50 {
            assert_eq!(spend(1, 1_000.0), Ok(()));
        }
        assert!(spend(1, 1_000.0).is_err());
    }

    #[test]
    fn without_a_limit_nobody_is_remembered() {
        let budget = Budget::new(0);
        let now = Instant::now();
        assert!((0..10_000).all(|_| budget.spend(client(1), now).is_ok()));
        assert!(
            budget
                .clients
                .lock()
                .is_ok_and(|clients| clients.paid_until.is_empty())
        );
    }

    /// A hundred thousand requests a second, each from another address.
    #[test]
    fn many_addresses_do_not_grow_the_memory() {
        let budget = Budget::new(100);
        let mut now = Instant::now();
        let mut most = 0;
        for number in 0..500_000 {
            assert_eq!(budget.spend(client(number), now), Ok(()));
            now += Duration::from_micros(10);
            most = most.max(budget.clients.lock().expect("no panic").paid_until.len());
        }
        // 1,000 of them come in the time that one request costs.
        assert!(most <= 2_100, "{most}");
    }
}
