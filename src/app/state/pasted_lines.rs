//! Pasted lines as new items.

use crate::domain::{Title, TitleError};

/// The most lines that become items at once. A page shows so many within a third of a second.
const MAX_PASTED_LINES: usize = 5_000;

/// Whether the character ends a line, besides the line feed. Text from word processors and spreadsheets has all of them:
/// the vertical tab is a line break within a paragraph.
fn is_line_end(c: char) -> bool {
    matches!(c, '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}')
}

/// Marks before the items of a list. White space follows them.
const BULLETS: [&str; 14] = [
    "-", "*", "+", "\u{2022}", "\u{25e6}", "\u{2023}", "\u{25aa}", "\u{25ab}", "\u{2043}",
    "\u{b7}", "\u{2013}", "\u{2014}", "\u{25cf}", "o\t",
];

/// Boxes, and whether they are ticked. White space may follow those of one character, and must follow the others.
const BOXES: [(&str, bool); 16] = [
    ("[ ]", false),
    ("[]", false),
    ("[x]", true),
    ("[X]", true),
    ("( )", false),
    ("(x)", true),
    ("\u{2610}", false),
    ("\u{2611}", true),
    ("\u{2612}", true),
    ("\u{2713}", true),
    ("\u{2714}", true),
    ("\u{2705}", true),
    ("\u{25a1}", false),
    ("\u{25a2}", false),
    ("\u{25fb}", false),
    ("\u{2b1c}", false),
];

/// A line that becomes an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PastedLine {
    /// The title, without list marks.
    pub(crate) title: Title,
    /// Whether a box before it was ticked.
    pub(crate) completed: bool,
}

/// Why lines cannot become items. The messages are for the person who pastes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasteError {
    /// A line is no title.
    #[error("Line {0} cannot be an item: {1}")]
    Line(usize, TitleError),
    /// There are too many.
    #[error("These are {0} lines. Paste at most {max} at once.", max = MAX_PASTED_LINES)]
    TooMany(usize),
}

/// The lines of a text that have more than list marks. None if there are fewer than two.
///
/// # Errors
///
/// [`PasteError`] says why they cannot all become items.
pub(crate) fn parse(text: &str) -> Result<Vec<PastedLine>, PasteError> {
    // Windows ends a line with two characters.
    let lines = text
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line));
    let lines = lines.flat_map(|line| line.split(is_line_end)).enumerate();
    let lines = lines.map(|(index, line)| (index + 1, without_marks(line)));
    let lines: Vec<_> = lines.filter(|(_, (rest, _))| !rest.is_empty()).collect();
    match lines.len() {
        0 | 1 => return Ok(Vec::new()),
        count if count > MAX_PASTED_LINES => return Err(PasteError::TooMany(count)),
        _ => {}
    }
    let parse = |(number, (rest, completed))| match Title::parse(rest) {
        Ok(title) => Ok(PastedLine { title, completed }),
        Err(error) => Err(PasteError::Line(number, error)),
    };
    lines.into_iter().map(parse).collect()
}

/// The rest of a line after a bullet or a number, and after a box. Also returns whether the box is ticked.
fn without_marks(line: &str) -> (&str, bool) {
    let line = line.trim();
    let rest = without_bullet(line).unwrap_or(line);
    for (mark, is_ticked) in BOXES {
        if let Some(after) = rest.strip_prefix(mark) {
            let needs_space = mark.len() > 1 && mark.is_ascii();
            let follows = after.is_empty() || after.starts_with(char::is_whitespace);
            if follows || !needs_space {
                // A character for emphasis may follow the box.
                return (after.trim_start_matches('\u{fe0f}').trim_start(), is_ticked);
            }
        }
    }
    (rest, false)
}

