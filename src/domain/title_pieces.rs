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

/// The brackets and quotation marks that come in pairs. A closing one belongs to an address only if the opening one does.
const PAIRS: [(char, char); 14] = [
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('\u{ab}', '\u{bb}'),
    ('\u{2039}', '\u{203a}'),
    ('\u{201c}', '\u{201d}'),
    ('\u{2018}', '\u{2019}'),
    ('\u{3008}', '\u{3009}'),
    ('\u{300a}', '\u{300b}'),
    ('\u{300c}', '\u{300d}'),
    ('\u{300e}', '\u{300f}'),
    ('\u{3010}', '\u{3011}'),
    ('\u{ff08}', '\u{ff09}'),
    ('\u{ff3b}', '\u{ff3d}'),
];

/// What no address contains: white space, and the punctuation of scripts that put none between words.
fn ends_address(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '<' | '>'
                | '"'
                | '\u{3001}'
                | '\u{3002}'
                | '\u{ff01}'
                | '\u{ff0c}'
                | '\u{ff0e}'
                | '\u{ff1a}'
                | '\u{ff1b}'
                | '\u{ff1f}'
        )
}

/// Punctuation that ends a sentence or a part of it, in any script, and the marks of emphasis in Markdown.
fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | ':'
            | '!'
            | '?'
            | '\''
            | '*'
            | '_'
            | '\u{201e}'
            | '\u{201a}'
            | '\u{2026}'
            | '\u{2013}'
            | '\u{2014}'
            | '\u{b7}'
            | '\u{37e}'
            | '\u{387}'
            | '\u{589}'
            | '\u{5c3}'
            | '\u{60c}'
            | '\u{61b}'
            | '\u{61f}'
            | '\u{6d4}'
            | '\u{964}'
            | '\u{965}'
            | '\u{e2f}'
            | '\u{104a}'
            | '\u{104b}'
            | '\u{1362}'
            ..='\u{1368}'
                | '\u{17d4}'
                | '\u{17d5}'
                | '\u{30fb}'
                | '\u{ff65}'
                | '\u{ff61}'
                | '\u{ff64}'
    )
}

/// The next address from a byte offset on: from `http://` or `https://` at the start of a word, in any case, to the next
/// white space, without the punctuation that ends a sentence or closes a bracket around it.
fn next_link(title: &str, from: usize) -> Option<Range<usize>> {
    let bytes = title.as_bytes();
    let mut search = from;
    loop {
        let colon = position(title, "://", search)?;
        search = colon + 3;
        let has_scheme = |scheme: &&&str| {
            let start = colon.checked_sub(scheme.len());
            let found = start.and_then(|start| bytes.get(start..colon));
            found.is_some_and(|found| found.eq_ignore_ascii_case(scheme.as_bytes()))
        };
        let scheme = ["https", "http"].iter().find(has_scheme);
        let Some(scheme) = scheme else { continue };
        let start = colon - scheme.len();
        if start < from || start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
            continue;
        }
        let rest = part(title, search..title.len());
        // Scripts without spaces go on right after a closing bracket.
        let ends = |(index, c): &(usize, char)| {
            ends_address(*c)
                || !c.is_ascii() && is_unpaired(part(rest, 0..index + c.len_utf8()), *c)
        };
        let end = rest.char_indices().find(ends);
        let mut address = part(rest, 0..end.map_or(rest.len(), |(index, _)| index));
        while let Some(last) = address
            .chars()
            .next_back()
            .filter(|last| is_outside(address, *last))
        {
            address = part(address, 0..address.len() - last.len_utf8());
        }
        let end = search + address.len();
        // The host is a name or an address.
        if end > search && !bytes[search].is_ascii_punctuation() || address.starts_with('[') {
            return Some(start..end);
        }
    }
}

/// Whether the last character of an address does not belong to it.
fn is_outside(address: &str, last: char) -> bool {
    // A bracket that is never closed belongs to what follows.
    let opens = PAIRS.iter().any(|(open, _)| *open == last);
    ends_sentence(last) || opens || is_unpaired(address, last)
}

/// Whether the last character of a text closes a pair that the text does not open.
fn is_unpaired(text: &str, last: char) -> bool {
    let count = |wanted: char| text.chars().filter(|c| *c == wanted).count();
    let pair = PAIRS.iter().find(|(_, close)| *close == last);
    pair.is_some_and(|(open, close)| count(*close) > count(*open))
}
