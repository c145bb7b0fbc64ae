//! A cache of one response: rendered once for each state of the list, compressed once for each encoding.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use futures_util::future::{Either, ready};
use tokio::sync::{Mutex, OnceCell};
use tokio::task::spawn_blocking;

use crate::server::http::body::{
    COMPRESSION_ITEMS, Chunks, Encoding, EntityTag, LongBodies, LongBody, LongBodySlot,
    MIN_LONG_BYTES, ReadCost, Recipient, RenderPool, cost_of_bytes,
};
use crate::server::limits::Refusal;
use crate::server::limits::cost;

/// How many headers a response has when the pipeline is done with it, so that the map is allocated once.
const HEADER_CAPACITY: usize = 19;

/// A body as it was rendered, with its type and tag.
pub(crate) struct RenderedBody {
    media_type: &'static str,
    tag: EntityTag,
    header: Option<(HeaderName, HeaderValue)>,
    chunks: Chunks,
}

impl RenderedBody {
    /// A body whose tag is a digest of its bytes.
    #[must_use]
    pub(crate) fn new(media_type: &'static str, chunks: Chunks) -> Self {
        let tag = EntityTag::weak(chunks.iter());
        Self::with_tag(tag, media_type, chunks)
    }

    /// A plain body with this tag.
    #[must_use]
    pub(crate) fn with_tag(tag: EntityTag, media_type: &'static str, chunks: Chunks) -> Self {
        Self {
            media_type,
            tag,
            header: None,
            chunks,
        }
    }

    /// Adds a header to the response.
    #[must_use]
    pub(crate) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        let header = Some((name, value));
        Self { header, ..self }
    }
}

/// A response in the encodings that clients have asked for so far.
struct CachedResponse {
    media_type: HeaderValue,
    /// The tag of the plain body.
    tag: EntityTag,
    header: Option<(HeaderName, HeaderValue)>,
    body: CachedBody,
}

enum CachedBody {
    Short(Arc<ShortVariants>),
    Long(LongVariants),
}

struct ShortVariants {
    plain: Bytes,
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

/// Each variant stays as long as there is room for it.
#[derive(Default)]
struct LongVariants {
    plain: LongBodySlot,
    brotli: LongBodySlot,
    gzip: LongBodySlot,
}

/// The variant of a body from which a response can be made: of a long body the one in the accepted encoding, otherwise
/// the plain one.
enum Variant {
    Short(Arc<ShortVariants>),
    Long(Encoding, Arc<LongBody>),
}

impl CachedResponse {
    fn new(rendered: RenderedBody, bodies: &LongBodies) -> (Arc<Self>, Variant) {
        let RenderedBody {
            media_type,
            tag,
            header,
            chunks,
        } = rendered;
        let (body, variant) = if chunks.len() < MIN_LONG_BYTES {
            let short = Arc::new(ShortVariants::new(chunks.into_bytes()));
            (CachedBody::Short(short.clone()), Variant::Short(short))
        } else {
            let (long, plain) = (LongVariants::default(), bodies.add(chunks));
            long.plain.set(&plain);
            (
                CachedBody::Long(long),
                Variant::Long(Encoding::Plain, plain),
            )
        };
        let response = Self {
            media_type: HeaderValue::from_static(media_type),
            tag,
            header,
            body,
        };
        (Arc::new(response), variant)
    }

    /// The response for a recipient; `None` if its variant does not exist, or if the client must wait for room.
    fn try_respond(&self, pool: &RenderPool, recipient: &Recipient) -> Option<Response> {
        if let Some(response) = self.without_body(recipient) {
            return Some(response);
        }
        let encoding = recipient.encoding;
        let body = match &self.body {
            CachedBody::Short(short) => Body::from(short.get(encoding)?.clone()),
            CachedBody::Long(long) => {
                let body = long.slot(encoding).get()?;
                pool.bodies().try_share(recipient.client, &body)?
            }
        };
        Some(self.with_body(body, encoding))
    }

    fn variant(&self, encoding: Encoding) -> Option<Variant> {
        let long = match &self.body {
            CachedBody::Short(short) => return Some(Variant::Short(short.clone())),
            CachedBody::Long(long) => long,
        };
        let variant = |encoding| Some(Variant::Long(encoding, long.slot(encoding).get()?));
        variant(encoding).or_else(|| variant(Encoding::Plain))
    }

