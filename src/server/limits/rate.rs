//! Limits how much work a client may ask for: a number of units per second, and ten seconds' worth at once after a pause.
//!
//! Units count work, not requests: a command costs more the more it changes. A client that has one unit left may ask
//! for one thing of any size and pays for the rest afterwards. The rate limits of tower and `governor` count requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method};

use super::{Gcra, Refusal};
use crate::server::config::LimitSettings;
use crate::server::net::{Client, ClientAddress, TrustedProxies};

/// A quiet client saves up the units of this time.
const BURST: Duration = Duration::from_secs(10);

/// How many new senders a client may introduce at once if it has introduced none before.
const SENDER_BURST: u32 = 200;

/// The number of remembered clients at which the first sweep takes place.
const MIN_SWEEP_CLIENTS: usize = 1_024;

/// The budgets of all clients; a clone is one counted reference.
#[derive(Clone)]
pub(crate) struct RateLimiter(Arc<Budgets>);

struct Budgets {
    reads: Budget,
    changes: Budget,
    senders: Budget,
    trusted_proxies: TrustedProxies,
}

impl RateLimiter {
    /// The budgets of these settings.
    #[must_use]
    pub(crate) fn new(settings: &LimitSettings, trusted_proxies: TrustedProxies) -> Self {
        let per_second = |count| Budget::new(Duration::from_secs(1).checked_div(count), BURST);
        let sender = Duration::from_secs(60 * 60).checked_div(settings.new_senders_per_hour);
        let senders = Budget::new(sender, sender.unwrap_or_default() * SENDER_BURST);
        Self(Arc::new(Budgets {
            reads: per_second(settings.reads_per_second),
            changes: per_second(settings.changes_per_second),
            senders,
            trusted_proxies,
        }))
    }

    /// Takes one unit from the budget of the client that sends a request, and returns the client and its budget.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyRequests`] if the budget is empty.
    pub(crate) fn admit(
        &self,
        peer: IpAddr,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<(ClientAddress, ClientBudget), Refusal> {
        let address = self.0.trusted_proxies.client(peer, headers);
        let client = Client::from(address);
        let budget = match *method {
            Method::GET | Method::HEAD | Method::OPTIONS => &self.0.reads,
            _ => &self.0.changes,
        };
        let spent = budget.spend(client, 1, Condition::OneUnit, Instant::now());
        spent.map_err(Refusal::TooManyRequests)?;
        let budget = ClientBudget(Some((self.clone(), client)));
        Ok((ClientAddress(address), budget))
    }
}

/// The budget of one client. As an extractor it never fails.
#[derive(Clone)]
pub(crate) struct ClientBudget(Option<(RateLimiter, Client)>);

impl ClientBudget {
    /// The budget of a request that did not arrive over the network.
    pub(crate) const UNLIMITED: Self = Self(None);

    /// Takes units for changes, even more than the client has.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyRequests`] if the client has not even one unit. Nothing is taken then.
    pub(crate) fn spend_changes(&self, units: u32) -> Result<(), Refusal> {
        let spent = self.spend(|budgets| &budgets.changes, units, Condition::OneUnit);
        spent.map_err(Refusal::TooManyRequests)
    }

    /// Takes further units for a request that was admitted for one unit.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyRequests`] if the client is in debt. Nothing is taken then.
    pub(crate) fn spend_more_changes(&self, units: u32) -> Result<(), Refusal> {
        let spent = self.spend(|budgets| &budgets.changes, units, Condition::NoDebt);
        spent.map_err(Refusal::TooManyRequests)
    }

    /// Takes units for changes whose size is known only after they are made.
    pub(crate) fn charge_changes(&self, units: u32) {
        if let Some((RateLimiter(budgets), client)) = &self.0 {
            budgets.changes.charge(*client, units, Instant::now());
        }
    }

    /// Takes units for a read whose size is known only after it is done.
    pub(crate) fn charge_reads(&self, units: u32) {
        if let Some((RateLimiter(budgets), client)) = &self.0 {
            budgets.reads.charge(*client, units, Instant::now());
        }
    }

    /// Counts a sender that the client introduces.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManySenders`] if the client has introduced too many.
    pub(crate) fn introduce_sender(&self) -> Result<(), Refusal> {
        let spent = self.spend(|budgets| &budgets.senders, 1, Condition::OneUnit);
        spent.map_err(Refusal::TooManySenders)
    }

