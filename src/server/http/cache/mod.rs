//! Responses that many clients share, and entity tags.
//!
//! A handler calls [`ResponseCache::respond`] with a closure that renders a [`RenderedBody`]. The closure runs once for
//! each state of the list.

mod response_cache;

pub(super) use self::response_cache::{RenderedBody, ResponseCache};
