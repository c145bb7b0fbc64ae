//! Ids, senders and keys. Only the hash key is random here.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::domain::{ClientId, HashKey, ItemId, Timestamp};

/// A placeholder: rendering creates no items.
#[must_use]
pub fn new_item_id() -> ItemId {
    ItemId::new(Timestamp::default(), [0; 10])
}

/// A placeholder: rendering sends no commands.
#[must_use]
pub fn new_client_id() -> ClientId {
    ClientId::default()
}

/// The key with which this process hashes the ids in the lists that it renders.
#[must_use]
pub fn hash_key() -> HashKey {
    static KEY: LazyLock<HashKey> = LazyLock::new(|| HashKey::new(Uuid::new_v4().into_bytes()));
    *KEY
}

/// A placeholder: rendering has no delays.
#[must_use]
pub fn random_fraction() -> f64 {
    0.0
}
