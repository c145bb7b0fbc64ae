//! Quotas of long-lived resources (connections, event streams, attempts to sign in): a number in all, and a number for
//! each client. The router makes that of streams, and the listener that of connections.
//!
//! tokio's `Semaphore` has no limit for each client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::net::Client;

/// A quota; a clone is one counted reference.
#[derive(Clone)]
pub(crate) struct Quota(Arc<Inner>);

struct Inner {
    max_total: usize,
    max_per_client: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: usize,
    /// Only clients that hold a permit, so there are never more entries than permits.
    by_client: HashMap<Client, usize>,
}

/// A part of the quota. Dropping it returns it.
pub(crate) struct Permit {
    quota: Quota,
    client: Option<Client>,
}

impl Quota {
    /// A quota of `max_total` permits, of which one client may hold `max_per_client`.
    #[must_use]
    pub(crate) fn new(max_total: usize, max_per_client: usize) -> Self {
        let taken = Mutex::default();
        Self(Arc::new(Inner {
            max_total,
            max_per_client,
            taken,
        }))
    }

    /// Takes a permit; `None` if all are taken, or all of this client. Without a client only the total counts.
    #[must_use]
    pub(crate) fn take(&self, client: Option<Client>) -> Option<Permit> {
        let mut taken = self.taken();
        if taken.total >= self.0.max_total {
            return None;
        }
        if let Some(client) = client {
            if taken
                .by_client
                .get(&client)
                .is_some_and(|count| *count >= self.0.max_per_client)
            {
                return None;
            }
            *taken.by_client.entry(client).or_default() += 1;
        }
        taken.total += 1;
        drop(taken);
        let quota = self.clone();
        Some(Permit { quota, client })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // No code that can panic runs between two changes.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.quota.taken();
        taken.total -= 1;
        let Some(client) = self.client else { return };
        if let Some(count) = taken.by_client.get_mut(&client) {
            *count -= 1;
            if *count == 0 {
                taken.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn client(number: u32) -> Option<Client> {
        Some(IpAddr::V4(Ipv4Addr::from_bits(number)).into())
    }

    #[test]
    fn a_quota_limits_the_total_and_each_client() {
        let quota = Quota::new(4, 2);
        let mut held = vec![quota.take(client(1)), quota.take(client(1))];
        assert!(held.iter().all(Option::is_some));
        assert!(quota.take(client(1)).is_none());
        held.push(quota.take(client(2)));
        held.push(quota.take(None));
        assert!(held.iter().all(Option::is_some));
        assert!(quota.take(client(3)).is_none() && quota.take(None).is_none());
        held.remove(0);
        assert!(quota.take(client(1)).is_some());
        assert!(quota.take(client(3)).is_some());
    }

    #[test]
    fn a_client_without_a_permit_is_not_remembered() {
        let quota = Quota::new(usize::MAX, 1);
        for number in 0..1_000 {
            assert!(quota.take(client(number)).is_some());
        }
        let taken = quota.taken();
        assert_eq!((taken.total, taken.by_client.len()), (0, 0));
    }
}
