//! A moment, as the server's clock tells it.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC. The rules never compare two people's clocks: a timestamp says
/// when something happened, not who wins.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// How long a removed item can be restored, in milliseconds: 30 days.
    pub const RESTORABLE_MILLIS: u64 = 30 * 24 * 60 * 60 * 1_000;

    /// Whether something that was removed at `removed` can no longer be restored now.
    #[must_use]
    pub fn is_past_restoring(self, removed: Self) -> bool {
        self.0.saturating_sub(removed.0) >= Self::RESTORABLE_MILLIS
    }
}
