//! The encodings of a body.

use std::io::{self, Write};

use axum::http::{HeaderMap, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::accept_encoding::best_encoding;
use super::chunks::Chunks;

/// The quality of brotli, from 0 to 11. Higher levels take several times as long for a few percent, and the first
/// reader after every change waits for it.
const BROTLI_LEVEL: u32 = 4;

/// The size of brotli's window as a power of two. All clients understand up to 24, but titles do not repeat over long
/// distances, and each body that is being compressed needs the memory.
const BROTLI_WINDOW: u32 = 20;

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
        let mut encoded = Chunks::default();
        match self {
            Self::Plain => write_all(&mut encoded, plain)?,
            Self::Brotli => {
                let mut encoder = brotli::CompressorWriter::new(
                    &mut encoded,
                    BROTLI_BUFFER_BYTES,
                    BROTLI_LEVEL,
                    BROTLI_WINDOW,
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

fn write_all<'a>(
    target: &mut impl Write,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> io::Result<()> {
    chunks
        .into_iter()
        .try_for_each(|chunk| target.write_all(chunk))
}
