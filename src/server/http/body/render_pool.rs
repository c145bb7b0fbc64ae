//! Renders bodies: short ones where the request is handled, long ones in the worker pool.

use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::Response;

use super::chunks::Chunks;
use super::encoding::Encoding;
use super::long_bodies::LongBodies;
use super::recipient::Recipient;
use super::worker_pool::WorkerPool;
use crate::server::limits::Refusal;
use crate::server::limits::cost;
use crate::server::net::Client;

/// The largest number of items that a handler reads on its own thread. That takes less than a millisecond; more would
/// delay all other requests on the same thread.
pub(crate) const MAX_INLINE_ITEMS: usize = 250;

/// The length of the shortest long body, in bytes. Shorter bodies are not counted: 500 of them take at most 64 MB.
pub(in crate::server::http) const MIN_LONG_BYTES: usize = 128 << 10;

/// Compressing a long body counts as reading this many items, so that it runs in the worker pool.
pub(in crate::server::http) const COMPRESSION_ITEMS: usize = MAX_INLINE_ITEMS + 1;

/// The largest number of worker threads.
const MAX_THREADS: usize = 2;

/// How many bytes of a page one item takes.
const BYTES_PER_ITEM: usize = 256;

/// The units that it costs to compress this many bytes: as much as to read the items of a page of this length.
#[must_use]
pub(in crate::server::http) fn cost_of_bytes(bytes: usize) -> u32 {
    cost::of_items(bytes / BYTES_PER_ITEM)
}

/// The units that a response costs its client beyond the one for the request: an extension of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadCost(pub(crate) u32);

/// The threads and the memory for rendering; a clone is one counted reference.
#[derive(Clone)]
pub(crate) struct RenderPool(Arc<Inner>);

struct Inner {
    workers: WorkerPool,
    bodies: LongBodies,
}

impl RenderPool {
    /// A pool with half as many threads as there are processors, from 1 to [`MAX_THREADS`].
    #[must_use]
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Inner {
            workers: WorkerPool::new((processors / 2).clamp(1, MAX_THREADS)),
            bodies: LongBodies::default(),
        }))
    }

    /// The long bodies that exist.
    #[must_use]
    pub(in crate::server::http) fn bodies(&self) -> &LongBodies {
        &self.0.bodies
    }

    /// Does work that takes as long as reading this many items: at once if they are few, otherwise on a worker thread
    /// when it is the client's turn. Work for a response that clients share has no client.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if too much work of the client waits.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        client: Option<Client>,
        items: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        if items <= MAX_INLINE_ITEMS {
            return Ok(work());
        }
        self.0.workers.run(client, work).await.ok_or(Refusal::Busy)
    }

    /// Renders a body for one client, which takes as long as reading this many items. A long one is rendered only while
    /// there is memory for it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if there is no memory for it in time, or too much work of the client waits.
    async fn render<T: Send + 'static>(
        &self,
        client: Option<Client>,
        items: usize,
        render: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        if items <= MAX_INLINE_ITEMS {
            return Ok(render());
        }
        let mut render = render;
        loop {
            self.0.bodies.wait_for_room(client).await?;
            let bodies = self.0.bodies.clone();
            // Other requests of the same client may have taken the room.
            let attempt = move || match bodies.has_room(client) {
                true => Ok(render()),
                false => Err(render),
            };
            match self.run(client, items, attempt).await? {
                Ok(rendered) => return Ok(rendered),
                Err(not_rendered) => render = not_rendered,
            }
        }
    }

    /// A response for one recipient, whose body takes as long to render as reading this many items. The compression
    /// layer around all routes compresses a short one.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if there is no memory for it in time, or too much work of the client waits.
    pub(crate) async fn respond(
        &self,
        Recipient {
            client, encoding, ..
        }: Recipient,
        items: usize,
        media_type: &'static str,
        render: impl FnOnce() -> Chunks + Send + 'static,
    ) -> Result<Response, Refusal> {
        let mut cost = cost::of_items(items);
        let body = if items > MAX_INLINE_ITEMS {
            let render = move || EncodedBody::new(render(), encoding);
            self.render(client, items, render).await?
        } else {
            let chunks = render();
            if chunks.len() < MIN_LONG_BYTES {
                EncodedBody::new(chunks, encoding)
            } else {
                // A few items with long titles.
                let encode = move || EncodedBody::new(chunks, encoding);
                self.render(client, COMPRESSION_ITEMS, encode).await?
            }
        };
        let EncodedBody {
            chunks,
            encoding,
            plain_bytes,
        } = body;
        let body = if plain_bytes >= MIN_LONG_BYTES {
            cost += cost_of_bytes(chunks.len());
            self.0.bodies.add_for(client, chunks)
        } else {
            Body::from(chunks.into_bytes())
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding.name() {
            headers.insert(CONTENT_ENCODING, encoding);
        }
        if cost > 0 {
            response.extensions_mut().insert(ReadCost(cost));
        }
        Ok(response)
    }
}

/// Shorter bodies are not compressed, in bytes: they fit into one packet anyway.
const MIN_COMPRESSED_BYTES: usize = 1_024;

/// A body and its encoding.
struct EncodedBody {
    chunks: Chunks,
    encoding: Encoding,
    /// The length before compression, in bytes.
    plain_bytes: usize,
}

impl EncodedBody {
    /// Compresses a body, unless it is short or the encoder fails.
    fn new(chunks: Chunks, encoding: Encoding) -> Self {
        let plain_bytes = chunks.len();
        let encoded = match encoding {
            Encoding::Plain => None,
            Encoding::Brotli | Encoding::Gzip if plain_bytes < MIN_COMPRESSED_BYTES => None,
            Encoding::Brotli | Encoding::Gzip => encoding.encode(chunks.iter()).ok(),
        };
        let (chunks, encoding) = match encoded {
            Some(encoded) => (encoded, encoding),
            None => (chunks, Encoding::Plain),
        };
        Self {
            chunks,
            encoding,
            plain_bytes,
        }
    }
}
