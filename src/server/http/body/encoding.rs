//! The encodings of a body.

use std::io::{self, Write};

use axum::http::{HeaderMap, HeaderValue};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::accept_encoding::best_encoding;
use super::chunks::Chunks;

/// The quality of brotli, from 0 to 11. Higher levels take several times as long for a few percent, and the first
/// reader after every change waits for it.
const BROTLI_LEVEL: i32 = 4;

/// The size of brotli's window as a power of two, for bodies that fit into it. Each body that is being compressed needs
/// twice this memory.
const BROTLI_WINDOW: i32 = 20;

/// The window for longer bodies. All clients understand up to 24. A list page has the ids and titles of its rows twice,
/// and a page of 10,000 items fits into this window.
const LONG_BROTLI_WINDOW: i32 = 22;

/// The size of brotli's input buffer, in bytes.
const BROTLI_BUFFER_BYTES: usize = 4_096;

/// An encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::server::http) enum Encoding {
    Plain,
    Brotli,
    Gzip,
}

impl Encoding {
    /// The encoding that a request with these headers prefers.
    #[must_use]
    pub(super) fn accepted(request: &HeaderMap) -> Self {
        match best_encoding(request, ["br", "gzip"].into_iter()) {
            Some("br") => Self::Brotli,
            Some(_) => Self::Gzip,
            None => Self::Plain,
        }
    }

    /// The value of `Content-Encoding`; `None` for a plain body.
    #[must_use]
    pub(in crate::server::http) fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Plain => None,
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
        }
    }

    /// Encodes the chunks of a plain body.
    pub(in crate::server::http) fn encode<'a>(
        self,
        plain: impl IntoIterator<Item = &'a [u8]>,
    ) -> io::Result<Chunks> {
        let plain: Vec<&[u8]> = plain.into_iter().collect();
        let mut encoded = Chunks::default();
        match self {
            Self::Plain => write_all(&mut encoded, plain)?,
            Self::Brotli => {
                let length = plain.iter().map(|chunk| chunk.len()).sum();
                let params = brotli_params(length);
                let mut encoder = brotli::CompressorWriter::with_params(
                    &mut encoded,
                    BROTLI_BUFFER_BYTES,
                    &params,
                );
                write_all(&mut encoder, plain)?;
            }
            Self::Gzip => {
                let mut encoder = GzEncoder::new(&mut encoded, Compression::default());
                write_all(&mut encoder, plain)?;
                encoder.finish()?;
            }
        }
        Ok(encoded)
    }
}

/// The parameters for a body of this length, in bytes. Brotli looks for matches farther back if it knows that a body is
/// long.
fn brotli_params(length: usize) -> BrotliEncoderParams {
    BrotliEncoderParams {
        quality: BROTLI_LEVEL,
        lgwin: if length <= 1 << BROTLI_WINDOW {
            BROTLI_WINDOW
        } else {
            LONG_BROTLI_WINDOW
        },
        size_hint: length,
        ..BrotliEncoderParams::default()
    }
}

fn write_all<'a>(
    target: &mut impl Write,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> io::Result<()> {
    chunks
        .into_iter()
        .try_for_each(|chunk| target.write_all(chunk))
}
