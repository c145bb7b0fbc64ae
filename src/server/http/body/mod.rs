//! What reading the list may take of the server. Rendering, searching, writing and compressing a long list is done by
//! few threads of their own, in turn for each client; and long answers take so much memory in all, and so much for
//! one client.

pub(crate) mod accept_encoding;
mod chunks;
mod encoding;
mod long_bodies;
pub(crate) mod request;
mod workers;

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;

pub(crate) use self::chunks::{PIECE, Pieces};
pub(crate) use self::encoding::Encoding;
pub(crate) use self::long_bodies::{Bodies, Kept, LongBody};
use self::workers::Workers;
use crate::server::limits::Refusal;
use crate::server::limits::cost;
use crate::server::net::{Client, ClientAddress};

/// How many items can be read where the request is answered. That takes less than a millisecond; what takes longer
/// would hold up all other requests of the same thread.
pub(crate) const FEW: usize = 250;

/// How many bytes a long body has at least. Shorter ones are not counted: 500 of them are no more than 64 MB.
pub(crate) const LONG: usize = 128 << 10;

/// As how much work it counts to compress a long body.
pub(crate) const LONG_WORK: usize = FEW + 1;

/// How many threads read long lists.
const MAX_THREADS: usize = 2;

/// What compressing so many bytes costs: they are those of a page of as many items.
#[must_use]
pub(crate) fn price_of_bytes(bytes: usize) -> u32 {
    cost::of_items(bytes / 256)
}

/// What an answer has cost beyond the request itself, among the extensions of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost(pub(crate) u32);

/// The threads and the memory for reads; a clone is one counted reference.
#[derive(Clone)]
pub(crate) struct Reads(Arc<Shared>);

struct Shared {
    workers: Workers,
    bodies: Bodies,
}

/// Who reads, and what they have said about it.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// `None` for a request that has not come by the network.
    pub(crate) client: Option<Client>,
    pub(crate) headers: &'a HeaderMap,
}

/// The client of a request to a route.
#[derive(Clone, Copy)]
pub(crate) struct Asker(pub(crate) Option<Client>);

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddress>();
        Ok(Self(
            address.map(|ClientAddress(address)| (*address).into()),
        ))
    }
}

impl Reads {
    /// As many threads as half of the processors, but few.
    #[must_use]
    pub(crate) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Shared {
            workers: Workers::new((processors / 2).clamp(1, MAX_THREADS)),
            bodies: Bodies::default(),
        }))
    }

    /// Where long bodies are counted.
    #[must_use]
    pub(crate) fn bodies(&self) -> &Bodies {
        &self.0.bodies
    }

    /// Does what takes as long as reading so many items: here if they are few, else when it is this client's turn.
    /// Nobody's work is that which all share.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if the client has too much of it under way.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        client: Option<Client>,
        items: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        if items <= FEW {
            return Ok(work());
        }
        self.0.workers.run(client, work).await.ok_or(Refusal::Busy)
    }

    /// Makes a body for one reader alone, which takes as long as reading so many items. There must be room for a long
    /// one before it is made.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if there is no room, or no turn.
    pub(crate) async fn make<T: Send + 'static>(
        &self,
        client: Option<Client>,
        items: usize,
        make: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        if items <= FEW {
            return Ok(make());
        }
        let mut make = make;
        loop {
            self.0.bodies.wait_for_room(client).await?;
            let bodies = self.0.bodies.clone();
            // Others of the same client may have been faster.
            let attempt = move || match bodies.has_room(client) {
                true => Ok(make()),
                false => Err(make),
            };
            match self.work(client, items, attempt).await? {
                Ok(made) => return Ok(made),
                Err(not_made) => make = not_made,
            }
        }
    }

    /// The response for one client alone, whose body takes as long to make as reading `items` items. The body is compressed
    /// if the client accepts that.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if too much work or memory is in use.
    pub(crate) async fn answer(
        &self,
        Reader { client, headers }: Reader<'_>,
        items: usize,
        media_type: &'static str,
        make: impl FnOnce() -> Pieces + Send + 'static,
    ) -> Result<Response, Refusal> {
        let encoding = Encoding::wanted(headers);
        let mut cost = cost::of_items(items);
        let body = if items > FEW {
            let make = move || EncodedBody::new(make(), encoding);
            self.make(client, items, make).await?
        } else {
            let pieces = make();
            if pieces.len() < LONG {
                EncodedBody::new(pieces, encoding)
            } else {
                // A few items with long titles.
                let make = move || EncodedBody::new(pieces, encoding);
                self.make(client, LONG_WORK, make).await?
            }
        };
        let EncodedBody {
            pieces,
            encoding,
            plain_length,
        } = body;
        let body = if plain_length >= LONG {
            cost += price_of_bytes(pieces.len());
            self.0.bodies.hold_for(client, pieces)
        } else {
            Body::from(pieces.into_bytes())
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding.name() {
            headers.insert(CONTENT_ENCODING, encoding);
        }
        if cost > 0 {
            response.extensions_mut().insert(Cost(cost));
        }
        Ok(response)
    }
}

/// Bodies shorter than this are not compressed, in bytes: they fit into one packet anyway.
const MIN_COMPRESSED: usize = 1_024;

/// A body and its encoding.
struct EncodedBody {
    pieces: Pieces,
    encoding: Encoding,
    /// The length before it was compressed, in bytes.
    plain_length: usize,
}

impl EncodedBody {
    /// Compresses a body, unless it is short or the encoder fails.
    fn new(pieces: Pieces, encoding: Encoding) -> Self {
        let plain_length = pieces.len();
        let encoded = match encoding {
            Encoding::Plain => None,
            Encoding::Brotli | Encoding::Gzip if plain_length < MIN_COMPRESSED => None,
            Encoding::Brotli | Encoding::Gzip => encoding.encode(pieces.iter()).ok(),
        };
        let (pieces, encoding) = match encoded {
            Some(encoded) => (encoded, encoding),
            None => (pieces, Encoding::Plain),
        };
        Self {
            pieces,
            encoding,
            plain_length,
        }
    }
}
