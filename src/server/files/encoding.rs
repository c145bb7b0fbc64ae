//! The encoding of a text file: what the bytes mean as characters.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::ImportError;

/// How many bytes decide whether a text without a byte order mark is UTF-16.
const MAX_EXAMINED_BYTES: usize = 4_096;

/// The first bytes of files that are no text, and what to do with each.
const BINARY_FILES: [(&[u8], &str); 4] = [
    (
        b"PK\x03\x04",
        "it is a compressed file or a spreadsheet: unpack it, or save the table as CSV",
    ),
    (
        b"\xd0\xcf\x11\xe0",
        "it is an Office document: save the table as CSV, or the text as plain text",
    ),
    (b"%PDF", "it is a PDF: copy its text into a text file"),
    (
        b"SQLite format 3\0",
        "it is a database: `todo-list restore` reads a backup",
    ),
];

/// The text of a file without its byte order mark. Also returns what had to be assumed, if anything.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Option<&'static str>), ImportError> {
    if let Some((_, hint)) = BINARY_FILES
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
    {
        return Err(ImportError::NotText(hint));
    }
    let (encoding, assumption): (&'static Encoding, _) = if let Some((marked, _)) =
        Encoding::for_bom(bytes)
    {
        (marked, None)
    } else if let Some(guessed) = guess_utf_16(bytes) {
        (
            guessed,
            Some("the file was read as UTF-16, although it does not begin with a byte order mark"),
        )
    } else if std::str::from_utf8(bytes).is_ok() {
        (UTF_8, None)
    } else {
        let assumption =
            "the file is not UTF-8, so it was read as Windows-1252: check the letters with accents";
        (WINDOWS_1252, Some(assumption))
    };
    let (text, is_invalid) = encoding.decode_with_bom_removal(bytes);
    if is_invalid {
        return Err(ImportError::NotText(if encoding == UTF_8 {
            "it begins as UTF-8, but some of its bytes are not: save it as UTF-8"
        } else {
            "it begins as UTF-16, but is cut or damaged: save it as UTF-8"
        }));
    }
    if text.contains('\0') {
        return Err(ImportError::NotText(
            "it contains zero bytes: save it as plain text in UTF-8",
        ));
    }
    Ok((text, assumption))
}

/// Most characters of ordinary text have a zero byte in UTF-16, always on the same side.
fn guess_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let examined = &bytes[..bytes.len().min(MAX_EXAMINED_BYTES)];
    let zeros = |first: usize| {
        examined
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let units = examined.len() / 2;
    let (high, low) = (zeros(0), zeros(1));
    if units == 0 || !bytes.len().is_multiple_of(2) {
        None
    } else if high == 0 && low * 2 > units {
        Some(UTF_16LE)
    } else if low == 0 && high * 2 > units {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn check(bytes: &[u8], expected: &str, has_assumption: bool) {
        let (text, assumption) = decode(bytes).unwrap();
        assert_eq!(
            (&*text, assumption.is_some()),
            (expected, has_assumption),
            "{bytes:?}"
        );
    }

    #[test]
    fn text_is_read_in_every_usual_encoding() {
        let text = "Müll, 10 € und 🧺\r\n";
        check(text.as_bytes(), text, false);
        check(format!("\u{feff}{text}").as_bytes(), text, false);
        check(b"", "", false);
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            check(&utf_16(&format!("\u{feff}{text}"), bytes), text, false);
            check(&utf_16(text, bytes), text, true);
        }
        check(b"M\xfcll, 10 \x80 \x96 \x93x\x94", "Müll, 10 € – “x”", true);
    }

    #[test]
    fn what_is_no_text_says_what_it_is() {
        let check = |bytes: &[u8], expected: &str| {
            let message = decode(bytes).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        };
        check(b"PK\x03\x04rest", "save the table as CSV");
        check(b"%PDF-1.7", "PDF");
        check(b"SQLite format 3\0rest", "restore");
        check(b"a\0\0\0b", "zero bytes");
        check(b"\xef\xbb\xbfM\xfcll", "not: save it as UTF-8");
        check(&[0xff, 0xfe, b'a', 0, 0, 0xd8], "cut or damaged");
    }
}
