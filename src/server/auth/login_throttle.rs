//! Limits wrong passwords. An attempt that comes too early waits for its turn, and the right password succeeds then. See
//! `docs/decisions/0014-guessing-passwords.md`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::TokenDigest;
use crate::server::limits::Gcra;
use crate::server::net::Client;

/// Where an attempt to sign in comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LoginSource {
    /// A browser that has signed in before. No other client can delay it.
    Browser(TokenDigest),
    /// Any other client.
    Address(Client),
}

/// The number of free wrong passwords, and the time until another one is free.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    free: u32,
    period: Duration,
}

#[derive(Clone, Copy, Debug)]
struct ThrottleLimits {
    /// For each source: people of a class behind one address mistype now and then.
    per_source: Allowance,
    /// For all addresses together.
    all_addresses: Allowance,
    /// How many attempts of one source may wait.
    max_waiting_per_source: usize,
    /// How many attempts of all addresses may wait. No turn is more than a minute away, which is how long proxies wait.
    max_waiting_addresses: usize,
    /// How many attempts of all browsers may wait.
    max_waiting_browsers: usize,
    /// How many sources are remembered. Beyond that, the half whose penalty ends first is forgotten.
    max_sources: usize,
}

const LIMITS: ThrottleLimits = ThrottleLimits {
    per_source: Allowance {
        free: 20,
        period: Duration::from_secs(10),
    },
    all_addresses: Allowance {
        free: 100,
        period: Duration::from_secs(2),
    },
    max_waiting_per_source: 3,
    max_waiting_addresses: 10,
    max_waiting_browsers: 64,
    max_sources: 10_000,
};

/// Counts wrong passwords and decides whose turn it is.
pub(super) struct LoginThrottle {
    limits: ThrottleLimits,
    queues: Mutex<Queues>,
    /// It may be the turn of an attempt that waits.
    changed: Notify,
}

#[derive(Default)]
struct Queues {
    by_source: HashMap<LoginSource, LoginQueue>,
    all_addresses: LoginQueue,
    waiting_addresses: usize,
    waiting_browsers: usize,
    last_position: u64,
}

/// The attempts that wait, in order, and until when the wrong passwords are paid for.
#[derive(Default)]
struct LoginQueue {
    paid_until: Option<Instant>,
    waiting: VecDeque<u64>,
}

/// The position of an attempt in the queue. Dropping it leaves the queue.
struct QueuePosition<'a> {
    throttle: &'a LoginThrottle,
    source: LoginSource,
    number: u64,
}

impl Default for LoginThrottle {
    fn default() -> Self {
        Self::with_limits(LIMITS)
    }
}

