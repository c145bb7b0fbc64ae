//! How much a client may ask for: so much a second, and much more at once if it was quiet before.
//!
//! What is counted is work, not requests: a command costs more the more it changes. Whoever has a unit left may ask
//! for one thing, however large, and pays for the rest of it afterwards.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method};

use super::Refusal;
use crate::server::config::LimitSettings;
use crate::server::net::{Client, ClientAddress, TrustedProxies};

/// What can be saved up: a client that was quiet may do as much at once as otherwise in this time.
const SAVINGS: Duration = Duration::from_secs(10);

/// How long a client has to wait at most until it has paid for what it has asked for.
const MAX_DEBT: Duration = Duration::from_secs(60);

/// How many new senders one client may introduce at once, if it has introduced none before.
const SENDERS_AT_ONCE: u32 = 200;

/// How many clients are remembered before it is looked who can be forgotten.
const FEW: usize = 1_024;

/// The budgets of all clients; a clone has the same ones.
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
        let per_second = |count| Budget::new(Duration::from_secs(1).checked_div(count), SAVINGS);
        let sender = Duration::from_secs(60 * 60).checked_div(settings.new_senders_per_hour);
        let senders = Budget::new(sender, sender.unwrap_or_default() * SENDERS_AT_ONCE);
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
        let spent = budget.spend(client, 1, Needs::OneUnit, Instant::now());
        spent.map_err(Refusal::TooManyRequests)?;
        let budget = ClientBudget(Some((self.clone(), client)));
        Ok((ClientAddress(address), budget))
    }
}

/// What one client may still ask for.
#[derive(Clone)]
pub(crate) struct ClientBudget(Option<(RateLimiter, Client)>);

impl ClientBudget {
    /// The budget of what has not come by the network.
    pub(crate) const UNLIMITED: Self = Self(None);

    /// Takes units for changes, also more than there are.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyRequests`] if there is not even one; nothing is taken then.
    pub(crate) fn spend_changes(&self, units: u32) -> Result<(), Refusal> {
        let spent = self.spend(|budgets| &budgets.changes, units, Needs::OneUnit);
        spent.map_err(Refusal::TooManyRequests)
    }

    /// Takes units for the rest of what a request asks for that was let through for one unit.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManyRequests`] if the client has more to pay for already; nothing is taken then.
    pub(crate) fn spend_more_changes(&self, units: u32) -> Result<(), Refusal> {
        let spent = self.spend(|budgets| &budgets.changes, units, Needs::NoDebt);
        spent.map_err(Refusal::TooManyRequests)
    }

    /// Takes units for changes that have turned out to be larger than was known.
    pub(crate) fn charge_changes(&self, units: u32) {
        if let Some((RateLimiter(budgets), client)) = &self.0 {
            budgets.changes.charge(*client, units, Instant::now());
        }
    }

    /// Takes units for a read that has turned out to be large.
    pub(crate) fn charge_reads(&self, units: u32) {
        if let Some((RateLimiter(budgets), client)) = &self.0 {
            budgets.reads.charge(*client, units, Instant::now());
        }
    }

    /// Takes note that the client introduces a sender.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooManySenders`] if it has introduced too many.
    pub(crate) fn introduce_sender(&self) -> Result<(), Refusal> {
        let spent = self.spend(|budgets| &budgets.senders, 1, Needs::OneUnit);
        spent.map_err(Refusal::TooManySenders)
    }

