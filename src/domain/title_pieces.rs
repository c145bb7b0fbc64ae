//! The pieces of a title, for the page: links, and the matches of a search.

use std::ops::Range;

use super::search::position;

/// A piece of a title. All pieces in order are the title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TitlePiece {
    /// The text.
    pub text: String,
    /// The `http` or `https` address that the piece links to: the piece itself, or a longer text if a match is only a
    /// part of the address.
    pub link: Option<String>,
    /// Whether the piece is a match of the search.
    pub found: bool,
}

/// Splits a title into links and the text between them, and at the ends of matches. `found` has the byte ranges of the
/// matches, in order.
#[must_use]
pub fn title_pieces(title: &str, found: &[Range<usize>]) -> Vec<TitlePiece> {
    let mut pieces = Vec::new();
    let mut rest = 0;
    while rest < title.len() {
        let link = next_link(title, rest).unwrap_or(title.len()..title.len());
        cut(title, rest..link.start, None, found, &mut pieces);
        cut(
            title,
            link.clone(),
            Some(part(title, link.clone())),
            found,
            &mut pieces,
        );
        rest = link.end;
    }
    pieces
}

fn cut(
    title: &str,
    range: Range<usize>,
    link: Option<&str>,
    found: &[Range<usize>],
    pieces: &mut Vec<TitlePiece>,
) {
    let mut push = |from: usize, to: usize, found| {
        if from < to {
            pieces.push(TitlePiece {
                text: part(title, from..to).to_owned(),
                link: link.map(str::to_owned),
                found,
            });
        }
    };
    let mut rest = range.start;
    for found in found {
        let start = found.start.clamp(rest, range.end);
        let end = found.end.clamp(rest, range.end);
        push(rest, start, false);
        push(start, end, true);
        rest = end;
    }
    push(rest, range.end, false);
}

/// A part of a title. The range always starts and ends at characters, and indexing would add the standard library's
/// panic messages to the WASM: two kilobytes.
fn part(title: &str, range: Range<usize>) -> &str {
    title.get(range).unwrap_or_default()
}

/// The next address from a byte offset on: from `http://` or `https://` at the start of a word to the next white space,
/// without the punctuation that ends a sentence or closes a bracket around it.
fn next_link(title: &str, from: usize) -> Option<Range<usize>> {
    let bytes = title.as_bytes();
    let mut search = from;
    loop {
        let colon = position(title, "://", search)?;
        search = colon + 3;
        let scheme = ["https", "http"]
            .iter()
            .find(|scheme| bytes[..colon].ends_with(scheme.as_bytes()));
        let Some(scheme) = scheme else { continue };
        let start = colon - scheme.len();
        if start < from || start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
            continue;
        }
        let stops = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"');
        let mut end = part(title, search..title.len())
            .find(stops)
            .map_or(title.len(), |length| search + length);
        while end > search && is_outside(&bytes[search..end]) {
            end -= 1;
        }
        // The host is a name or an address.
        if end > search && !bytes[search].is_ascii_punctuation()
            || bytes[search..end].first() == Some(&b'[')
        {
            return Some(start..end);
        }
    }
}

/// Whether the last byte of an address is punctuation that does not belong to it.
fn is_outside(address: &[u8]) -> bool {
    match address.last() {
        Some(b')') => !address.contains(&b'('),
        Some(b']') => !address.contains(&b'['),
        Some(last) => b".,;:!?'*_".contains(last),
        None => false,
    }
}
