//! Bodies that many readers get: made once for each state of the list, and compressed once.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::future::{Either, ready};
use headers::{ETag, HeaderMapExt};
use tokio::sync::{Mutex, OnceCell};
use tokio::task::spawn_blocking;

use super::etag;
use crate::server::http::body::{
    Bodies, Cost, Encoding, Kept, LONG, LONG_WORK, LongBody, Pieces, Reader, Reads, price_of_bytes,
};
use crate::server::limits::Refusal;
use crate::server::limits::cost;

/// How many headers an answer has in the end, so that there is room for them at once.
pub(crate) const HEADERS: usize = 18;

/// A body as it was made, and its name.
pub(crate) struct Content {
    media_type: &'static str,
    etag: ETag,
    pieces: Pieces,
}

impl Content {
    /// A body of this type.
    #[must_use]
    pub(crate) fn new(media_type: &'static str, pieces: Pieces) -> Self {
        let etag = etag::weak(pieces.iter());
        Self::named(etag, media_type, pieces)
    }

    /// A body of this type, by this name.
    #[must_use]
    pub(crate) fn named(etag: ETag, media_type: &'static str, pieces: Pieces) -> Self {
        Self {
            media_type,
            etag,
            pieces,
        }
    }
}

/// A body in the encodings that somebody has asked for.
struct Prepared {
    media_type: HeaderValue,
    etag: ETag,
    body: Encoded,
}

enum Encoded {
    Short(Arc<Short>),
    Long(Long),
}

struct Short {
    plain: Bytes,
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

/// Each is there as long as there is room for it.
#[derive(Default)]
struct Long {
    plain: Kept,
    brotli: Kept,
    gzip: Kept,
}

/// What is at hand of a body: of a long one the encoding that is wanted, or else the plain one.
enum Held {
    Short(Arc<Short>),
    Long(Encoding, Arc<LongBody>),
}

impl Prepared {
    fn new(content: Content, bodies: &Bodies) -> (Arc<Self>, Held) {
        let Content {
            media_type,
            etag,
            pieces,
        } = content;
        let (body, held) = if pieces.len() < LONG {
            let short = Arc::new(Short::new(pieces.into_bytes()));
            (Encoded::Short(short.clone()), Held::Short(short))
        } else {
            let (long, plain) = (Long::default(), bodies.hold(pieces));
            long.plain.set(&plain);
            (Encoded::Long(long), Held::Long(Encoding::Plain, plain))
        };
        let prepared = Self {
            media_type: HeaderValue::from_static(media_type),
            etag,
            body,
        };
        (Arc::new(prepared), held)
    }

    /// The answer to a request, if it has been made and the client can have it at once.
    fn answer_at_once(&self, reads: &Reads, reader: Reader<'_>) -> Option<Response> {
        if etag::is_known(reader.headers, &self.etag) {
            return Some(self.not_modified());
        }
        let encoding = Encoding::wanted(reader.headers);
        let body = match &self.body {
            Encoded::Short(short) => Body::from(short.get(encoding)?.clone()),
            Encoded::Long(long) => {
                let body = long.kept(encoding).get()?;
                reads.bodies().share_at_once(reader.client, &body)?
            }
        };
        Some(self.with_body(body, encoding))
    }

    fn held(&self, encoding: Encoding) -> Option<Held> {
        let long = match &self.body {
            Encoded::Short(short) => return Some(Held::Short(short.clone())),
            Encoded::Long(long) => long,
        };
        let held = |encoding| Some(Held::Long(encoding, long.kept(encoding).get()?));
        held(encoding).or_else(|| held(Encoding::Plain))
    }

    /// A long body in this encoding, for this reader and later ones; `None` if that cannot be made.
    fn encode(
        &self,
        encoding: Encoding,
        plain: &LongBody,
        bodies: &Bodies,
    ) -> Option<Arc<LongBody>> {
        let encoded = bodies.hold(encoding.encode(plain.iter()).ok()?);
        if let Encoded::Long(long) = &self.body {
            long.kept(encoding).set(&encoded);
        }
        Some(encoded)
    }

    fn with_body(&self, body: Body, encoding: Encoding) -> Response {
        let mut response = self.with_headers(body);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        if let Some(name) = encoding.name() {
            headers.insert(header::CONTENT_ENCODING, name);
        }
        response
    }

    fn not_modified(&self) -> Response {
        let mut response = self.with_headers(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    }

    /// With the headers that tell a cache which answer this is (RFC 9110, section 15.4.5).
    fn with_headers(&self, body: Body) -> Response {
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.reserve(HEADERS);
        headers.typed_insert(self.etag.clone());
        let vary = HeaderValue::from_static("accept-encoding");
        headers.insert(header::VARY, vary);
        response
    }
}

impl Short {
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

