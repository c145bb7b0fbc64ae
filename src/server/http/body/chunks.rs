//! Bytes in chunks. Growing one contiguous buffer would take twice the memory while it is copied.

use std::io::{self, Write};

use axum::body::Bytes;
use serde::{Serialize, Serializer as _};

/// The length of a chunk, in bytes. A connection takes one chunk at a time from a body.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;

/// Bytes in chunks of [`CHUNK_BYTES`]; the last one may be shorter.
#[derive(Default)]
pub(crate) struct Chunks {
    full: Vec<Bytes>,
    last: Vec<u8>,
}

impl Chunks {
    /// A value as JSON. All its keys must be strings.
    #[must_use]
    pub(crate) fn json(value: &impl Serialize) -> Self {
        let mut chunks = Self::default();
        // Only a key that is not a string can fail.
        let _ = serde_json::to_writer(&mut chunks, value);
        chunks
    }

    /// Values as a JSON array. Each value lives only while it is written.
    #[must_use]
    pub(crate) fn json_list(values: impl Iterator<Item: Serialize>) -> Self {
        let mut chunks = Self::default();
        let mut serializer = serde_json::Serializer::new(&mut chunks);
        // Only a key that is not a string can fail.
        let _ = serializer.collect_seq(values);
        chunks
    }

    /// The number of bytes.
    #[must_use]
    pub(crate) fn len(&self) -> usize {
        self.full.len() * CHUNK_BYTES + self.last.len()
    }

    /// Appends bytes.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.last.capacity() == 0 && self.len() + bytes.len() > CHUNK_BYTES {
                self.last.reserve_exact(CHUNK_BYTES);
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_BYTES - self.last.len()));
            self.last.extend_from_slice(now);
            bytes = later;
            if self.last.len() == CHUNK_BYTES {
                self.full.push(std::mem::take(&mut self.last).into());
            }
        }
    }

    /// The chunks in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let full = self.full.iter().map(AsRef::as_ref);
        full.chain(std::iter::once(self.last.as_slice()))
    }

    /// The chunks in order, none of them empty.
    #[must_use]
    pub(crate) fn into_vec(mut self) -> Vec<Bytes> {
        if !self.last.is_empty() {
            self.full.push(self.last.into());
        }
        self.full
    }

    /// The bytes in one buffer.
    #[must_use]
    pub(crate) fn into_bytes(self) -> Bytes {
        if self.full.is_empty() {
            return self.last.into();
        }
        self.into_vec().concat().into()
    }
}

impl Write for Chunks {
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
    fn bytes_come_out_as_they_went_in_and_in_chunks_of_one_length() {
        let bytes: Vec<u8> = (0..3 * CHUNK_BYTES + 5)
            .map(|number| number as u8)
            .collect();
        for step in [
            1_000,
            CHUNK_BYTES - 1,
            CHUNK_BYTES,
            CHUNK_BYTES + 1,
            bytes.len(),
        ] {
            let mut chunks = Chunks::default();
            for part in bytes.chunks(step) {
                chunks.push(part);
            }
            assert_eq!(chunks.len(), bytes.len(), "{step}");
            let chunks = chunks.into_vec();
            let lengths: Vec<_> = chunks.iter().map(Bytes::len).collect();
            assert_eq!(
                lengths,
                [CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES, 5],
                "{step}"
            );
            assert_eq!(chunks.concat(), bytes, "{step}");
        }
        assert_eq!(Chunks::default().into_bytes(), Bytes::new());
    }
}
