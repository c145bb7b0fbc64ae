//! The marks before the items of a checklist: bullets, numbers and boxes.

use super::lines::Lines;

/// Bullets of Markdown. White space follows them.
const ASCII_BULLETS: [char; 3] = ['-', '*', '+'];

/// Bullets of word processors and notes. White space follows them.
const SIGN_BULLETS: [char; 8] = [
    '\u{2022}', '\u{25e6}', '\u{2023}', '\u{25aa}', '\u{25ab}', '\u{2043}', '\u{b7}', '\u{25cf}',
];

/// Boxes of one character.
const SIGN_BOXES: [(char, BoxState); 16] = [
    ('\u{2610}', BoxState::Empty),
    ('\u{25a1}', BoxState::Empty),
    ('\u{25a2}', BoxState::Empty),
    ('\u{25fb}', BoxState::Empty),
    ('\u{2b1c}', BoxState::Empty),
    ('\u{1f78e}', BoxState::Empty),
    ('\u{2611}', BoxState::Ticked),
    ('\u{2612}', BoxState::Ticked),
    ('\u{2713}', BoxState::Ticked),
    ('\u{2714}', BoxState::Ticked),
    ('\u{2705}', BoxState::Ticked),
    ('\u{1f5f9}', BoxState::Ticked),
    ('\u{1f5f8}', BoxState::Ticked),
    ('\u{2717}', BoxState::Other('\u{2717}')),
    ('\u{2718}', BoxState::Other('\u{2718}')),
    ('\u{274c}', BoxState::Other('\u{274c}')),
];

/// What is in a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BoxState {
    /// Nothing: the item is open.
    Empty,
    /// A tick: the item is completed.
    Ticked,
    /// Another sign, for example for an item that is under way.
    Other(char),
}

/// A line that is marked as an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marked<'a> {
    /// The text after the marks.
    pub(super) text: &'a str,
    /// The box, if there is one.
    pub(super) state: Option<BoxState>,
}

/// Splits a box off. A box of brackets ends with white space, because `[x](address)` is a link.
pub(super) fn split_box(text: &str) -> Option<(BoxState, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if let Some((_, state)) = SIGN_BOXES.iter().find(|(sign, _)| *sign == first) {
        // A character that asks for a colored sign may follow.
        let rest = chars.as_str().trim_start_matches('\u{fe0f}');
        return Some((*state, rest.trim_start()));
    }
    let close = match first {
        '[' => ']',
        '(' => ')',
        _ => return None,
    };
    let (inside, rest) = chars.as_str().split_once(close)?;
    let mut inside = inside.chars();
    let state = match (inside.next(), inside.next()) {
        (None, _) if first == '[' => BoxState::Empty,
        (Some(' ' | '\u{a0}'), None) => BoxState::Empty,
        (Some('x' | 'X'), None) => BoxState::Ticked,
        (Some('\u{2713}' | '\u{2714}' | '\u{2611}'), None) if first == '[' => BoxState::Ticked,
        (Some(sign), None) if first == '[' && sign.is_ascii_punctuation() => BoxState::Other(sign),
        _ => return None,
    };
    let is_box = rest.is_empty() || rest.starts_with(char::is_whitespace);
    let has_no_address = !rest.starts_with(['(', '[', ':']);
    (is_box || (text.starts_with("[ ]") && has_no_address)).then(|| (state, rest.trim_start()))
}

/// The rest after a bullet of one of these kinds.
fn without_bullet<'a>(line: &'a str, bullets: &[char]) -> Option<&'a str> {
    let rest = line.strip_prefix(bullets)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}

/// The rest after a number such as "1." or "2)".
fn without_number(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    let rest = rest
        .strip_prefix(['.', ')'])
        .filter(|_| (1..=9).contains(&digits))?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
}

/// The rest after the bullet or number that begins an item in Markdown.
pub(super) fn without_list_marker(line: &str) -> &str {
    let line = line.trim_start();
    let rest = without_bullet(line, &ASCII_BULLETS).or_else(|| without_number(line));
    rest.unwrap_or(line)
}

/// A line that is an item wherever it is: with a box, or with a bullet of a word processor.
pub(super) fn marked(line: &str) -> Option<Marked<'_>> {
    let line = line.trim();
    let sign = without_bullet(line, &SIGN_BULLETS);
    let rest = sign.unwrap_or_else(|| without_list_marker(line));
    match split_box(rest) {
        Some((state, text)) => Some(Marked {
            text,
            state: Some(state),
        }),
        None => sign.map(|text| Marked { text, state: None }),
    }
}

/// Whether a line begins like one of a checklist.
pub(super) fn has_mark(line: &str) -> bool {
    marked(line).is_some() || without_list_marker(line) != line.trim_start()
}

/// Whether a text is a checklist and not a text with an item on each line: a line has a box, or all have bullets or
/// numbers. A single space at the start of a line hides its mark, so that a title can begin like one.
pub(super) fn is_checklist(lines: &Lines<'_>) -> bool {
    let is_hidden = |line: &str| {
        let rest = line.strip_prefix(' ');
        rest.is_some_and(|rest| !rest.starts_with(char::is_whitespace))
    };
    let has_box = |line: &str| marked(line).is_some_and(|marked| marked.state.is_some());
    let lines: Vec<&str> = lines.iter().map(|(_, line)| line).collect();
    let filled = || lines.iter().filter(|line| !line.trim().is_empty());
    filled().any(|line| !is_hidden(line) && has_box(line))
        || (filled().next().is_some() && filled().all(|line| !is_hidden(line) && has_mark(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_is_split_off_and_a_link_is_none() {
        let check = |text: &str, expected: Option<(BoxState, &str)>| {
            assert_eq!(split_box(text), expected, "{text}");
        };
        use BoxState::{Empty, Other, Ticked};
        check("[ ] a", Some((Empty, "a")));
        check("[] a", Some((Empty, "a")));
        check("[ ]a", Some((Empty, "a")));
        check("[ ]", Some((Empty, "")));
        check("[x]\ta", Some((Ticked, "a")));
        check("[X] a", Some((Ticked, "a")));
        check("(x) a", Some((Ticked, "a")));
        check("[\u{2713}] a", Some((Ticked, "a")));
        check("[/] a", Some((Other('/'), "a")));
        check("[-] a", Some((Other('-'), "a")));
        check("\u{2610}a", Some((Empty, "a")));
        check("\u{2611}\u{fe0f} a", Some((Ticked, "a")));
        check("\u{2717} a", Some((Other('\u{2717}'), "a")));
        for text in [
            "[x](y)", "[ ](y)", "[ ]: y", "[x]y", "[1] y", "[ab] y", "() y", "(a) y", "[", "",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn a_checklist_has_a_box_or_only_marked_lines() {
        let check = |text: &str, expected: bool| {
            assert_eq!(is_checklist(&Lines::new(text)), expected, "{text:?}");
        };
        check("- [ ] a\n- [x] b", true);
        check("Kitchen\n\n  \u{2610} a", true);
        check("- a\n\n* b\n3) c\n\u{2022} d", true);
        check("a\n- b", false);
        check("(A) 2026-01-01 call @home\nx done", false);
        check(" - a", false);
        check(" - [ ] a", false);
        check("", false);
    }
}