    /// Encodes a long body for this response and later ones; `None` if the encoder fails.
    fn encode(
        &self,
        encoding: Encoding,
        plain: &LongBody,
        bodies: &LongBodies,
    ) -> Option<Arc<LongBody>> {
        let encoded = bodies.add(encoding.encode(plain.iter()).ok()?);
        if let CachedBody::Long(long) = &self.body {
            long.slot(encoding).set(&encoded);
        }
        Some(encoded)
    }

    fn with_body(&self, body: Body, encoding: Encoding) -> Response {
        let mut response = self.with_headers(body, encoding);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, name);
        }
        response
    }

    /// The response to a request whose condition asks for no body.
    fn without_body(&self, recipient: &Recipient) -> Option<Response> {
        let status = recipient.select(&self.tag).status_without_body()?;
        let mut response = self.with_headers(Body::empty(), recipient.encoding);
        *response.status_mut() = status;
        Some(response)
    }

    /// A response with the headers that a cache compares (RFC 9110, section 15.4.5).
    fn with_headers(&self, body: Body, encoding: Encoding) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.reserve(HEADER_CAPACITY);
        headers.insert(header::ETAG, self.tag.encoded(encoding).header_value());
        let vary = HeaderValue::from_static("accept-encoding");
        headers.insert(header::VARY, vary);
        if let Some((name, value)) = &self.header {
            headers.insert(name, value.clone());
        }
        response
    }
}

impl ShortVariants {
    fn new(plain: Bytes) -> Self {
        Self {
            plain,
            brotli: OnceCell::new(),
            gzip: OnceCell::new(),
        }
    }

    fn get(&self, encoding: Encoding) -> Option<&Bytes> {
        match encoding {
            Encoding::Plain => Some(&self.plain),
            Encoding::Brotli => self.brotli.get(),
            Encoding::Gzip => self.gzip.get(),
        }
    }

    /// The body in this encoding, or the plain one if the encoder fails. Requests that arrive while the body is being
    /// compressed wait for the result and do not compress it again.
    async fn encode(&self, encoding: Encoding) -> (Bytes, Encoding) {
        let cell = match encoding {
            Encoding::Plain => return (self.plain.clone(), encoding),
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
        };
        let plain = self.plain.clone();
        let encode = async || {
            let encode = spawn_blocking(move || encoding.encode([&plain[..]]));
            let encoded = encode
                .await
                .unwrap_or_else(|_| Err(io::Error::other("panic")));
            encoded.map(Chunks::into_bytes)
        };
        match cell.get_or_try_init(encode).await {
            Ok(body) => (body.clone(), encoding),
            Err(_) => (self.plain.clone(), Encoding::Plain),
        }
    }
}

impl LongVariants {
    fn slot(&self, encoding: Encoding) -> &LongBodySlot {
        match encoding {
            Encoding::Plain => &self.plain,
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
        }
    }
}

/// The latest response and the state of type `S` that it shows. The response that it replaces is freed when no client
/// receives it any more.
pub(crate) struct ResponseCache<S>(Arc<Inner<S>>);

struct Inner<S> {
    cached: RwLock<Option<Cached<S>>>,
    /// How many renderings have begun.
    renderings: AtomicU64,
    /// Held during a rendering, even if the request that began it has been cancelled.
    rendering: Arc<Mutex<()>>,
}

struct Cached<S> {
    state: S,
    /// The number of the rendering, from 1.
    rendering: u64,
    response: Arc<CachedResponse>,
}

impl<S> Default for ResponseCache<S> {
    fn default() -> Self {
        Self(Arc::new(Inner {
            cached: RwLock::new(None),
            renderings: AtomicU64::new(0),
            rendering: Arc::default(),
        }))
    }
}

