//! The built page inside the program: its files, and how they are served without a disk.
//!
//! What [`ServeDir`](tower_http::services::ServeDir) does for a folder is done here for a table, but for ranges: the
//! files are small, and nobody asks for a part of one.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use headers::{ETag, HeaderMapExt};
use sha2::{Digest, Sha256};

use crate::server::http::body::best_encoding;
use crate::server::http::cache::etag;

/// A built page that lies in memory.
#[derive(Clone, Copy)]
pub struct Embedded {
    /// What cargo-leptos has written about the names of the files: lines such as `js: 3kd9`, or nothing.
    pub hashes: &'static str,
    /// Each file with its path in the site folder, such as `pkg/todo-list.js`. The compressed variants of a
    /// file stand beside it, with `.br` and `.gz` at the end.
    pub files: &'static [(&'static str, &'static [u8])],
}

/// What `build.rs` has put into this program; empty in one that serves a folder.
const IN_THIS_PROGRAM: Embedded = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

impl Embedded {
    /// The page that this program was built with, if it was built with one.
    #[must_use]
    pub fn in_this_program() -> Option<Self> {
        (!IN_THIS_PROGRAM.files.is_empty()).then_some(IN_THIS_PROGRAM)
    }

    /// The content of the file at a URL path, as it is without compression.
    #[must_use]
    pub(crate) fn file(&self, path: &str) -> Option<&'static [u8]> {
        let name = path.strip_prefix('/')?;
        let file = self.files.iter().find(|(file, _)| *file == name);
        file.map(|(_, content)| *content)
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.files.iter().map(|(name, _)| name);
        formatter.debug_set().entries(names).finish()
    }
}

/// The files, each with what its answer says.
#[derive(Clone)]
pub(crate) struct EmbeddedFiles(Arc<HashMap<String, File>>);

struct File {
    content_type: HeaderValue,
    plain: Variant,
    /// Brotli before gzip: it is smaller.
    compressed: Vec<(&'static str, Variant)>,
}

struct Variant {
    content: Bytes,
    etag: ETag,
}

impl EmbeddedFiles {
    /// Hashes every file: each variant has a strong tag of its own.
    #[must_use]
    pub(crate) fn new(page: &Embedded) -> Self {
        let file = |&(name, content): &(&'static str, &'static [u8])| {
            let compressed = [("br", ".br"), ("gzip", ".gz")].into_iter();
            let compressed = compressed.filter_map(|(encoding, ending)| {
                let content = page.file(&format!("/{name}{ending}"))?;
                Some((encoding, Variant::new(content)))
            });
            let media_type = mime_guess::from_path(name).first_raw();
            let file = File {
                content_type: HeaderValue::from_static(
                    media_type.unwrap_or("application/octet-stream"),
                ),
                plain: Variant::new(content),
                compressed: compressed.collect(),
            };
            (format!("/{name}"), file)
        };
        Self(Arc::new(page.files.iter().map(file).collect()))
    }

    /// The answer to GET and HEAD of a URL path, if there is a file.
    #[must_use]
    pub(crate) fn answer(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let file = self.0.get(path)?;
        let (encoding, variant) = file.best_for(request);
        let mut response = if variant.is_known_to(request) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Body::from(variant.content.clone()).into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONTENT_TYPE, file.content_type.clone());
            if let Some(encoding) = encoding {
                let encoding = HeaderValue::from_static(encoding);
                headers.insert(header::CONTENT_ENCODING, encoding);
            }
            response
        };
        let headers = response.headers_mut();
        headers.typed_insert(variant.etag.clone());
        Some(response)
    }
}

impl File {
    /// The variant that the client likes best, and of those that it likes as much, the smallest.
    fn best_for(&self, request: &HeaderMap) -> (Option<&'static str>, &Variant) {
        let known = self.compressed.iter().map(|(encoding, _)| *encoding);
        let best = best_encoding(request, known);
        let mut compressed = self.compressed.iter();
        match compressed.find(|(encoding, _)| Some(*encoding) == best) {
            Some((encoding, variant)) => (Some(encoding), variant),
            None => (None, &self.plain),
        }
    }
}

impl Variant {
    fn new(content: &'static [u8]) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(content)[..12]);
        Self {
            content: Bytes::from_static(content),
            etag: etag::strong(hash),
        }
    }

    /// Whether the client has it already (RFC 9110, section 13.1.2).
    fn is_known_to(&self, request: &HeaderMap) -> bool {
        etag::is_known(request, &self.etag)
    }
}
