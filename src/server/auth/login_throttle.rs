//! How often the password may be guessed. Whoever has guessed too often waits for a turn; the right password gets
//! in then like any other time. See `docs/decisions/0014-guessing-passwords.md`.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::TokenDigest;
use crate::server::net::Client;

/// Somebody who may be guessing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Guesser {
    /// A browser that has signed in before. Nobody else can spoil its turn.
    Browser(TokenDigest),
    /// Anybody else at an address.
    Stranger(Client),
}

/// How many wrong passwords are free, and how often one more is after them.
#[derive(Clone, Copy, Debug)]
struct Rate {
    free: u32,
    period: Duration,
}

/// The numbers of a throttle.
#[derive(Clone, Copy, Debug)]
struct Rules {
    /// Of one guesser: a class behind one address mistypes now and then.
    one: Rate,
    /// Of all strangers together.
    strangers: Rate,
    /// How many attempts of one guesser may wait for a turn.
    max_waiting_of_one: usize,
    /// How many attempts of all strangers, so that no turn is more than a minute away: proxies wait no longer.
    max_waiting_strangers: usize,
    /// How many attempts of all browsers.
    max_waiting_browsers: usize,
    /// How many guessers are remembered. With more, those are forgotten first that have waited longest.
    max_guessers: usize,
}

const RULES: Rules = Rules {
    one: Rate {
        free: 20,
        period: Duration::from_secs(10),
    },
    strangers: Rate {
        free: 100,
        period: Duration::from_secs(2),
    },
    max_waiting_of_one: 3,
    max_waiting_strangers: 10,
    max_waiting_browsers: 64,
    max_guessers: 10_000,
};

/// Counts wrong passwords, and says whose turn it is.
pub(super) struct Throttle {
    rules: Rules,
    turns: Mutex<Turns>,
    /// Somebody's turn may have come.
    changed: Notify,
}

#[derive(Default)]
struct Turns {
    by_guesser: HashMap<Guesser, Queue>,
    strangers: Queue,
    waiting_strangers: usize,
    waiting_browsers: usize,
    next_number: u64,
}

/// Who waits, and what has not been made up for by waiting.
#[derive(Default)]
struct Queue {
    wrong: u32,
    since: Option<Instant>,
    waiting: VecDeque<u64>,
}

/// A place in the queue. Dropping it leaves the queue.
struct Place<'a> {
    throttle: &'a Throttle,
    guesser: Guesser,
    number: u64,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::with(RULES)
    }
}

