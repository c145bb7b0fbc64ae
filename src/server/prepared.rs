//! Bodies that many readers get: made once for each state of the list, and compressed once.

use std::io::{self, Write};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::spawn_blocking;

use super::accept::best_encoding;
use super::etag::Etag;

/// How much work goes into brotli, of 11. The higher levels take several times as long for a few percent, and
/// after every change the first reader waits for it.
const BROTLI_LEVEL: i32 = 4;

/// How many headers an answer has in the end, so that there is room for them at once.
pub(super) const HEADERS: usize = 18;

/// A body in the encodings that somebody has asked for.
pub(super) struct Prepared {
    media_type: HeaderValue,
    etag: Etag,
    plain: Bytes,
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

/// In which encoding a client wants a body.
#[derive(Clone, Copy)]
enum Encoding {
    Plain,
    Brotli,
    Gzip,
}

impl Encoding {
    fn wanted(request: &HeaderMap) -> Self {
        match best_encoding(request, ["br", "gzip"].into_iter()) {
            Some("br") => Self::Brotli,
            Some(_) => Self::Gzip,
            None => Self::Plain,
        }
    }
}

impl Prepared {
    /// A body of this type.
    #[must_use]
    pub(super) fn new(media_type: &'static str, plain: Bytes) -> Self {
        let etag = Etag::of(&plain);
        Self::named(etag, media_type, plain)
    }

    /// A body of this type, by this name.
    #[must_use]
    pub(super) fn named(etag: Etag, media_type: &'static str, plain: Bytes) -> Self {
        Self {
            media_type: HeaderValue::from_static(media_type),
            etag,
            plain,
            brotli: OnceCell::new(),
            gzip: OnceCell::new(),
        }
    }

    /// The answer to a request with these headers, if it has been made.
    fn answer_at_once(&self, request: &HeaderMap) -> Option<Response> {
        if self.etag.is_known_to(request) {
            return Some(self.not_modified());
        }
        let encoding = Encoding::wanted(request);
        let body = match encoding {
            Encoding::Plain => &self.plain,
            Encoding::Brotli => self.brotli.get()?,
            Encoding::Gzip => self.gzip.get()?,
        };
        Some(self.with_body(body, encoding))
    }

    /// The answer to a request with these headers. Those who come while the body is being compressed wait for
    /// that instead of doing it too.
    async fn answer(&self, request: &HeaderMap) -> Response {
        if let Some(answer) = self.answer_at_once(request) {
            return answer;
        }
        let encoding = Encoding::wanted(request);
        let compressed = match encoding {
            Encoding::Plain => Err(NotCompressed),
            Encoding::Brotli => self.brotli.get_or_try_init(|| self.compress(brotli)).await,
            Encoding::Gzip => self.gzip.get_or_try_init(|| self.compress(gzip)).await,
        };
        match compressed {
            Ok(body) => self.with_body(body, encoding),
            Err(NotCompressed) => self.with_body(&self.plain, Encoding::Plain),
        }
    }

    fn with_body(&self, body: &Bytes, encoding: Encoding) -> Response {
        let mut response = self.with_headers(Body::from(body.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        let encoding = match encoding {
            Encoding::Plain => return response,
            Encoding::Brotli => HeaderValue::from_static("br"),
            Encoding::Gzip => HeaderValue::from_static("gzip"),
        };
        headers.insert(header::CONTENT_ENCODING, encoding);
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
        headers.insert(header::ETAG, self.etag.value());
        let vary = HeaderValue::from_static("accept-encoding");
        headers.insert(header::VARY, vary);
        response
    }

    async fn compress(
        &self,
        how: fn(&[u8]) -> io::Result<Vec<u8>>,
    ) -> Result<Bytes, NotCompressed> {
        let plain = self.plain.clone();
        // A long list takes longer than others should have to wait for their turn.
        match spawn_blocking(move || how(&plain)).await {
            Ok(Ok(compressed)) => Ok(compressed.into()),
            _ => Err(NotCompressed),
        }
    }
}

/// The plain body is what there is.
#[derive(Clone, Copy)]
struct NotCompressed;

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_LEVEL,
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain)?;
    encoder.finish()
}

/// What was prepared last, and of which state it was.
pub(super) struct Latest<S> {
    known: RwLock<Option<Known<S>>>,
    /// Held by the one who makes it anew.
    making: Mutex<()>,
}

struct Known<S> {
    state: S,
    prepared: Arc<Prepared>,
}

impl<S> Default for Latest<S> {
    fn default() -> Self {
        Self {
            known: RwLock::new(None),
            making: Mutex::new(()),
        }
    }
}

impl<S: PartialEq> Latest<S> {
    /// The answer to a request with these headers: what was prepared of the state as it `is`, or is made now,
    /// with the state that it is of. Those who come while it is being made wait for it instead of making it too.
    pub(super) async fn answer(
        &self,
        request: &HeaderMap,
        is: impl Fn() -> S,
        make: impl FnOnce() -> (S, Prepared),
    ) -> Response {
        // Nearly always it is there, and nobody has to wait or to count.
        if let Some(Some(answer)) = self.of(&is(), |known| known.answer_at_once(request)) {
            return answer;
        }
        let slowly = async {
            let prepared = self.get(is, make).await;
            prepared.answer(request).await
        };
        // A connection keeps no room for it.
        Box::pin(slowly).await
    }

    async fn get(&self, is: impl Fn() -> S, make: impl FnOnce() -> (S, Prepared)) -> Arc<Prepared> {
        let _making = self.making.lock().await;
        if let Some(prepared) = self.of(&is(), Arc::clone) {
            return prepared;
        }
        let (state, prepared) = make();
        let prepared = Arc::new(prepared);
        let known = Known {
            state,
            prepared: prepared.clone(),
        };
        // It is whole at any moment.
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(known);
        prepared
    }

    fn of<T>(&self, state: &S, then: impl FnOnce(&Arc<Prepared>) -> T) -> Option<T> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref().filter(|known| known.state == *state)?;
        Some(then(&known.prepared))
    }
}
