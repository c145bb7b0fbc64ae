//! The text of an item. It is parsed once, where it enters the program, and valid from then on.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The text of an item: trimmed, not empty, at most [`Title::MAX_CHARS`] long and without control characters other than
/// the tab. Everything else stays as it was typed.
///
/// Cloning does not copy the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Title(Arc<str>);

impl Title {
    /// The longest title, counted in Unicode scalar values (`char`), after trimming.
    pub const MAX_CHARS: usize = 500;

    /// Trims white space (Unicode `White_Space`) and checks the rest.
    ///
    /// # Errors
    ///
    /// The [`TitleError`] says which rule the text breaks first.
    pub fn parse(text: &str) -> Result<Self, TitleError> {
        let is_blank = |c: char| c.is_whitespace() || is_invisible(c);
        if text.chars().all(is_blank) {
            return Err(TitleError::Blank);
        }
        Self::parse_stored(text)
    }

    /// As [`Title::parse`], for a text that was a title before: titles of invisible characters were allowed.
    fn parse_stored(text: &str) -> Result<Self, TitleError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TitleError::Blank);
        }
        let chars = text.chars().count();
        if chars > Self::MAX_CHARS {
            return Err(TitleError::TooLong { chars });
        }
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Err(TitleError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character shows nothing: Unicode `Default_Ignorable_Code_Point` (Unicode 15), and the empty braille pattern.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Title {
    type Error = TitleError;

    fn try_from(text: String) -> Result<Self, TitleError> {
        Self::parse_stored(&text)
    }
}

impl From<Title> for String {
    fn from(title: Title) -> Self {
        title.as_str().to_owned()
    }
}

/// Why a text is no [`Title`]. The messages are for the person who has typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TitleError {
    /// The text has only white space and invisible characters.
    #[error("There is no text in it.")]
    Blank,
    /// The text is longer than [`Title::MAX_CHARS`].
    #[error("It has {chars} characters; at most {max} fit.", max = Title::MAX_CHARS)]
    TooLong {
        /// The length after trimming, in `char`s.
        chars: usize,
    },
    /// The text has a control character (Unicode category Cc) other than the tab, for example a line break.
    #[error("It contains a control character, such as a line break.")]
    ControlCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: Result<&str, TitleError>) {
        let actual = Title::parse(text);
        assert_eq!(
            actual.as_ref().map(Title::as_str),
            expected.as_ref().copied(),
            "{text:?}"
        );
    }

    #[test]
    fn surrounding_white_space_goes_and_the_rest_stays_as_typed() {
        check("Buy milk", Ok("Buy milk"));
        check("  Buy\u{a0} milk \t\n", Ok("Buy\u{a0} milk"));
        check("a\tb", Ok("a\tb"));
        check("<b>&amp;</b>", Ok("<b>&amp;</b>"));
        check(
            "e\u{301} \u{202e}\u{1f469}\u{200d}\u{1f4bb}",
            Ok("e\u{301} \u{202e}\u{1f469}\u{200d}\u{1f4bb}"),
        );
    }

    #[test]
    fn a_text_without_a_visible_character_is_blank() {
        for text in ["", " ", "\t\r\n", "\u{a0}\u{2003}\u{3000}\u{2028}"] {
            check(text, Err(TitleError::Blank));
        }
        for text in [
            "\u{200b}",
            "\u{feff} \u{200e}\u{200f}",
            "\u{ad}\u{2060}\t\u{fe0f}",
            "\u{2800}",
            "\u{3164}\u{ffa0}\u{115f}",
            "\u{e0041}\u{e007f}",
        ] {
            check(text, Err(TitleError::Blank));
            let stored = Title::try_from(text.to_owned());
            assert_eq!(stored.unwrap().as_str(), text, "a title of before");
        }
        check("\u{200b}a", Ok("\u{200b}a"));
        check("\u{2764}\u{fe0f}", Ok("\u{2764}\u{fe0f}"));
    }

    #[test]
    fn the_length_counts_characters_after_trimming() {
        let longest = "\u{1f600}".repeat(Title::MAX_CHARS);
        check(&longest, Ok(&longest));
        check(&format!("  {longest}  "), Ok(&longest));
        check(
            &format!("{longest}x"),
            Err(TitleError::TooLong { chars: 501 }),
        );
    }

    #[test]
    fn control_characters_other_than_the_tab_are_refused() {
        for c in (0..0x20).chain(0x7f..0xa0).filter_map(char::from_u32) {
            let expected = (c == '\t').then(|| format!("a{c}b"));
            check(
                &format!("a{c}b"),
                expected.as_deref().ok_or(TitleError::ControlCharacter),
            );
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_a_title_parses_to_itself(text in any::<String>()) {
            if let Ok(title) = Title::parse(&text) {
                prop_assert_eq!(Title::parse(title.as_str()), Ok(title.clone()));
                prop_assert_eq!(title.as_str(), text.trim());
            }
        }
    }
}
