//! Who sends commands, and how a command is named so that it counts once.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Names one sender: an open page, a script, or the server itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(Uuid);

impl Hash for ClientId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0.as_bytes());
    }
}

impl ClientId {
    /// The server, for commands that come without a sender.
    pub const SERVER: Self = Self(Uuid::nil());

    /// Makes a UUIDv4 (RFC 9562) from the caller's randomness.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }

    /// The sender that what waits of this one goes on as, when the server does not know what it has sent
    /// before. All pages of a browser come to the same name: what two of them send counts once.
    #[must_use]
    pub fn renamed(self, epoch: u64) -> Self {
        let step = u128::from(epoch) << 1 | 1;
        Self(Uuid::from_u128(self.0.as_u128().wrapping_add(step)))
    }

    /// The bytes of the UUID.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl From<Uuid> for ClientId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl FromStr for ClientId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one command on one list. A sender counts its commands from 1, without a gap; a command that
/// was refused has used up its number too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommandId {
    /// Who sent it.
    pub client: ClientId,
    /// Which of the sender's commands it is, from 1.
    pub seq: u64,
}

/// What to do with a command, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is the next of its sender: decide it.
    Next,
    /// It was decided before: give the first answer again.
    Repeated,
    /// Commands before it are missing.
    Gap {
        /// The number that is expected.
        expected: u64,
    },
}