    fn spend(&self, of: fn(&Budgets) -> &Budget, units: u32, needs: Needs) -> Result<(), Duration> {
        match &self.0 {
            Some((RateLimiter(budgets), client)) => {
                of(budgets).spend(*client, units, needs, Instant::now())
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

/// So many units in a time for each client: the generic cell rate algorithm (ITU-T I.371), which keeps
/// one moment for a client: until when what it has asked for is paid.
struct Budget {
    /// What one unit costs; `None` if there is no limit.
    price: Option<Duration>,
    /// What can be saved up.
    savings: Duration,
    clients: Mutex<Clients>,
}

/// What a client must have to spend anything.
#[derive(Clone, Copy)]
enum Needs {
    /// At least one unit.
    OneUnit,
    /// Nothing, as long as it owes nothing.
    NoDebt,
}

struct Clients {
    paid_until: HashMap<Client, Instant>,
    /// The length of the map at which those are looked for who have their whole budget again.
    sweep_at: usize,
}

impl Budget {
    fn new(price: Option<Duration>, savings: Duration) -> Self {
        let clients = Clients {
            paid_until: HashMap::new(),
            sweep_at: FEW,
        };
        Self {
            price,
            savings: savings.max(price.unwrap_or_default()),
            clients: Mutex::new(clients),
        }
    }

    /// Pays for units if there is what it needs; the error is how long it takes until there is.
    fn spend(
        &self,
        client: Client,
        units: u32,
        needs: Needs,
        now: Instant,
    ) -> Result<(), Duration> {
        self.pay(client, now, |paid, price, most| {
            let needed = match needs {
                Needs::OneUnit => paid + price,
                Needs::NoDebt => paid,
            };
            if needed > most {
                return Err(needed - most);
            }
            Ok(paid + price.saturating_mul(units))
        })
    }

    /// Pays for units, also by a debt.
    fn charge(&self, client: Client, units: u32, now: Instant) {
        // It is never refused.
        let _ = self.pay(client, now, |paid, price, _| {
            Ok(paid + price.saturating_mul(units))
        });
    }

    /// Moves the moment until which a client has paid. `next` is told how far that is from now, what a unit costs, and
    /// how far it may be for the client to ask for more.
    fn pay(
        &self,
        client: Client,
        now: Instant,
        next: impl FnOnce(Duration, Duration, Duration) -> Result<Duration, Duration>,
    ) -> Result<(), Duration> {
        let Some(price) = self.price else {
            return Ok(());
        };
        // Every entry is whole at any moment.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if clients.paid_until.len() >= clients.sweep_at {
            clients.sweep(now);
        }
        let paid_until = clients.paid_until.entry(client).or_insert(now);
        let paid = paid_until.saturating_duration_since(now);
        let next = next(paid, price, self.savings)?;
        *paid_until = now + next.min(self.savings + MAX_DEBT);
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

    fn per_second(count: u32) -> Budget {
        Budget::new(Duration::from_secs(1).checked_div(count), SAVINGS)
    }

    #[test]
    fn whoever_has_one_unit_left_may_ask_for_many_and_then_waits_until_they_are_paid() {
        let budget = per_second(5);
        let begin = Instant::now();
        let spend_with = |needs, units, seconds: u64| {
            let now = begin + Duration::from_secs(seconds);
            budget.spend(client(1), units, needs, now)
        };
        let spend = |units, seconds| spend_with(Needs::OneUnit, units, seconds);
        assert_eq!(spend(49, 0), Ok(()));
        // Twenty seconds' worth, of which a fifth of a second's is there.
        assert_eq!(spend(100, 0), Ok(()));
        assert_eq!(spend(1, 0), Err(Duration::from_secs(20)));
        // A request that was let through goes on only if nothing is owed.
        assert!(spend_with(Needs::NoDebt, 0, 0).is_err());
        assert_eq!(spend_with(Needs::NoDebt, 0, 20), Ok(()));
        assert_eq!(spend(100, 19), Err(Duration::from_secs(1)));
        assert_eq!(spend(1, 20), Ok(()));
        // What is charged for is taken all the same, and never more than can be paid in a minute.
        budget.charge(client(1), u32::MAX, begin);
        assert_eq!(spend(1, 0), Err(MAX_DEBT + Duration::from_millis(200)));
        assert_eq!(spend(1, 61), Ok(()));
    }

    #[test]
    fn ten_thousand_commands_of_a_page_that_was_offline_take_less_than_a_minute() {
        let budget = per_second(LimitSettings::default().changes_per_second);
        let (begin, mut waited, mut sent) = (Instant::now(), Duration::ZERO, 0);
        while sent < 10_000 {
            match budget.spend(client(1), 1, Needs::OneUnit, begin + waited) {
                Ok(()) => sent += 1,
                // Whole seconds, as the answer says, and up to one more so that not all come back together.
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
            limiter.0.senders.spend(client(1), 1, Needs::OneUnit, now)
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
                Needs::OneUnit,
                begin + Duration::from_secs_f64(seconds),
            )
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
        let budget = per_second(0);
        let now = Instant::now();
        assert!((0..10_000).all(|_| budget.spend(client(1), 1, Needs::OneUnit, now).is_ok()));
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
            assert_eq!(budget.spend(client(number), 1, Needs::OneUnit, now), Ok(()));
            now += Duration::from_micros(10);
            most = most.max(budget.clients.lock().expect("no panic").paid_until.len());
        }
        // 1,000 of them come in the time that one request costs.
        assert!(most <= 2_100, "{most}");
    }
}
