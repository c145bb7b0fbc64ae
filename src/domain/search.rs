//! Finding a text in titles, without regard to case and accents.

use std::ops::Range;

/// Where the folded `needle` occurs in `title`, as byte ranges of the title that neither overlap nor
/// cut a character. `fold` takes case and accents away, from a text or from its characters one by one
/// alike.
pub fn find(title: &str, needle: &str, fold: impl Fn(&str) -> String) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if needle.is_empty() {
        return found;
    }
    let folded = fold(title);
    let mut next = position(&folded, needle, 0);
    if next.is_none() {
        return found;
    }
    // Where characters begin in the title, and where in the folded one.
    let mut length = 0;
    let mut ends = Vec::new();
    for (at, character) in title.char_indices() {
        ends.push((at, length));
        length += fold(character.encode_utf8(&mut [0; 4])).len();
    }
    ends.push((title.len(), length));
    // The last end in the title that leads no further in the folded one: marks that fold to nothing
    // belong to the character before them.
    let last = |to: usize| ends.iter().rfind(|end| end.1 <= to).map_or(0, |end| end.0);
    while let Some(at) = next {
        let to = at + needle.len();
        let reached = ends.iter().find(|end| end.1 >= to).map_or(to, |end| end.1);
        found.push(last(at)..last(reached));
        next = position(&folded, needle, reached);
    }
    found
}

/// A text as the search field holds it: a field of one line drops line breaks, and no document has a NUL.
#[must_use]
pub fn sanitize_search(text: &str) -> String {
    text.replace('\0', "\u{fffd}").replace(['\r', '\n'], "")
}

/// Whether the folded `needle` occurs in `title`. Most titles are found without `fold`, which takes its time.
pub fn finds(title: &str, needle: &str, fold: impl Fn(&str) -> String) -> bool {
    let folded = match title.is_ascii() {
        true => title.to_ascii_lowercase(),
        false => fold(title),
    };
    position(&folded, needle, 0).is_some()
}

/// Where `needle` occurs first, from a byte offset on. The search of the standard library takes as long as both are,
/// whatever they are: somebody may have chosen them to be compared again and again.
pub(super) fn position(text: &str, needle: &str, from: usize) -> Option<usize> {
    if needle.is_empty() {
        return None;
    }
    Some(from + text.get(from..)?.find(needle)?)
}