    fn spend(
        &self,
        budget: fn(&Budgets) -> &Budget,
        units: u32,
        condition: Condition,
    ) -> Result<(), Duration> {
        match &self.0 {
            Some((RateLimiter(budgets), client)) => {
                budget(budgets).spend(*client, units, condition, Instant::now())
            }
            None => Ok(()),
        }
    }
}

impl<S: Sync> axum::extract::FromRequestParts<S> for ClientBudget {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        _: &S,
    ) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().cloned().unwrap_or(Self::UNLIMITED))
    }
}

/// The units of each client.
struct Budget {
    /// `None` if there is no limit.
    rate: Option<Gcra>,
    clients: Mutex<Clients>,
}

/// What a client must have to spend any number of units.
#[derive(Clone, Copy)]
enum Condition {
    /// At least one unit.
    OneUnit,
    /// No debt.
    NoDebt,
}

struct Clients {
    paid_until: HashMap<Client, Instant>,
    /// The number of clients at which the next sweep takes place.
    sweep_at: usize,
}

impl Budget {
    fn new(period: Option<Duration>, burst: Duration) -> Self {
        let rate = |period| Gcra {
            period,
            burst: burst.max(period),
        };
        let clients = Clients {
            paid_until: HashMap::new(),
            sweep_at: MIN_SWEEP_CLIENTS,
        };
        Self {
            rate: period.map(rate),
            clients: Mutex::new(clients),
        }
    }

    /// Spends units if the client satisfies the condition. The error is the time until it does.
    fn spend(
        &self,
        client: Client,
        units: u32,
        condition: Condition,
        now: Instant,
    ) -> Result<(), Duration> {
        self.update(client, now, |rate, paid_until| {
            let needed = match condition {
                Condition::OneUnit => 1,
                Condition::NoDebt => 0,
            };
            rate.check(paid_until, needed, now)?;
            Ok(rate.spend(paid_until, units, now))
        })
    }

    /// Spends units, even if the client goes into debt.
    fn charge(&self, client: Client, units: u32, now: Instant) {
        // The closure returns no error.
        let _ = self.update(client, now, |rate, paid_until| {
            Ok(rate.spend(paid_until, units, now))
        });
    }

    fn update(
        &self,
        client: Client,
        now: Instant,
        update: impl FnOnce(Gcra, Instant) -> Result<Instant, Duration>,
    ) -> Result<(), Duration> {
        let Some(rate) = self.rate else {
            return Ok(());
        };
        // Every change is one step, so a panic leaves nothing half changed.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.paid_until.len() >= clients.sweep_at {
            clients.sweep(now);
        }
        let paid_until = clients.paid_until.entry(client).or_insert(now);
        *paid_until = update(rate, *paid_until)?;
        Ok(())
    }
}

impl Clients {
    /// Forgets the clients that have their whole budget. The clients that remain have sent a request within the time that
    /// pays for one unit, so an attacker with many addresses does not grow the map.
    fn sweep(&mut self, now: Instant) {
        self.paid_until.retain(|_, paid_until| *paid_until > now);
        self.sweep_at = MIN_SWEEP_CLIENTS.max(2 * self.paid_until.len());
    }
}

#[cfg(test)]
mod tests {
    use super::super::gcra::MAX_DEBT;
    use super::*;
    use std::net::{IpAddr, Ipv6Addr};

    fn client(number: u32) -> Client {
        IpAddr::V6(Ipv6Addr::from_bits(u128::from(number) << 64)).into()
    }

    fn per_second(count: u32) -> Budget {
        Budget::new(Duration::from_secs(1).checked_div(count), BURST)
    }

