//! The encodings of a body, and how they are made.

use std::io::{self, Write};

use axum::http::{HeaderMap, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::chunks::Pieces;
use crate::server::http::body::accept_encoding::best_encoding;

/// How much work goes into brotli, of 11. The higher levels take several times as long for a few percent, and
/// after every change the first reader waits for it.
const BROTLI_LEVEL: u32 = 4;

/// The size of the window of brotli, as a power of two: the longest that all clients understand is 24. Titles do not
/// repeat from afar, and the memory for it is there as often as somebody compresses.
const BROTLI_WINDOW: u32 = 20;

/// In which encoding a client wants a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Plain,
    Brotli,
    Gzip,
}

impl Encoding {
    /// What a request with these headers wants.
    #[must_use]
    pub(crate) fn wanted(request: &HeaderMap) -> Self {
        match best_encoding(request, ["br", "gzip"].into_iter()) {
            Some("br") => Self::Brotli,
            Some(_) => Self::Gzip,
            None => Self::Plain,
        }
    }

    /// What the header of an answer calls it; the plain one has no name.
    #[must_use]
    pub(crate) fn name(self) -> Option<HeaderValue> {
        match self {
            Self::Plain => None,
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
        }
    }

    /// A body in this encoding.
    pub(crate) fn encode<'a>(
        self,
        plain: impl IntoIterator<Item = &'a [u8]>,
    ) -> io::Result<Pieces> {
        let mut encoded = Pieces::default();
        match self {
            Self::Plain => write_all(&mut encoded, plain)?,
            Self::Brotli => {
                let (level, window) = (BROTLI_LEVEL, BROTLI_WINDOW);
                let mut encoder = brotli::CompressorWriter::new(&mut encoded, 4_096, level, window);
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
    plain: impl IntoIterator<Item = &'a [u8]>,
) -> io::Result<()> {
    plain
        .into_iter()
        .try_for_each(|piece| target.write_all(piece))
}