impl Throttle {
    fn with(rules: Rules) -> Self {
        Self {
            rules,
            turns: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Waits until a guess may be verified, which counts as a wrong one until it is
    /// [forgiven](Throttle::forgive); the error is how long to wait where there is no place to do so here.
    ///
    /// It takes what `acquire` gives before it counts, and answers it: those who wait to be verified together are not
    /// counted together.
    pub(super) async fn turn<P: Future>(
        &self,
        guesser: Guesser,
        acquire: impl Fn() -> P,
    ) -> Result<P::Output, Duration> {
        let mut place = None;
        loop {
            let changed = self.changed.notified();
            let permit = acquire().await;
            let now = Instant::now();
            let wait = match self.count(guesser, place.as_ref(), now) {
                Ok(()) => return Ok(permit),
                Err(wait) => wait,
            };
            drop(permit);
            if place.is_none() {
                place = Some(self.enter(guesser).ok_or(wait)?);
            }
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// The guess was right, and does not count.
    pub(super) fn forgive(&self, guesser: Guesser) {
        let mut turns = self.turns();
        if let Some(queue) = turns.by_guesser.get_mut(&guesser) {
            queue.wrong = queue.wrong.saturating_sub(1);
        }
        if let Guesser::Stranger(_) = guesser {
            turns.strangers.wrong = turns.strangers.wrong.saturating_sub(1);
        }
        drop(turns);
        self.changed.notify_waiters();
    }

    /// Counts a guess if its turn has come, or says when that may be.
    fn count(
        &self,
        guesser: Guesser,
        place: Option<&Place<'_>>,
        now: Instant,
    ) -> Result<(), Duration> {
        let Rules { one, strangers, .. } = self.rules;
        let number = place.map(|place| place.number);
        let mut turns = self.turns();
        let turns = &mut *turns;
        if turns.by_guesser.len() >= self.rules.max_guessers {
            forget_oldest(&mut turns.by_guesser);
        }
        let queue = turns.by_guesser.entry(guesser).or_default();
        queue.may_guess(number, one, now)?;
        if let Guesser::Stranger(_) = guesser {
            // Whose own turn has come waits among those of whom that is so.
            if let Some(number) = number
                && !turns.strangers.waiting.contains(&number)
            {
                turns.strangers.waiting.push_back(number);
            }
            turns.strangers.may_guess(number, strangers, now)?;
            turns.strangers.wrong += 1;
        }
        queue.wrong += 1;
        Ok(())
    }

    /// Takes a place in the queue, if there is one.
    fn enter(&self, guesser: Guesser) -> Option<Place<'_>> {
        let mut turns = self.turns();
        let turns = &mut *turns;
        let (waiting, most) = match guesser {
            Guesser::Browser(_) => (&mut turns.waiting_browsers, self.rules.max_waiting_browsers),
            Guesser::Stranger(_) => (
                &mut turns.waiting_strangers,
                self.rules.max_waiting_strangers,
            ),
        };
        let queue = turns.by_guesser.entry(guesser).or_default();
        if *waiting >= most || queue.waiting.len() >= self.rules.max_waiting_of_one {
            return None;
        }
        *waiting += 1;
        turns.next_number += 1;
        let number = turns.next_number;
        queue.waiting.push_back(number);
        Some(Place {
            throttle: self,
            guesser,
            number,
        })
    }

    fn turns(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut turns = self.throttle.turns();
        match self.guesser {
            Guesser::Browser(_) => turns.waiting_browsers -= 1,
            Guesser::Stranger(_) => turns.waiting_strangers -= 1,
        }
        if let Some(queue) = turns.by_guesser.get_mut(&self.guesser) {
            queue.waiting.retain(|number| *number != self.number);
        }
        (turns.strangers.waiting).retain(|number| *number != self.number);
        drop(turns);
        self.throttle.changed.notify_waiters();
    }
}

impl Queue {
    /// Whether the one with this number in the queue, or with none, may guess now; the error is how long that may take.
    fn may_guess(&mut self, number: Option<u64>, rate: Rate, now: Instant) -> Result<(), Duration> {
        let since = *self.since.get_or_insert(now);
        let waited = now.saturating_duration_since(since);
        let periods = waited.as_millis() / rate.period.as_millis().max(1);
        let made_up = u32::try_from(periods).unwrap_or(u32::MAX);
        if made_up >= self.wrong {
            (self.wrong, self.since) = (0, Some(now));
        } else {
            self.wrong -= made_up;
            self.since = Some(since + rate.period * made_up);
        }
        // Nobody overtakes those who wait.
        if self
            .waiting
            .front()
            .copied()
            .is_some_and(|front| number != Some(front))
        {
            return Err(rate.period);
        }
        if self.wrong < rate.free {
            return Ok(());
        }
        let waited = now.saturating_duration_since(self.since.unwrap_or(now));
        Err(rate.period.saturating_sub(waited))
    }
}

/// Half of those who do not wait, so that it is rarely done.
fn forget_oldest(all: &mut HashMap<Guesser, Queue>) {
    let mut times: Vec<_> = all.values().map(|queue| queue.since).collect();
    let middle = times.len() / 2;
    let (_, limit, _) = times.select_nth_unstable(middle);
    let limit = *limit;
    all.retain(|_, queue| queue.since > limit || !queue.waiting.is_empty());
}

#[cfg(test)]
#[path = "login_throttle_tests.rs"]
mod tests;
