//! Cached responses, their ETags, and the encodings that a client accepts.

pub(crate) mod etag;
pub(crate) mod response_cache;