    /// The body in this encoding; if that cannot be made, as it is. Those who come while it is being compressed
    /// wait for that instead of doing it too.
    async fn encode(&self, encoding: Encoding) -> (Bytes, Encoding) {
        let place = match encoding {
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
            encoded.map(Pieces::into_bytes)
        };
        match place.get_or_try_init(encode).await {
            Ok(body) => (body.clone(), encoding),
            Err(_) => (self.plain.clone(), Encoding::Plain),
        }
    }
}

impl Long {
    fn kept(&self, encoding: Encoding) -> &Kept {
        match encoding {
            Encoding::Plain => &self.plain,
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
        }
    }
}

/// What was prepared last, and of which state it was. What it replaces is gone as soon as nobody reads it.
pub(crate) struct Latest<S>(Arc<Shared<S>>);

struct Shared<S> {
    known: RwLock<Option<Known<S>>>,
    /// How often it was begun to make it anew.
    begun: AtomicU64,
    /// Held while it is made anew, whether the one who has asked for it still waits or not.
    making: Arc<Mutex<()>>,
}

struct Known<S> {
    state: S,
    /// Which beginning has led to it.
    number: u64,
    prepared: Arc<Prepared>,
}

impl<S> Default for Latest<S> {
    fn default() -> Self {
        Self(Arc::new(Shared {
            known: RwLock::new(None),
            begun: AtomicU64::new(0),
            making: Arc::default(),
        }))
    }
}

impl<S: PartialEq + Send + Sync + 'static> Latest<S> {
    /// The answer to a request: what was prepared of the state as it `is`, or is made now of so many `items`,
    /// with the state that it is of. Those who come while it is being made wait for it instead of making it too.
    ///
    /// # Errors
    ///
    /// [`Refusal::Busy`] if there is no room for it.
    pub(crate) fn answer<'a>(
        &'a self,
        reads: &'a Reads,
        reader: Reader<'a>,
        is: impl Fn() -> S + 'a,
        items: impl FnOnce() -> usize + 'a,
        make: impl FnOnce() -> (S, Content) + Send + 'static,
    ) -> impl Future<Output = Result<Response, Refusal>> + 'a {
        // Nearly always it is there, and nobody has to wait or to count.
        let state = is();
        let is_same = |known: &Known<S>| known.state == state;
        let at_once = self
            .0
            .of(is_same, |known| known.answer_at_once(reads, reader));
        // In a box: a connection keeps no room for it.
        match at_once.flatten() {
            Some(answer) => Either::Left(ready(Ok(answer))),
            None => Either::Right(Box::pin(self.answer_slowly(reads, reader, is, items, make))),
        }
    }

    async fn answer_slowly(
        &self,
        reads: &Reads,
        reader: Reader<'_>,
        is: impl Fn() -> S,
        items: impl FnOnce() -> usize,
        make: impl FnOnce() -> (S, Content) + Send + 'static,
    ) -> Result<Response, Refusal> {
        let arrived = self.0.begun.load(Ordering::Acquire);
        let making = self.0.making.clone().lock_owned().await;
        let state = is();
        // What was begun since is as new as it has to be, also if the list has changed once more: however fast it
        // changes, nobody waits for more than two.
        let is_fresh = |known: &Known<S>| known.state == state || known.number > arrived;
        let encoding = Encoding::wanted(reader.headers);
        let known = self.0.of(is_fresh, |known| {
            Some((known.clone(), known.held(encoding)?))
        });
        let mut cost = 0;
        let (making, (prepared, held)) = match known.flatten() {
            Some(known) => (making, known),
            None => {
                let items = items();
                cost += cost::of_items(items);
                reads.bodies().wait_for_room(None).await?;
                let (shared, bodies) = (self.0.clone(), reads.bodies().clone());
                let work = move || (making, shared.make(&bodies, make));
                reads.work(None, items, work).await?
            }
        };
        if etag::is_known(reader.headers, &prepared.etag) {
            return Ok(prepared.not_modified());
        }
        let (encoding, body) = match held {
            Held::Short(short) => {
                drop(making);
                let (body, encoding) = short.encode(encoding).await;
                (encoding, Body::from(body))
            }
            Held::Long(at_hand, plain) if at_hand != encoding => {
                cost += price_of_bytes(plain.len());
                reads.bodies().wait_for_room(None).await?;
                let (prepared, bodies) = (prepared.clone(), reads.bodies().clone());
                let work = move || {
                    let encoded = prepared.encode(encoding, &plain, &bodies);
                    drop(making);
                    encoded.map_or((at_hand, plain), |body| (encoding, body))
                };
                let (encoding, body) = reads.work(None, LONG_WORK, work).await?;
                (encoding, reads.bodies().share(reader.client, &body).await?)
            }
            Held::Long(_, body) => {
                drop(making);
                (encoding, reads.bodies().share(reader.client, &body).await?)
            }
        };
        let mut response = prepared.with_body(body, encoding);
        if cost > 0 {
            response.extensions_mut().insert(Cost(cost));
        }
        Ok(response)
    }
}

impl<S> Shared<S> {
    /// Makes it anew, and puts it in the place of what was there.
    fn make(&self, bodies: &Bodies, make: impl FnOnce() -> (S, Content)) -> (Arc<Prepared>, Held) {
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let (state, content) = make();
        let (prepared, held) = Prepared::new(content, bodies);
        let known = Known {
            state,
            number,
            prepared: prepared.clone(),
        };
        // It is whole at any moment.
        let replaced = self
            .known
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .replace(known);
        drop(replaced);
        (prepared, held)
    }

    fn of<T>(
        &self,
        is_meant: impl FnOnce(&Known<S>) -> bool,
        then: impl FnOnce(&Arc<Prepared>) -> T,
    ) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| is_meant(known))?;
        Some(then(&known.prepared))
    }
}

#[cfg(test)]
#[path = "response_cache_tests.rs"]
mod tests;