/// The rest of a line after a bullet, or after a number such as "1.", "2)" or "(3)".
fn without_bullet(line: &str) -> Option<&str> {
    let bullet = BULLETS.iter().find_map(|bullet| line.strip_prefix(bullet));
    let number = || {
        let (open, rest) = match line.strip_prefix('(') {
            Some(rest) => (true, rest),
            None => (false, line),
        };
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let after = rest.get(digits..).filter(|_| (1..=4).contains(&digits))?;
        match open {
            true => after.strip_prefix(')'),
            false => after.strip_prefix(['.', ')']),
        }
    };
    let after = bullet.or_else(number)?;
    let is_mark = after.is_empty() || after.starts_with(char::is_whitespace);
    // The bullet of word processors ends with its tab.
    (is_mark || line.starts_with("o\t")).then(|| after.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the titles; those of ticked lines begin with "+".
    fn check(text: &str, expected: &[&str]) {
        let lines = parse(text).unwrap();
        let show = |line: &PastedLine| {
            let tick = if line.completed { "+" } else { "" };
            format!("{tick}{}", line.title)
        };
        let actual: Vec<_> = lines.iter().map(show).collect();
        assert_eq!(actual, expected, "{text:?}");
    }

    #[test]
    fn every_line_end_ends_a_line() {
        check("Milk\r\n\n  Eggs \n", &["Milk", "Eggs"]);
        check(
            "Milk\rEggs\u{2028}Bread\u{b}Tea\u{2029}Jam",
            &["Milk", "Eggs", "Bread", "Tea", "Jam"],
        );
    }

    #[test]
    fn bullets_numbers_and_boxes_are_taken_off_and_ticks_kept() {
        check("- Milk\n* Eggs\n\u{2022} Bread", &["Milk", "Eggs", "Bread"]);
        check(
            "\u{2022}\tBread\t\no\tCheese\n\u{b7}\tApples",
            &["Bread", "Cheese", "Apples"],
        );
        check(
            "1. Bread\n2) Cheese\n(3) Apples\n 10. Tea",
            &["Bread", "Cheese", "Apples", "Tea"],
        );
        check(
            "- [ ] Milk\n- [x] Eggs\n[X] Bread\n[] Tea",
            &["Milk", "+Eggs", "+Bread", "Tea"],
        );
        check("1. [x] Milk\n2. [ ] Eggs", &["+Milk", "Eggs"]);
        check(
            "\u{2610} Milk\n\u{2611} Eggs\n\u{2611}\u{fe0f}Bread\n\u{2713}Tea\n- \u{2714} Jam",
            &["Milk", "+Eggs", "+Bread", "+Tea", "+Jam"],
        );
    }

    #[test]
    fn what_only_looks_like_a_mark_stays() {
        check("-1 degree\n- -1 degree", &["-1 degree", "-1 degree"]);
        check("1.5 kg flour\n3 eggs", &["1.5 kg flour", "3 eggs"]);
        check(
            "2026. was\noil\n[x]y\n(a) b",
            &["was", "oil", "[x]y", "(a) b"],
        );
        check("12345. long\nopen", &["12345. long", "open"]);
        check("**bold**\nplain", &["**bold**", "plain"]);
        check("**bold**\n*", &[]);
    }

    #[test]
    fn one_line_offers_nothing_and_a_line_that_cannot_be_an_item_says_why() {
        for text in ["Milk", "Milk\n\n", "", "- \n- [ ]\nMilk"] {
            assert_eq!(parse(text), Ok(Vec::new()), "{text:?}");
        }
        let long = format!("Milk\n\n{}", "x".repeat(501));
        let error = parse(&long).unwrap_err().to_string();
        assert!(error.starts_with("Line 3 cannot be an item: "), "{error}");
        let lines = |count: usize| vec!["x"; count].join("\n");
        assert_eq!(
            parse(&lines(MAX_PASTED_LINES)).unwrap().len(),
            MAX_PASTED_LINES
        );
        assert_eq!(
            parse(&lines(MAX_PASTED_LINES + 1)),
            Err(PasteError::TooMany(5_001))
        );
    }
}
