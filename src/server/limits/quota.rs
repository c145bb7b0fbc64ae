//! Quota for what lasts, connections and streams: so many in all, and so many for one client.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::net::Client;

/// The places; a clone has the same ones.
#[derive(Clone)]
pub(crate) struct Quota(Arc<Inner>);

struct Inner {
    all: usize,
    for_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    /// Only of those who have one: there are never more entries than places.
    by_client: HashMap<Client, usize>,
}

/// A place that is taken. Dropping it gives it back.
pub(crate) struct Permit {
    places: Quota,
    client: Option<Client>,
}

impl Quota {
    /// So many, of which one client may have so many.
    #[must_use]
    pub(crate) fn new(all: usize, for_one: usize) -> Self {
        let taken = Mutex::default();
        Self(Arc::new(Inner {
            all,
            for_one,
            taken,
        }))
    }

    /// Takes a place; `None` if there is none left, at all or for this client. Without a client it counts
    /// among all only.
    #[must_use]
    pub(crate) fn take(&self, client: Option<Client>) -> Option<Permit> {
        let mut taken = self.taken();
        if taken.all >= self.0.all {
            return None;
        }
        if let Some(client) = client {
            if taken
                .by_client
                .get(&client)
                .is_some_and(|count| *count >= self.0.for_one)
            {
                return None;
            }
            *taken.by_client.entry(client).or_default() += 1;
        }
        taken.all += 1;
        drop(taken);
        let places = self.clone();
        Some(Permit { places, client })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        // Numbers are whole at any moment.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all -= 1;
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
    fn there_are_so_many_places_and_so_many_for_one() {
        let places = Quota::new(4, 2);
        let mut held = vec![places.take(client(1)), places.take(client(1))];
        assert!(held.iter().all(Option::is_some));
        assert!(places.take(client(1)).is_none());
        held.push(places.take(client(2)));
        held.push(places.take(None));
        assert!(held.iter().all(Option::is_some));
        assert!(places.take(client(3)).is_none() && places.take(None).is_none());
        held.remove(0);
        assert!(places.take(client(1)).is_some());
        assert!(places.take(client(3)).is_some());
    }

    #[test]
    fn whoever_has_no_place_is_not_remembered() {
        let places = Quota::new(usize::MAX, 1);
        for number in 0..1_000 {
            assert!(places.take(client(number)).is_some());
        }
        let taken = places.taken();
        assert_eq!((taken.all, taken.by_client.len()), (0, 0));
    }
}
