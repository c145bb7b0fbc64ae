//! Bytes that are written one after the other, and never lie in one place: growing that would take twice the memory.

use std::io::{self, Write};

use axum::body::Bytes;
use serde::{Serialize, Serializer as _};

/// How long a piece is, in bytes. It is what a connection makes before its socket has room.
pub(crate) const PIECE: usize = 64 << 10;

/// The bytes. All pieces but the last are of the same length.
#[derive(Default)]
pub(crate) struct Pieces {
    whole: Vec<Bytes>,
    last: Vec<u8>,
}

impl Pieces {
    /// A value as JSON. It must have no key that is not a text.
    #[must_use]
    pub(crate) fn json(value: &impl Serialize) -> Self {
        let mut pieces = Self::default();
        // Nothing else can fail.
        let _ = serde_json::to_writer(&mut pieces, value);
        pieces
    }

    /// Values as a list in JSON, each of which is there only while it is written.
    #[must_use]
    pub(crate) fn json_list(values: impl Iterator<Item: Serialize>) -> Self {
        let mut pieces = Self::default();
        let mut serializer = serde_json::Serializer::new(&mut pieces);
        // Nothing else can fail.
        let _ = serializer.collect_seq(values);
        pieces
    }

    /// How many bytes there are.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.whole.len() * PIECE + self.last.len()
    }

    /// Writes more bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.last.capacity() == 0 && self.len() + bytes.len() > PIECE {
                self.last.reserve_exact(PIECE);
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.last.len()));
            self.last.extend_from_slice(now);
            bytes = later;
            if self.last.len() == PIECE {
                self.whole.push(std::mem::take(&mut self.last).into());
            }
        }
    }

    /// The bytes, one piece after the other.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let whole = self.whole.iter().map(AsRef::as_ref);
        whole.chain(std::iter::once(self.last.as_slice()))
    }

    /// The pieces, the last one too.
    #[must_use]
    pub(crate) fn into_vec(mut self) -> Vec<Bytes> {
        if !self.last.is_empty() {
            self.whole.push(self.last.into());
        }
        self.whole
    }

    /// The bytes in one place.
    #[must_use]
    pub(crate) fn into_bytes(self) -> Bytes {
        if self.whole.is_empty() {
            return self.last.into();
        }
        self.into_vec().concat().into()
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in_in_pieces_of_one_length() {
        let bytes: Vec<u8> = (0..3 * PIECE + 5).map(|number| number as u8).collect();
        for step in [1_000, PIECE - 1, PIECE, PIECE + 1, bytes.len()] {
            let mut pieces = Pieces::default();
            for part in bytes.chunks(step) {
                pieces.push(part);
            }
            assert_eq!(pieces.len(), bytes.len(), "{step}");
            let pieces = pieces.into_vec();
            let lengths: Vec<_> = pieces.iter().map(Bytes::len).collect();
            assert_eq!(lengths, [PIECE, PIECE, PIECE, 5], "{step}");
            assert_eq!(pieces.concat(), bytes, "{step}");
        }
        assert_eq!(Pieces::default().into_bytes(), Bytes::new());
    }
}