impl LoginThrottle {
    fn with_limits(limits: ThrottleLimits) -> Self {
        Self {
            limits,
            queues: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Waits until a password may be verified. It counts as wrong until it is [forgiven](Self::forgive).
    ///
    /// Acquires the permit to verify before it counts the password, and returns the permit: attempts that wait for a
    /// permit at the same time do not count against each other.
    ///
    /// # Errors
    ///
    /// The time after which another attempt may succeed, if too many attempts wait already.
    pub(super) async fn wait_for_turn<P: Future>(
        &self,
        source: LoginSource,
        acquire: impl Fn() -> P,
    ) -> Result<P::Output, Duration> {
        let mut position = None;
        loop {
            let changed = self.changed.notified();
            let permit = acquire().await;
            let now = Instant::now();
            let wait = match self.count(source, position.as_ref(), now) {
                Ok(()) => return Ok(permit),
                Err(wait) => wait,
            };
            drop(permit);
            if position.is_none() {
                position = Some(self.enqueue(source).ok_or(wait)?);
            }
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Does not count a password, because it was right.
    pub(super) fn forgive(&self, source: LoginSource) {
        let mut queues = self.queues();
        if let Some(queue) = queues.by_source.get_mut(&source) {
            queue.forgive(self.limits.per_source);
        }
        if let LoginSource::Address(_) = source {
            queues.all_addresses.forgive(self.limits.all_addresses);
        }
        drop(queues);
        self.changed.notify_waiters();
    }

    /// Counts a password if its turn has come. The error is when that may be.
    fn count(
        &self,
        source: LoginSource,
        position: Option<&QueuePosition<'_>>,
        now: Instant,
    ) -> Result<(), Duration> {
        let ThrottleLimits {
            per_source,
            all_addresses,
            ..
        } = self.limits;
        let number = position.map(|position| position.number);
        let mut queues = self.queues();
        let queues = &mut *queues;
        if queues.by_source.len() >= self.limits.max_sources {
            forget_half(&mut queues.by_source);
        }
        let queue = queues.by_source.entry(source).or_default();
        queue.check(number, per_source, now)?;
        if let LoginSource::Address(_) = source {
            // An attempt that is the next one of its address waits among those of all addresses.
            if let Some(number) = number
                && !queues.all_addresses.waiting.contains(&number)
            {
                queues.all_addresses.waiting.push_back(number);
            }
            queues.all_addresses.check(number, all_addresses, now)?;
            queues.all_addresses.spend(all_addresses, now);
        }
        queue.spend(per_source, now);
        Ok(())
    }

    /// Takes a position at the end of the queue; `None` if the queue is full.
    fn enqueue(&self, source: LoginSource) -> Option<QueuePosition<'_>> {
        let mut queues = self.queues();
        let queues = &mut *queues;
        let (waiting, max_waiting) = match source {
            LoginSource::Browser(_) => (
                &mut queues.waiting_browsers,
                self.limits.max_waiting_browsers,
            ),
            LoginSource::Address(_) => (
                &mut queues.waiting_addresses,
                self.limits.max_waiting_addresses,
            ),
        };
        let queue = queues.by_source.entry(source).or_default();
        if *waiting >= max_waiting || queue.waiting.len() >= self.limits.max_waiting_per_source {
            return None;
        }
        *waiting += 1;
        queues.last_position += 1;
        let number = queues.last_position;
        queue.waiting.push_back(number);
        Some(QueuePosition {
            throttle: self,
            source,
            number,
        })
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for QueuePosition<'_> {
    fn drop(&mut self) {
        let mut queues = self.throttle.queues();
        match self.source {
            LoginSource::Browser(_) => queues.waiting_browsers -= 1,
            LoginSource::Address(_) => queues.waiting_addresses -= 1,
        }
        if let Some(queue) = queues.by_source.get_mut(&self.source) {
            queue.waiting.retain(|number| *number != self.number);
        }
        (queues.all_addresses.waiting).retain(|number| *number != self.number);
        drop(queues);
        self.throttle.changed.notify_waiters();
    }
}

impl LoginQueue {
    /// Whether the attempt at this position, or one that does not wait, may go on. The error is how long that may take.
    fn check(
        &mut self,
        number: Option<u64>,
        allowance: Allowance,
        now: Instant,
    ) -> Result<(), Duration> {
        let paid_until = *self.paid_until.get_or_insert(now);
        // No attempt overtakes those that wait.
        let next = self.waiting.front();
        if next.is_some_and(|next| number != Some(*next)) {
            return Err(allowance.period);
        }
        allowance.gcra().check(paid_until, 1, now)
    }

    fn spend(&mut self, allowance: Allowance, now: Instant) {
        let paid_until = self.paid_until.unwrap_or(now);
        self.paid_until = Some(allowance.gcra().spend(paid_until, 1, now));
    }

    fn forgive(&mut self, allowance: Allowance) {
        let refund = |paid_until| allowance.gcra().refund(paid_until);
        self.paid_until = self.paid_until.map(refund);
    }
}

impl Allowance {
    fn gcra(self) -> Gcra {
        let Self { free, period } = self;
        Gcra {
            period,
            burst: period * free,
        }
    }
}

/// Forgets the half of the sources whose penalty ends first, except sources that wait. Half, so that it rarely happens.
fn forget_half(sources: &mut HashMap<LoginSource, LoginQueue>) {
    let mut times: Vec<_> = sources.values().map(|queue| queue.paid_until).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    sources.retain(|_, queue| queue.paid_until > median || !queue.waiting.is_empty());
}

#[cfg(test)]
#[path = "login_throttle_tests.rs"]
mod tests;
