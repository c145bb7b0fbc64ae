//! A background task that deletes the items that were removed 30 days ago.

use std::time::Duration;

use super::{Store, now};
use crate::domain::Command;

/// The time between two checks for expired items.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Expires items until the future is dropped.
pub async fn run(store: Store) {
    loop {
        expire(&store).await;
        tokio::time::sleep(EXPIRY_INTERVAL).await;
    }
}

/// Deletes all items that can no longer be restored, by ordinary commands.
async fn expire(store: &Store) {
    let is_due = store
        .list()
        .next_to_expire()
        .is_some_and(|at| now().is_past_restoring(at));
    if !store.believes_clock() {
        if is_due {
            tracing::warn!(
                "the clock is days ahead of the last change: removed items are kept for another day, so that it can be set"
            );
        }
        return;
    }
    while store
        .list()
        .next_to_expire()
        .is_some_and(|at| now().is_past_restoring(at))
    {
        match store.run(None, Command::Expire).await {
            Ok(Some(change)) => {
                tracing::debug!(items = change.events.len(), "deleted expired items");
            }
            // Another store has deleted them.
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot delete expired items now");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{Change, CommandId, Event, HashKey, Item, List, Stamp, Timestamp, Title};
    use crate::server::store::new_item;

    /// A list with items that were removed this many days ago.
    fn list_of_removed(days: impl IntoIterator<Item = u64>) -> List {
        let item = |_| new_item(Title::parse("x").unwrap());
        let days: Vec<u64> = days.into_iter().collect();
        let items: Vec<Item> = days.iter().map(item).collect();
        let ids: Vec<_> = items.iter().map(|item| item.id).collect();
        let mut list = List::at_revision(HashKey::new([0; 16]), 1, items);
        let removal = |(id, days): (_, u64)| Event::Removed {
            id,
            at: Timestamp(now().0 - days * 24 * 60 * 60 * 1_000),
            was: None,
            before: None,
            stamp: Stamp { set: 2, was: 1 },
        };
        let command = CommandId {
            client: uuid::Uuid::from_bytes([1; 16]).into(),
            seq: 1,
        };
        list.apply(Arc::new(Change {
            revision: 2,
            command,
            events: ids.into_iter().zip(days).map(removal).collect(),
        }));
        list
    }

    #[tokio::test]
    async fn only_items_that_were_removed_30_days_ago_are_deleted() {
        // More than one command deletes.
        let old = (0..1_500).map(|number| 30 + number % 9);
        let store = Store::in_memory_with(list_of_removed(old.chain([29, 0]))).unwrap();
        expire(&store).await;
        assert_eq!(store.list().removed().count(), 2);
        let revision = store.list().revision();
        assert_eq!(revision, 4);
        expire(&store).await;
        assert_eq!(
            store.list().revision(),
            revision,
            "a command ran without an expired item"
        );
    }
}
