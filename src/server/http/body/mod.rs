//! Bodies of requests and responses.
//!
//! Rendering, searching and compressing a long list takes time and memory. A [`RenderPool`] bounds both: a few threads
//! of its own serve the clients in turn, and long bodies take a limited amount of memory, in all and for each client. A
//! handler extracts the [`Recipient`] of its response and calls [`RenderPool::respond`], or
//! [`ResponseCache::respond`](super::cache::ResponseCache::respond) for a response that many clients share.

mod accept_encoding;
mod chunks;
mod encoding;
mod entity_tag;
mod long_bodies;
mod media_type;
mod recipient;
mod render_pool;
mod worker_pool;

pub(super) use self::accept_encoding::best_encoding;
pub(super) use self::chunks::{CHUNK_BYTES, Chunks};
pub(super) use self::encoding::Encoding;
pub(super) use self::entity_tag::{EntityTag, PreconditionFailed, Preconditions, Selection};
pub(super) use self::media_type::{is_form, is_json};
pub(super) use self::recipient::Recipient;
pub(super) use self::render_pool::{MAX_INLINE_ITEMS, ReadCost, RenderPool};

// What only the response cache uses.
pub(super) use self::long_bodies::{LongBodies, LongBody, LongBodySlot};
pub(super) use self::render_pool::{COMPRESSION_ITEMS, MIN_LONG_BYTES, cost_of_bytes};
