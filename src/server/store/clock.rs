//! What the rules in `domain` take from outside: the time, and random ids.

use std::time::{SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::domain::{Item, ItemId, Timestamp, Title};

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
