//! Maps and sets of ids that clients choose.
//!
//! A client that knows the hash of ids can choose thousands that collide, and each access then compares all of them. So
//! the hash has a random key. The caller draws it: this module has no randomness. SipHash-1-3 is the hash that the
//! standard library protects its maps with (Aumasson and Bernstein, 2012).

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;

use siphasher::sip::SipHasher13;

/// The key of a hash. It affects the speed of a map, but never its contents or the order of any output.
#[derive(Clone, Copy, Debug)]
pub struct HashKey([u64; 2]);

/// A map with ids as keys.
pub type IdMap<K, V> = HashMap<K, V, HashKey>;

/// A set of ids.
pub type IdSet<K> = HashSet<K, HashKey>;

impl HashKey {
    /// A key from the caller's randomness.
    #[must_use]
    pub const fn new(random: [u8; 16]) -> Self {
        let random = u128::from_le_bytes(random);
        Self([random as u64, (random >> 64) as u64])
    }
}

impl BuildHasher for HashKey {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        let Self([low, high]) = *self;
        SipHasher13::new_with_keys(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ClientId, ItemId};
    use std::hash::Hash;
    use uuid::Uuid;

    /// The number of ids in the fullest of 1,024 buckets. All ids have the same exclusive or of their halves.
    fn fullest_bucket<T: Hash + From<Uuid>>(key: HashKey) -> usize {
        let mut buckets = [0; 1_024];
        for number in 0..10_000_u64 {
            let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let id = Uuid::from_u64_pair(number, number);
            buckets[(key.hash_one(T::from(id)) % 1_024) as usize] += 1;
        }
        buckets.into_iter().max().unwrap_or(0)
    }

    #[test]
    fn ids_that_are_alike_fall_into_many_buckets_by_every_key() {
        for random in [0, 1, 255] {
            let key = HashKey::new([random; 16]);
            // Evenly spread, each bucket has ten.
            assert!(fullest_bucket::<ItemId>(key) < 40);
            assert!(fullest_bucket::<ClientId>(key) < 40);
        }
    }

    #[test]
    fn another_key_is_another_hash() {
        let id = ItemId::from(Uuid::from_u128(1));
        let hash = |random| HashKey::new([random; 16]).hash_one(id);
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1), hash(2));
    }
}