    #[test]
    fn a_client_with_one_unit_left_may_ask_for_many_and_then_waits_until_they_are_paid() {
        let budget = per_second(5);
        let begin = Instant::now();
        let spend_with = |condition, units, seconds: u64| {
            let now = begin + Duration::from_secs(seconds);
            budget.spend(client(1), units, condition, now)
        };
        let spend = |units, seconds| spend_with(Condition::OneUnit, units, seconds);
        assert_eq!(spend(49, 0), Ok(()));
        // Twenty seconds' worth; the client has a fifth of a second's left.
        assert_eq!(spend(100, 0), Ok(()));
        assert_eq!(spend(1, 0), Err(Duration::from_secs(20)));
        // An admitted request goes on only if the client is not in debt.
        assert!(spend_with(Condition::NoDebt, 0, 0).is_err());
        assert_eq!(spend_with(Condition::NoDebt, 0, 20), Ok(()));
        assert_eq!(spend(100, 19), Err(Duration::from_secs(1)));
        assert_eq!(spend(1, 20), Ok(()));
        // A charge always succeeds, and the debt is paid within a minute.
        budget.charge(client(1), u32::MAX, begin);
        assert_eq!(spend(1, 0), Err(MAX_DEBT + Duration::from_millis(200)));
        assert_eq!(spend(1, 61), Ok(()));
    }

    #[test]
    fn ten_thousand_commands_of_a_page_that_was_offline_take_less_than_a_minute() {
        let budget = per_second(LimitSettings::default().changes_per_second);
        let (begin, mut waited, mut sent) = (Instant::now(), Duration::ZERO, 0);
        while sent < 10_000 {
            match budget.spend(client(1), 1, Condition::OneUnit, begin + waited) {
                Ok(()) => sent += 1,
                // Whole seconds, as `Retry-After` says, and up to one more so that not all pages return together.
                Err(wait) => waited += Duration::from_secs(wait.as_secs() + 2),
            }
        }
        assert!(waited < Duration::from_secs(60), "{waited:?}");
    }

    #[test]
    fn a_client_introduces_200_senders_at_once_and_then_60_an_hour() {
        let limiter = RateLimiter::new(&LimitSettings::default(), TrustedProxies::default());
        let begin = Instant::now();
        let introduce = |minutes: u64| {
            let now = begin + Duration::from_secs(60 * minutes);
            limiter
                .0
                .senders
                .spend(client(1), 1, Condition::OneUnit, now)
        };
        for _ in 0..200 {
            assert_eq!(introduce(0), Ok(()));
        }
        assert_eq!(introduce(0), Err(Duration::from_secs(60)));
        for _ in 0..60 {
            assert_eq!(introduce(60), Ok(()));
        }
        assert!(introduce(60).is_err());
    }

    #[test]
    fn a_client_has_ten_seconds_worth_at_once_and_then_so_many_a_second() {
        let budget = per_second(5);
        let begin = Instant::now();
        let spend = |number, seconds: f64| {
            budget.spend(
                client(number),
                1,
                Condition::OneUnit,
                begin + Duration::from_secs_f64(seconds),
            )
        };
        for _ in 0..50 {
            assert_eq!(spend(1, 0.0), Ok(()));
        }
        assert_eq!(spend(1, 0.0), Err(Duration::from_millis(200)));
        assert_eq!(spend(1, 0.15), Err(Duration::from_millis(50)));
        // Other clients have budgets of their own.
        assert_eq!(spend(2, 0.15), Ok(()));
        // A refused request costs nothing.
        assert_eq!(spend(1, 0.2), Ok(()));
        assert!(spend(1, 0.2).is_err());
        for _ in 0..5 {
            assert_eq!(spend(1, 1.2), Ok(()));
        }
        assert!(spend(1, 1.2).is_err());
        // No more than that can be saved up.
        for _ in 0..50 {
            assert_eq!(spend(1, 1_000.0), Ok(()));
        }
        assert!(spend(1, 1_000.0).is_err());
    }

    #[test]
    fn without_a_limit_no_client_is_remembered() {
        let budget = per_second(0);
        let now = Instant::now();
        assert!((0..10_000).all(|_| budget.spend(client(1), 1, Condition::OneUnit, now).is_ok()));
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
        let budget = per_second(100);
        let mut now = Instant::now();
        let mut most = 0;
        for number in 0..500_000 {
            assert_eq!(
                budget.spend(client(number), 1, Condition::OneUnit, now),
                Ok(())
            );
            now += Duration::from_micros(10);
            most = most.max(budget.clients.lock().expect("no panic").paid_until.len());
        }
        // 1,000 of them arrive in the time that one request costs.
        assert!(most <= 2_100, "{most}");
    }
}
