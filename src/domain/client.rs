//! Senders of commands, and the ids of commands, by which a repeated command counts once.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of a sender: an open page, a script, or the server itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(Uuid);

impl Hash for ClientId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0.as_bytes());
    }
}

impl ClientId {
    /// The server. It sends the commands that arrive without a sender.
    pub const SERVER: Self = Self(Uuid::nil());

    /// A UUIDv4 (RFC 9562) from the caller's randomness.
    #[must_use]
    pub fn new(random: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(random).into_uuid())
    }

    /// The sender in whose name pending commands of this sender are sent if the server does not know what this sender
    /// has sent before. All pages of a browser derive the same id, so a command that two of them send counts once.
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

/// The id of a command on a list. A sender numbers its commands from 1, without gaps. A rejected command consumes its
/// number too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CommandId {
    /// The sender.
    pub client: ClientId,
    /// The number of the command among those of the sender, from 1.
    pub seq: u64,
}

/// What to do with a command, as its id alone determines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is the next command of its sender: decide it.
    Next,
    /// It was decided before: repeat the first answer.
    Repeated,
    /// Commands of the sender before it are missing.
    Gap {
        /// The expected number.
        expected: u64,
    },
}