impl<S: PartialEq + Send + Sync + 'static> ResponseCache<S> {
    /// Returns the cached response if it shows the `current` state, otherwise renders it. Rendering takes as long as
    /// reading this many `items`, and tells the state that it shows. Requests that arrive meanwhile wait for the result
    /// and do not render it again.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if there is no room for the body in time, or too much work waits.
    pub(crate) fn respond<'a>(
        &'a self,
        pool: &'a RenderPool,
        recipient: Recipient,
        current: impl Fn() -> S + 'a,
        items: impl FnOnce() -> usize + 'a,
        render: impl FnOnce() -> (S, RenderedBody) + Send + 'static,
    ) -> impl Future<Output = Result<Response, Refusal>> + 'a {
        // Nearly always the response exists, and the request waits for nothing.
        let state = current();
        let is_current = |cached: &Cached<S>| cached.state == state;
        let response = self
            .0
            .get(is_current, |cached| cached.try_respond(pool, &recipient));
        // Boxed, so that the future of the connection stays small.
        match response.flatten() {
            Some(response) => Either::Left(ready(Ok(response))),
            None => Either::Right(Box::pin(
                self.wait_and_respond(pool, recipient, current, items, render),
            )),
        }
    }

    async fn wait_and_respond(
        &self,
        pool: &RenderPool,
        recipient: Recipient,
        current: impl Fn() -> S,
        items: impl FnOnce() -> usize,
        render: impl FnOnce() -> (S, RenderedBody) + Send + 'static,
    ) -> Result<Response, Refusal> {
        let renderings_before = self.0.renderings.load(Ordering::Acquire);
        let rendering = self.0.rendering.clone().lock_owned().await;
        let state = current();
        // A rendering that has begun since the request arrived is new enough, even if the list has changed again:
        // however fast it changes, a request waits for two renderings at most.
        let is_fresh =
            |cached: &Cached<S>| cached.state == state || cached.rendering > renderings_before;
        let Recipient {
            client, encoding, ..
        } = recipient;
        let cached = self.0.get(is_fresh, |cached| {
            Some((cached.clone(), cached.variant(encoding)?))
        });
        let mut cost = 0;
        let (rendering, (cached, variant)) = match cached.flatten() {
            Some(cached) => (rendering, cached),
            None => {
                let items = items();
                cost += cost::of_items(items);
                pool.bodies().wait_for_room(None).await?;
                let (inner, bodies) = (self.0.clone(), pool.bodies().clone());
                let work = move || (rendering, inner.render(&bodies, render));
                pool.run(None, items, work).await?
            }
        };
        if let Some(response) = cached.without_body(&recipient) {
            return Ok(response);
        }
        let (encoding, body) = match variant {
            Variant::Short(short) => {
                drop(rendering);
                let (body, encoding) = short.encode(encoding).await;
                (encoding, Body::from(body))
            }
            Variant::Long(plain_encoding, plain) if plain_encoding != encoding => {
                cost += cost_of_bytes(plain.len());
                pool.bodies().wait_for_room_to_encode(&plain).await?;
                let (cached, bodies) = (cached.clone(), pool.bodies().clone());
                let work = move || {
                    let encoded = cached.encode(encoding, &plain, &bodies);
                    drop(rendering);
                    encoded.map_or((plain_encoding, plain), |body| (encoding, body))
                };
                let (encoding, body) = pool.run(None, COMPRESSION_ITEMS, work).await?;
                (encoding, pool.bodies().share(client, &body).await?)
            }
            Variant::Long(_, body) => {
                drop(rendering);
                (encoding, pool.bodies().share(client, &body).await?)
            }
        };
        let mut response = cached.with_body(body, encoding);
        if cost > 0 {
            response.extensions_mut().insert(ReadCost(cost));
        }
        Ok(response)
    }
}

impl<S> Inner<S> {
    /// Renders the response and replaces the cached one.
    fn render(
        &self,
        bodies: &LongBodies,
        render: impl FnOnce() -> (S, RenderedBody),
    ) -> (Arc<CachedResponse>, Variant) {
        let rendering = self.renderings.fetch_add(1, Ordering::AcqRel) + 1;
        let (state, rendered) = render();
        let (response, variant) = CachedResponse::new(rendered, bodies);
        let cached = Cached {
            state,
            rendering,
            response: response.clone(),
        };
        // A panic elsewhere cannot leave the cache half changed.
        let replaced = self
            .cached
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(cached);
        drop(replaced);
        (response, variant)
    }

    /// Reads the cached response if it satisfies the condition.
    fn get<T>(
        &self,
        condition: impl FnOnce(&Cached<S>) -> bool,
        read: impl FnOnce(&Arc<CachedResponse>) -> T,
    ) -> Option<T> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        let cached = cached.as_ref().filter(|cached| condition(cached))?;
        Some(read(&cached.response))
    }
}

#[cfg(test)]
#[path = "response_cache_tests.rs"]
mod tests;
