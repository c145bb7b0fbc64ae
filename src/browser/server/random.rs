//! Ids, senders and keys. Only the key of hashes is random here.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::domain::{ClientId, HashKey, ItemId, Timestamp};

/// The server makes ids of its own elsewhere; this one is never shown or stored.
#[must_use]
pub fn new_item_id() -> ItemId {
    ItemId::new(Timestamp::default(), [0; 10])
}

/// The server renders, and sends nothing.
#[must_use]
pub fn new_client_id() -> ClientId {
    ClientId::default()
}

/// The key by which this process hashes the ids of the lists that it renders.
#[must_use]
pub fn hash_key() -> HashKey {
    static KEY: LazyLock<HashKey> = LazyLock::new(|| HashKey::new(Uuid::new_v4().into_bytes()));
    *KEY
}

/// Nobody waits.
#[must_use]
pub fn random_fraction() -> f64 {
    0.0
}
