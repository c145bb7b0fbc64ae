//! The generic cell rate algorithm (ITU-T I.371), for the budgets of requests and for wrong passwords.
//!
//! It stores one moment for each client: until when everything that the client has spent is paid for. The crate
//! `governor` counts requests; it knows no debt, no refund, and no requirement other than the units to spend.

use std::time::{Duration, Instant};

/// The longest time by which a client can be in debt.
pub(super) const MAX_DEBT: Duration = Duration::from_secs(60);

/// How fast a client may spend units, and how many at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gcra {
    /// The time that pays for one unit.
    pub(crate) period: Duration,
    /// The time that a quiet client saves up.
    pub(crate) burst: Duration,
}

impl Gcra {
    /// Whether a client could spend this many units. The error is how long it must wait until it can.
    pub(crate) fn check(
        &self,
        paid_until: Instant,
        units: u32,
        now: Instant,
    ) -> Result<(), Duration> {
        match self.owed(paid_until, units, now).checked_sub(self.burst) {
            None | Some(Duration::ZERO) => Ok(()),
            Some(wait) => Err(wait),
        }
    }

    /// Spends units, even if the client cannot afford them. Returns the new moment.
    #[must_use]
    pub(crate) fn spend(&self, paid_until: Instant, units: u32, now: Instant) -> Instant {
        now + self.owed(paid_until, units, now).min(self.burst + MAX_DEBT)
    }

    /// Returns the moment as if the last unit had not been spent.
    #[must_use]
    pub(crate) fn refund(&self, paid_until: Instant) -> Instant {
        paid_until.checked_sub(self.period).unwrap_or(paid_until)
    }

    fn owed(&self, paid_until: Instant, units: u32, now: Instant) -> Duration {
        let owed = paid_until.saturating_duration_since(now);
        owed.saturating_add(self.period.saturating_mul(units))
    }
}
