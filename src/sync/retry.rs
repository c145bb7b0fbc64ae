//! When a page calls the server again.

/// Half of the mean delay after the first failure, in milliseconds. The delay doubles with each failure.
const BASE_DELAY_MS: u32 = 250;
/// How often the delay doubles at most: to a mean of 32 seconds.
const MAX_DOUBLINGS: u32 = 7;

/// Which calls a page holds back because the server has asked it to wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum CallPause {
    /// None.
    #[default]
    None,
    /// Calls that send commands. Calls that ask for changes still go out.
    Commands,
    /// All calls.
    AllCalls,
}

/// The time that a page waits after `failures` failed calls in a row, in milliseconds: exponential back-off with jitter.
/// `random` is from 0 to 1; pages that have failed together do not come back together.
#[must_use]
pub(super) fn backoff_ms(failures: u32, random: f64) -> u32 {
    let delay = BASE_DELAY_MS << failures.min(MAX_DOUBLINGS);
    (f64::from(delay) * (0.5 + random)) as u32
}

/// The time that a page holds calls back if the server asks it to wait for `seconds`, in milliseconds.
/// `random` is from 0 to 1: pages that wait together do not come back together.
#[must_use]
pub(super) fn pause_ms(seconds: u64, random: f64) -> u32 {
    ((seconds as f64 + random) * 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_doubles_up_to_a_limit_and_is_spread() {
        let delays = [1, 2, 3, 7, 8, 1_000].map(|failures| backoff_ms(failures, 0.5));
        assert_eq!(delays, [500, 1_000, 2_000, 32_000, 32_000, 32_000]);
        assert_eq!(backoff_ms(1, 0.0), 250);
        assert!((740..750).contains(&backoff_ms(1, 0.99)));
    }

    #[test]
    fn a_pause_lasts_at_least_as_long_as_the_server_asks_for() {
        assert_eq!(pause_ms(2, 0.0), 2_000);
        assert_eq!(pause_ms(2, 0.5), 2_500);
        assert_eq!(pause_ms(u64::MAX, 0.5), u32::MAX);
    }
}
