//! Search in titles, regardless of case and accents.

use std::ops::Range;

/// The matches of the folded `needle` in `title`, as byte ranges of the title. They do not overlap, and start and end at
/// characters. `fold` removes case and accents; folding a text equals folding its characters one by one.
pub fn find_matches(title: &str, needle: &str, fold: impl Fn(&str) -> String) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if needle.is_empty() {
        return found;
    }
    let folded = fold(title);
    let mut next = position(&folded, needle, 0);
    if next.is_none() {
        return found;
    }
    // For each character, its offset in the title and in the folded title.
    let mut length = 0;
    let mut ends = Vec::new();
    for (at, character) in title.char_indices() {
        ends.push((at, length));
        length += fold(character.encode_utf8(&mut [0; 4])).len();
    }
    ends.push((title.len(), length));
    // The last offset in the title of an offset in the folded title: marks that fold to nothing belong to the character
    // before them.
    let last = |to: usize| ends.iter().rfind(|end| end.1 <= to).map_or(0, |end| end.0);
    while let Some(at) = next {
        let to = at + needle.len();
        let reached = ends.iter().find(|end| end.1 >= to).map_or(to, |end| end.1);
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

/// Whether the folded `needle` occurs in `title`. ASCII titles need no `fold`, which is slow.
pub fn has_match(title: &str, needle: &str, fold: impl Fn(&str) -> String) -> bool {
    let folded = match title.is_ascii() {
        true => title.to_ascii_lowercase(),
        false => fold(title),
    };
    position(&folded, needle, 0).is_some()
}

/// The first offset of `needle` from a byte offset on. The search of the standard library takes linear time for any
/// input, so a client cannot slow it down with a repetitive text.
pub(super) fn position(text: &str, needle: &str, from: usize) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    Some(from + text.get(from..)?.find(needle)?)
}
