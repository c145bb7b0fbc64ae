//! Search in titles. It finds what looks the same: case, accents, the width of letters, ligatures, the kinds of quotes,
//! hyphens and spaces, and invisible characters do not matter.

use std::ops::Range;

/// The text in the form in which texts are compared. It has no line break that `text` does not have.
///
/// `decompose` returns the compatibility decomposition (NFKD) of a text without marks and ignorable characters, in lower
/// case. It needs the tables of Unicode, and decomposes each character by itself. Only this function is common to the
/// browser and the server.
#[must_use]
pub fn fold(text: &str, decompose: impl Fn(&str) -> String) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(&mut folded, text, decompose);
    folded
}

/// Appends a folded text. ASCII needs no `decompose`, which is slow in the browser.
fn fold_into(folded: &mut String, text: &str, decompose: impl Fn(&str) -> String) {
    let decomposed = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        // Its decomposition would be a space with an accent, but people type it as an apostrophe.
        let acute = |letter| if letter == '\u{b4}' { '\'' } else { letter };
        decompose(&text.chars().map(acute).collect::<String>())
    };
    for letter in decomposed.chars() {
        folded.push_str(match letter {
            '\n' => "\n",
            letter if letter.is_whitespace() => {
                if folded.ends_with(' ') {
                    continue;
                }
                " "
            }
            '\u{df}' => "ss",
            '\u{e6}' => "ae",
            '\u{153}' => "oe",
            '\u{f8}' => "o",
            '\u{142}' => "l",
            '\u{111}' | '\u{f0}' => "d",
            '\u{fe}' => "th",
            '\u{127}' => "h",
            '\u{167}' => "t",
            '\u{131}' => "i",
            // The final sigma.
            '\u{3c2}' => "\u{3c3}",
            '`' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2bc}' | '\u{2039}' | '\u{203a}' => "'",
            '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => "\"",
            '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' => "-",
            // The slash in the decomposition of a fraction.
            '\u{2044}' => "/",
            letter => {
                folded.push(letter);
                continue;
            }
        });
    }
}

/// The folded text to search for. Spaces around it do not matter.
#[must_use]
pub fn fold_needle(search: &str, decompose: impl Fn(&str) -> String) -> String {
    fold(search, decompose).trim().to_owned()
}

/// The matches of the folded `needle` in `title`, as byte ranges of the title. They do not overlap, and consist of whole
/// characters: a part of the folded character is a match of the character.
pub fn find_matches(
    title: &str,
    needle: &str,
    decompose: impl Fn(&str) -> String,
) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Folding each character by itself is slow in the browser, and few titles match.
    if !has_match(title, needle, &decompose) {
        return found;
    }
    // For each character, its offset in the title and in the folded title.
    let mut folded = String::new();
    let mut starts = Vec::new();
    for (at, character) in title.char_indices() {
        starts.push((at, folded.len()));
        fold_into(&mut folded, character.encode_utf8(&mut [0; 4]), &decompose);
    }
    starts.push((title.len(), folded.len()));
    // The last offset in the title of an offset in the folded title: characters that fold to nothing belong to the
    // character before them.
    let last = |to: usize| {
        starts
            .iter()
            .rfind(|start| start.1 <= to)
            .map_or(0, |start| start.0)
    };
    let mut next = position(&folded, needle, 0);
    while let Some(at) = next {
        let to = at + needle.len();
        let reached = starts
            .iter()
            .find(|start| start.1 >= to)
            .map_or(to, |start| start.1);
        found.push(last(at)..last(reached));
        next = position(&folded, needle, reached);
    }
    found
}

/// A text as a search field holds it: the field drops line breaks, and HTML has no NUL.
#[must_use]
pub fn sanitize_search(text: &str) -> String {
    text.replace('\0', "\u{fffd}").replace(['\r', '\n'], "")
}

/// Whether the folded `needle` occurs in `title`.
pub fn has_match(title: &str, needle: &str, decompose: impl Fn(&str) -> String) -> bool {
    position(&fold(title, decompose), needle, 0).is_some()
}

/// Which of some titles, which have no line breaks, contain the folded `needle`. All titles are folded at once: the browser
/// is slow in folding thousands of short texts.
pub fn have_match<'a>(
    titles: impl Iterator<Item = &'a str>,
    needle: &str,
    decompose: impl Fn(&str) -> String,
) -> Vec<bool> {
    let mut lines = String::new();
    for title in titles {
        lines.push_str(title);
        lines.push('\n');
    }
    let folded = fold(&lines, decompose);
    let folded = folded.lines();
    folded
        .map(|title| position(title, needle, 0).is_some())
        .collect()
}

/// The first offset of `needle` from a byte offset on. The search of the standard library takes linear time for any
/// input, so a client cannot slow it down with a repetitive text.
pub(super) fn position(text: &str, needle: &str, from: usize) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    Some(from + text.get(from..)?.find(needle)?)
}
