//! Quotation marks in tables.

use super::ImportError;
use super::lines::Lines;

/// Quotation marks that do not match would join cells, or whole rows, without a word.
pub(super) fn check(
    text: &str,
    lines: &Lines<'_>,
    separator: u8,
    start: usize,
) -> Result<(), ImportError> {
    enum At {
        CellStart,
        Bare,
        Quoted(usize),
        AfterQuote(usize),
    }
    let error = |offset: usize, problem| {
        let line = lines.number_at(offset);
        Err(ImportError::Quotes { line, problem })
    };
    let mut at = At::CellStart;
    for (offset, byte) in text.bytes().enumerate().skip(start) {
        let ends_cell = byte == separator || matches!(byte, b'\n' | b'\r');
        at = match (at, byte) {
            (At::CellStart, b'"') => At::Quoted(offset),
            (At::Quoted(open), b'"') => At::AfterQuote(open),
            (At::Quoted(open), _) => At::Quoted(open),
            (At::AfterQuote(open), b'"') => At::Quoted(open),
            (_, _) if ends_cell => At::CellStart,
            (At::AfterQuote(_), b' ') => At::AfterQuote(offset),
            (At::AfterQuote(_), _) => {
                return error(offset, "text follows a closing quotation mark");
            }
            (At::CellStart | At::Bare, _) => At::Bare,
        };
    }
    match at {
        At::Quoted(open) => error(open, "a quotation mark opens here and is never closed"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_come_in_pairs_around_whole_cells() {
        let check = |text: &str, expected: Option<usize>| {
            let found = match super::check(text, &Lines::new(text), b',', 0) {
                Err(ImportError::Quotes { line, .. }) => Some(line),
                _ => None,
            };
            assert_eq!(found, expected, "{text}");
        };
        check("a,\"b\",c\r\n\"d\ne \"\"f\"\"\",\"\"", None);
        check("5\" nails,6\"", None);
        check("a\n\"b\" ,c", None);
        check("a\n\"b\"c,d", Some(2));
        check("a\n\n\"b\nc\n", Some(3));
    }
}
