//! Items of the list.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Timestamp, Title};

/// The permanent id of an item: a UUIDv7 (RFC 9562). The client that adds the item makes it, so the server recognises an
/// addition that is sent twice.
#[derive(Clone, Copy, Debug, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(Uuid);

impl ItemId {
    /// A UUIDv7 from the caller's clock and randomness.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        Self(uuid::Builder::from_unix_timestamp_millis(now.0, &random).into_uuid())
    }

    /// The id as a number, which WASM compares much faster than single bytes.
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

/// The text is not the id of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an item is named by a UUID")]
pub struct ParseItemIdError;

impl FromStr for ItemId {
    type Err = ParseItemIdError;

    /// Parses a hyphenated UUID: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12. The parser of the uuid crate
    /// accepts more forms, which would make the WASM larger.
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

/// An item of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The permanent id.
    pub id: ItemId,
    /// The title.
    pub title: Title,
    /// When the item was completed; `None` while it is open.
    #[serde(default)]
    pub completed_at: Option<Timestamp>,
    /// A number that a client of the API has set, for an order of its own.
    #[serde(default)]
    pub order: Option<i64>,
    /// When the item was removed; `None` while it is in the list.
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

    /// What clients see of an item in the list, to compare items: everything except when it was completed, which a page
    /// may predict a little wrong.
    #[must_use]
    pub fn visible(&self) -> (ItemId, &Title, bool, Option<i64>) {
        let Self {
            id,
            title,
            completed_at,
            order,
            // Removed items are not in the list.
            removed_at: _,
        } = self;
        (*id, title, completed_at.is_some(), *order)
    }

    /// An upper bound of the length of the encoded item, in bytes.
    pub(super) fn weight(&self) -> usize {
        // The id has 17 bytes, the length of the title up to 3, and each number up to 11.
        17 + 3 + self.title.as_str().len() + 3 * 11
    }
}
