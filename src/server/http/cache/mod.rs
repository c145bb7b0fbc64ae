//! Cached responses, their ETags, and the encodings that a client accepts.

pub(crate) mod accept_encoding;
pub(crate) mod etag;
pub(crate) mod response_cache;
