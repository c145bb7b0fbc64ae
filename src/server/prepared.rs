//! Bodies that many readers get: made once for each state of the list, and compressed once.

use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::spawn_blocking;

use super::accept::best_encoding;

/// How much work goes into brotli, of 11. The higher levels take several times as long for a few percent, and
/// after every change the first reader waits for it.
const BROTLI_LEVEL: i32 = 4;

/// A body in the encodings that somebody has asked for.
pub(super) struct Prepared {
    media_type: HeaderValue,
    plain: Bytes,
    brotli: OnceCell<Bytes>,
    gzip: OnceCell<Bytes>,
}

impl Prepared {
    /// A body of this type.
    #[must_use]
    pub(super) fn new(media_type: &'static str, plain: Bytes) -> Self {
        Self {
            media_type: HeaderValue::from_static(media_type),
            plain,
            brotli: OnceCell::new(),
            gzip: OnceCell::new(),
        }
    }

    /// The answer to a request with these headers. Those who come while the body is being compressed wait for
    /// that instead of doing it too.
    pub(super) async fn answer(&self, request: &HeaderMap) -> Response {
        let encoding = best_encoding(request, ["br", "gzip"].into_iter());
        let compressed = match encoding {
            Some("br") => self.brotli.get_or_try_init(|| self.compress(brotli)).await,
            Some(_) => self.gzip.get_or_try_init(|| self.compress(gzip)).await,
            None => Err(NotCompressed),
        };
        let body = compressed.unwrap_or(&self.plain);
        let mut response = Body::from(body.clone()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, self.media_type.clone());
        if let (Some(encoding), Ok(_)) = (encoding, compressed) {
            let encoding = HeaderValue::from_static(encoding);
            headers.insert(header::CONTENT_ENCODING, encoding);
            let vary = HeaderValue::from_static("accept-encoding");
            headers.insert(header::VARY, vary);
        }
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
pub(super) struct Latest<S>(Mutex<Option<(S, Arc<Prepared>)>>);

impl<S> Default for Latest<S> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<S: PartialEq> Latest<S> {
    /// What was prepared of the state that `look` finds, or is made of it now. Those who come while it is being
    /// made wait for it instead of making it too.
    pub(super) async fn get<T>(
        &self,
        look: impl FnOnce() -> (S, T),
        make: impl FnOnce(T) -> Prepared,
    ) -> Arc<Prepared> {
        let mut latest = self.0.lock().await;
        let (state, material) = look();
        match &*latest {
            Some((known, prepared)) if *known == state => prepared.clone(),
            _ => {
                let prepared = Arc::new(make(material));
                *latest = Some((state, prepared.clone()));
                prepared
            }
        }
    }
}
