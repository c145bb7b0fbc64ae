//! One thing to do.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Timestamp, Title};

/// Names an item for ever. Whoever adds the item makes it (UUIDv7, RFC 9562), so that the same
/// addition sent twice is recognised.
#[derive(Clone, Copy, Debug, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(Uuid);

impl ItemId {
    /// Makes a UUIDv7 from the caller's clock and randomness.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(now.0, &random).into_uuid())
    }

    /// The same as a number: in the browser it is compared much faster than byte by byte.
    const fn number(self) -> u128 {
        u128::from_ne_bytes(self.0.into_bytes())
    }
}

impl PartialEq for ItemId {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Hash for ItemId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.0.as_bytes());
    }
}

impl From<Uuid> for ItemId {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is not the name of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an item is named by a UUID")]
pub struct ParseItemIdError;

impl FromStr for ItemId {
    type Err = ParseItemIdError;

    /// Reads a UUID as it is usually written: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12. The
    /// parser of the uuid crate knows more forms, which cost the page more code than they are worth.
    fn from_str(text: &str) -> Result<Self, ParseItemIdError> {
        let mut number = 0_u128;
        for (index, byte) in text.bytes().enumerate() {
            let is_gap = matches!(index, 8 | 13 | 18 | 23);
            match char::from(byte).to_digit(16) {
                Some(digit) if !is_gap => number = number << 4 | u128::from(digit),
                None if is_gap && byte == b'-' => {}
                _ => return Err(ParseItemIdError),
            }
        }
        if text.len() == 36 {
            Ok(Self(Uuid::from_u128(number)))
        } else {
            Err(ParseItemIdError)
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name for ever.
    pub id: ItemId,
    /// What it says.
    pub title: Title,
    /// When it was completed; `None` while it is open.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// A number that somebody's program has given it, for an order of its own.
    #[serde(default)]
    pub order: Option<i64>,
    /// When it was removed; `None` while it is in the list.
    #[serde(default)]
    pub removed_at: Option<Timestamp>,
}

impl Item {
    /// An open item.
    #[must_use]
    pub fn new(id: ItemId, title: Title) -> Self {
        Self {
            id,
            title,
            completed_at: None,
            order: None,
            removed_at: None,
        }
    }
}
