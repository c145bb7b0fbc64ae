//! The built page inside the program: its files, and the responses with them.
//!
//! [`ServeDir`](tower_http::services::ServeDir) serves folders only, so this module does the same for a table of files:
//! it selects the compressed variant, and handles entity tags. It does not support ranges, because the files are small.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use crate::server::http::body::best_encoding;
use crate::server::http::body::{EntityTag, Preconditions};

/// A built page in memory.
#[derive(Clone, Copy)]
pub struct Embedded {
    /// The content of the hash file of cargo-leptos: lines like `js: 3kd9`, or empty.
    pub hashes: &'static str,
    /// The path of each file in the site folder, for example `pkg/todo-list.js`, and its content. The compressed
    /// variants of a file have the suffixes `.br` and `.gz`.
    pub files: &'static [(&'static str, &'static [u8])],
}

/// The page that `build.rs` has embedded; empty if the program serves a folder.
const IN_THIS_PROGRAM: Embedded = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

impl Embedded {
    /// The page inside this program, if it contains one.
    #[must_use]
    pub fn in_this_program() -> Option<Self> {
        (!IN_THIS_PROGRAM.files.is_empty()).then_some(IN_THIS_PROGRAM)
    }

    /// The content of the file at a URL path.
    #[must_use]
    pub(super) fn file(&self, path: &str) -> Option<&'static [u8]> {
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

/// The files by their URL paths. A clone is one counted reference.
#[derive(Clone)]
pub(in crate::server::http) struct EmbeddedFiles(Arc<HashMap<String, File>>);

struct File {
    content_type: HeaderValue,
    plain: Variant,
    /// The compressed variants by their encoding: brotli first, because it is smaller than gzip.
    compressed: Vec<(&'static str, Variant)>,
}

struct Variant {
    content: Bytes,
    tag: EntityTag,
}

impl EmbeddedFiles {
    /// Prepares the files of a page. Each variant gets a strong entity tag, a hash of its content.
    #[must_use]
    pub(in crate::server::http) fn new(page: &Embedded) -> Self {
        let file = |&(name, content): &(&'static str, &'static [u8])| {
            let compressed = [("br", ".br"), ("gzip", ".gz")].into_iter();
            let compressed = compressed.filter_map(|(encoding, suffix)| {
                let content = page.file(&format!("/{name}{suffix}"))?;
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

    /// The response to a GET or HEAD request for a URL path, if the file exists.
    #[must_use]
    pub(in crate::server::http) fn respond(
        &self,
        path: &str,
        request: &HeaderMap,
    ) -> Option<Response> {
        let file = self.0.get(path)?;
        let (encoding, variant) = file.best_for(request);
        let selection = Preconditions::new(request).select(&variant.tag);
        let mut response = if let Some(status) = selection.status_without_body() {
            status.into_response()
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
        headers.insert(header::ETAG, variant.tag.header_value());
        Some(response)
    }
}

impl File {
    /// The variant with the encoding that the client prefers, and the smallest of those that it prefers equally.
    fn best_for(&self, request: &HeaderMap) -> (Option<&'static str>, &Variant) {
        let available = self.compressed.iter().map(|(encoding, _)| *encoding);
        let best = best_encoding(request, available);
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
            tag: EntityTag::strong(hash),
        }
    }
}
