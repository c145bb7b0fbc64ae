//! Whether the server can believe its clock when it is about to forget something for ever because of its age.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::now;
use crate::domain::Timestamp;

/// How far the clock may be ahead of what is expected. A server that was off for longer has to wait.
const MAX_LEAD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long a clock that was further ahead has to run before it is believed. A person or a time server has that long to
/// set it.
const DOUBT_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);

/// Compares the clock with the time of the last record, and later with the time that has passed. A machine without a
/// battery, or with a broken one, can start years ahead: everything that has an age would be forgotten at once.
#[derive(Debug)]
pub(crate) struct ClockWatch(Mutex<Observed>);

#[derive(Clone, Copy, Debug)]
struct Observed {
    /// What the clock said.
    clock: Timestamp,
    /// When it said so.
    at: Instant,
    /// Until then the clock is not believed.
    doubted_until: Option<Instant>,
}

impl ClockWatch {
    /// A watch that begins after a record of this time; 0 if there is none.
    #[must_use]
    pub(crate) fn after(last: Timestamp) -> Self {
        Self(Mutex::new(Observed::after(last, now(), Instant::now())))
    }

    /// Whether the clock can be believed now.
    pub(crate) fn is_believable(&self) -> bool {
        let mut observed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        observed.observe(now(), Instant::now())
    }
}

impl Observed {
    fn after(last: Timestamp, clock: Timestamp, at: Instant) -> Self {
        let expected = if last.0 == 0 { clock } else { last };
        let mut observed = Self {
            clock: expected,
            at,
            doubted_until: None,
        };
        observed.observe(clock, at);
        observed
    }

    fn observe(&mut self, clock: Timestamp, at: Instant) -> bool {
        let passed = at.saturating_duration_since(self.at);
        let advanced = Duration::from_millis(clock.0.saturating_sub(self.clock.0));
        if advanced > passed + MAX_LEAD {
            self.doubted_until = Some(at + DOUBT_PERIOD);
        }
        (self.clock, self.at) = (clock, at);
        self.doubted_until.is_none_or(|until| at >= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn clock(days: u64) -> Timestamp {
        Timestamp((20_000 + days) * 24 * 60 * 60 * 1_000)
    }

    #[test]
    fn a_clock_that_starts_near_the_last_record_is_believed() {
        let begin = Instant::now();
        for days in [0, 1, 6] {
            let mut observed = Observed::after(clock(0), clock(days), begin);
            assert!(observed.observe(clock(days), begin), "{days}");
        }
        let mut observed = Observed::after(Timestamp(0), clock(0), begin);
        assert!(observed.observe(clock(0), begin), "without a record");
        let mut observed = Observed::after(clock(40), clock(0), begin);
        assert!(observed.observe(clock(0), begin), "a record of the future");
    }

    #[test]
    fn a_clock_far_ahead_is_believed_after_a_day() {
        let begin = Instant::now();
        let mut observed = Observed::after(clock(0), clock(40), begin);
        assert!(!observed.observe(clock(40), begin));
        assert!(!observed.observe(clock(40), begin + 23 * HOUR));
        assert!(observed.observe(clock(41), begin + DAY));
        assert!(observed.observe(clock(71), begin + 31 * DAY));
    }

    #[test]
    fn a_clock_that_jumps_ahead_is_doubted_for_a_day() {
        let begin = Instant::now();
        let mut observed = Observed::after(clock(0), clock(0), begin);
        assert!(observed.observe(clock(9), begin + 9 * DAY));
        assert!(!observed.observe(clock(99), begin + 9 * DAY + HOUR));
        assert!(!observed.observe(clock(99), begin + 10 * DAY));
        assert!(observed.observe(clock(100), begin + 11 * DAY));
    }
}
