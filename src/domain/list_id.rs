//! The ids of lists.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The permanent id of a list: a UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ListId(Uuid);

impl ListId {
    /// The list at `/`, which every server has. It is the only list so far.
    pub const HOME: Self = Self(Uuid::nil());

    /// The bytes of the UUID.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl From<Uuid> for ListId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}
