//! Ids, senders and keys, from the browser's cryptographic randomness.

use leptos::prelude::window;

use super::now;
use crate::domain::{ClientId, HashKey, ItemId};

/// A new id, from the browser's clock and its cryptographic randomness.
#[must_use]
pub fn new_item_id() -> ItemId {
    ItemId::new(now(), random())
}

/// A new sender, from the browser's cryptographic randomness.
#[must_use]
pub fn new_client_id() -> ClientId {
    ClientId::new(random())
}

/// The key with which this page hashes ids, from the browser's cryptographic randomness.
#[must_use]
pub fn hash_key() -> HashKey {
    thread_local! {
        static KEY: HashKey = HashKey::new(random());
    }
    KEY.with(|key| *key)
}

/// A random number from 0 to 1, without 1.
#[must_use]
pub fn random_fraction() -> f64 {
    js_sys::Math::random()
}

/// Random bytes. Without cryptographic randomness, ordinary randomness keeps ids distinct: guessing one gains nothing.
fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut random = std::array::from_fn(|_| (random_fraction() * 256.0) as u8);
    if let Ok(crypto) = window().crypto() {
        // This fails only for more than 65,536 bytes, or if the browser has none.
        let _ = crypto.get_random_values_with_u8_array(&mut random);
    }
    random
}
