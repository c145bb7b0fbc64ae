//! A position in the history of a list.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A position in a history of a list. Its text, `EPOCH-REVISION` in decimal numbers, is the cursor of the event stream.
/// Clients treat it as opaque.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The random id of the history. A restored backup begins another history: its revisions have nothing to do with
    /// lost revisions of the same numbers.
    pub epoch: u64,
    /// The revision of the list.
    pub revision: u64,
}

/// The text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a cursor is two numbers with a hyphen between them")]
pub struct ParseCursorError;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.revision)
    }
}

impl FromStr for Cursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> Result<Self, ParseCursorError> {
        let (epoch, revision) = text.split_once('-').ok_or(ParseCursorError)?;
        let number = |text: &str| text.parse().map_err(|_| ParseCursorError);
        Ok(Self {
            epoch: number(epoch)?,
            revision: number(revision)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_cursor_reads_back() {
        let cursor = Cursor {
            epoch: u64::MAX,
            revision: 57,
        };
        assert_eq!(cursor.to_string(), "18446744073709551615-57");
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for text in ["", "57", "-57", "a-57", "1-57-2", "99999999999999999999-1"] {
            assert_eq!(text.parse::<Cursor>(), Err(ParseCursorError), "{text:?}");
        }
    }
}
