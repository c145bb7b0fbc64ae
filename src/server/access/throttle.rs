//! How often an address may guess the password.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::server::limits::Client;

/// So many wrong ones are free: a class behind one address mistypes now and then.
const FREE: u32 = 20;

/// After them, one more in this time.
const PERIOD: Duration = Duration::from_secs(30);

/// How many addresses are remembered. With more, those are forgotten first that have waited longest.
const MAX_ADDRESSES: usize = 10_000;

/// Counts wrong passwords by address.
#[derive(Default)]
pub(super) struct Throttle(Mutex<HashMap<Client, Guesses>>);

/// Those that have not been made up for by waiting.
#[derive(Clone, Copy)]
struct Guesses {
    count: u32,
    since: Instant,
}

impl Throttle {
    /// Counts a guess, or says how long to wait before the next.
    pub(super) fn count(&self, address: IpAddr) -> Result<(), Duration> {
        self.count_at(address, Instant::now())
    }

    /// The guess was right, and does not count.
    pub(super) fn forgive(&self, address: IpAddr) {
        self.with(|guesses| {
            if let Some(guesses) = guesses.get_mut(&address.into()) {
                guesses.count = guesses.count.saturating_sub(1);
            }
        });
    }

    fn count_at(&self, address: IpAddr, now: Instant) -> Result<(), Duration> {
        self.with(|all| {
            if all.len() >= MAX_ADDRESSES {
                forget_oldest(all);
            }
            let nothing = Guesses {
                count: 0,
                since: now,
            };
            let guesses = all.entry(address.into()).or_insert(nothing);
            let waited = now.saturating_duration_since(guesses.since);
            let made_up = u32::try_from(waited.as_secs() / PERIOD.as_secs()).unwrap_or(u32::MAX);
            if made_up >= guesses.count {
                *guesses = nothing;
            } else {
                guesses.count -= made_up;
                guesses.since += PERIOD * made_up;
            }
            if guesses.count >= FREE {
                return Err(PERIOD.saturating_sub(now.saturating_duration_since(guesses.since)));
            }
            guesses.count += 1;
            Ok(())
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Client, Guesses>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Half of them, so that it is rarely done.
fn forget_oldest(all: &mut HashMap<Client, Guesses>) {
    let mut times: Vec<Instant> = all.values().map(|guesses| guesses.since).collect();
    let middle = times.len() / 2;
    let (_, limit, _) = times.select_nth_unstable(middle);
    let limit = *limit;
    all.retain(|_, guesses| guesses.since > limit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn who_guesses_has_to_wait_and_nobody_else() {
        let (throttle, begin) = (Throttle::default(), Instant::now());
        let (guesser, other) = (address("192.0.2.1"), address("192.0.2.2"));
        for _ in 0..FREE {
            assert_eq!(throttle.count_at(guesser, begin), Ok(()));
        }
        assert_eq!(throttle.count_at(guesser, begin), Err(PERIOD));
        assert_eq!(throttle.count_at(other, begin), Ok(()));
        let later = begin + PERIOD / 3;
        assert_eq!(throttle.count_at(guesser, later), Err(PERIOD - PERIOD / 3));
        let later = begin + PERIOD;
        assert_eq!(throttle.count_at(guesser, later), Ok(()));
        assert_eq!(throttle.count_at(guesser, later), Err(PERIOD));
        // After a night all is made up for.
        let later = begin + Duration::from_secs(8 * 60 * 60);
        for _ in 0..FREE {
            assert_eq!(throttle.count_at(guesser, later), Ok(()));
        }
        assert!(throttle.count_at(guesser, later).is_err());
    }

    #[test]
    fn the_right_password_is_no_guess() {
        let throttle = Throttle::default();
        let address = address("192.0.2.1");
        for _ in 0..3 * FREE {
            assert_eq!(throttle.count(address), Ok(()));
            throttle.forgive(address);
        }
    }

    #[test]
    fn however_many_addresses_guess_few_are_remembered() {
        let (throttle, begin) = (Throttle::default(), Instant::now());
        for number in 0..30_000_u32 {
            let now = begin + Duration::from_millis(u64::from(number));
            let _ = throttle.count_at(std::net::Ipv4Addr::from_bits(number).into(), now);
        }
        let remembered = throttle.with(|all| all.len());
        assert!(
            (MAX_ADDRESSES / 3..=MAX_ADDRESSES).contains(&remembered),
            "{remembered}"
        );
    }
}
