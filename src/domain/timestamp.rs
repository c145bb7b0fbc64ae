//! Points in time.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC. A timestamp says when something happened. It never decides which of two writers
/// wins, so the rules do not compare the clocks of two machines.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// How long a removed item can be restored, in milliseconds: 30 days.
    pub const RESTORABLE_MILLIS: u64 = 30 * 24 * 60 * 60 * 1_000;

    /// Whether an item that was removed at `removed` can no longer be restored at this time.
    #[must_use]
    pub fn is_past_restoring(self, removed: Self) -> bool {
        self.0.saturating_sub(removed.0) >= Self::RESTORABLE_MILLIS
    }
}
