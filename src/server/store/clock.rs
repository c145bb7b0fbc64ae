//! What the rules in `domain` take from outside: the time, and random ids.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::domain::{Item, ItemId, Timestamp, Title};

/// How far the clock of another server may be ahead. A record that is later than that was made by a wrong clock, which
/// this server does not follow.
const MAX_CLOCK_LEAD_MILLIS: u64 = 60 * 1_000;

/// When the next command is decided: now, but not before the last record, which another server may have made.
pub(super) fn time_after(last: Timestamp, now: Timestamp) -> Timestamp {
    match last.0.saturating_sub(now.0) {
        0..=MAX_CLOCK_LEAD_MILLIS => last.max(now),
        _ => now,
    }
}

/// The server's time; 0 while its clock is set before 1970.
pub(crate) fn now() -> Timestamp {
    timestamp(SystemTime::now())
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// An item with a new id, from the server's clock and randomness.
#[must_use]
pub fn new_item(title: Title) -> Item {
    new_item_at(now(), title)
}

fn new_item_at(at: Timestamp, title: Title) -> Item {
    // The skipped bytes of a random UUID hold its version and variant, which are not random.
    let [a, b, c, d, e, f, _, _, _, g, h, i, j, ..] = Uuid::new_v4().into_bytes();
    Item::new(ItemId::new(at, [a, b, c, d, e, f, g, h, i, j]), title)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_time_never_goes_back_unless_a_clock_was_wrong() {
        let after = |last, now| time_after(Timestamp(last), Timestamp(now)).0;
        assert_eq!(after(0, 5), 5);
        assert_eq!(after(7, 5), 7);
        assert_eq!(
            after(5 + MAX_CLOCK_LEAD_MILLIS, 5),
            5 + MAX_CLOCK_LEAD_MILLIS
        );
        assert_eq!(after(6 + MAX_CLOCK_LEAD_MILLIS, 5), 5);
    }

    #[test]
    fn items_that_are_added_before_1970_have_different_ids() {
        let at = timestamp(UNIX_EPOCH - Duration::from_secs(24 * 60 * 60));
        assert_eq!(at, Timestamp(0));
        assert_eq!(
            timestamp(UNIX_EPOCH + Duration::from_millis(7)),
            Timestamp(7)
        );
        let ids = [(); 2].map(|()| {
            let title = Title::parse("x").expect("a title");
            new_item_at(at, title).id.to_string()
        });
        assert_ne!(ids[0], ids[1]);
        assert!(ids[0].starts_with("00000000-0000-7"), "{}", ids[0]);
    }
}
