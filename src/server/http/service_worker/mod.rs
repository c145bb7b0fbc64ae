//! The service worker, with which pages open without a network: its script and its version.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::assets::Assets;
use super::html;
use super::middleware::headers::IsServiceWorker;
use super::pages;

const SOURCE: &str = include_str!("sw.js");

/// The files of a page besides the built files.
const PUBLIC_FILES: [&str; 7] = [
    html::DEFERRED_STYLE,
    "/manifest.webmanifest",
    "/favicon.svg",
    "/apple-touch-icon.png",
    "/icon-192.png",
    "/icon-512.png",
    "/icon-maskable-512.png",
];

/// The service worker of one version of the program.
pub(super) struct ServiceWorker {
    version: String,
    script: Bytes,
}

impl ServiceWorker {
    /// The worker that caches the current content of these files. `None` if their names contain no hashes, or during
    /// development: the worker would continue to serve the old content of a changed file.
    #[must_use]
    pub(super) fn new(assets: &Assets) -> Option<Self> {
        // Set by `cargo leptos watch`.
        let is_development = std::env::var_os("LEPTOS_WATCH").is_some();
        (assets.names_are_hashed() && !is_development).then(|| Self::for_files(assets))
    }

    fn for_files(assets: &Assets) -> Self {
        let mut digest = Sha256::new();
        let mut files = Vec::new();
        let built = [&assets.script, &assets.wasm, &assets.style].map(String::as_str);
        for path in built.into_iter().chain(PUBLIC_FILES) {
            // A missing file would make the installation of the worker fail.
            if let Some(content) = assets.site.read(path) {
                digest.update(Sha256::digest(path));
                digest.update(Sha256::digest(content));
                files.push(path);
            }
        }
        let sentence = "This page needs a network connection. The list opens without one.";
        let offline = html::message_page(assets, "You are offline", sentence);
        // A page contains the version, so the version is a hash of the page without it.
        let page = pages::empty_page(assets, &html::inline_script(assets, Some("")));
        for part in [SOURCE.as_bytes(), &offline, &page] {
            digest.update(Sha256::digest(part));
        }
        let version = URL_SAFE_NO_PAD.encode(&digest.finalize()[..12]);
        // JSON values are JavaScript expressions.
        let constants = [
            ("VERSION", serde_json::json!(version)),
            ("FILES", serde_json::json!(files)),
            ("OFFLINE", String::from_utf8_lossy(&offline).into()),
        ];
        let constants = constants.map(|(name, value)| format!("const {name} = {value};\n"));
        let script = constants.concat() + &html::without_comments(SOURCE);
        Self {
            version,
            script: script.into(),
        }
    }

    /// The version: a hash of everything that the worker caches, except the items of the list.
    #[must_use]
    pub(super) fn version(&self) -> &str {
        &self.version
    }
}

/// The route `/sw.js`, if there is a worker. Otherwise the path responds with 404, and a browser keeps the worker of
/// another build.
pub(super) fn router(worker: Option<ServiceWorker>) -> Router {
    let Some(ServiceWorker { script, .. }) = worker else {
        return Router::new();
    };
    let respond = move || async move {
        let headers = [
            (header::CONTENT_TYPE, "text/javascript"),
            (header::CACHE_CONTROL, "no-cache, no-transform"),
        ];
        (axum::Extension(IsServiceWorker), headers, script).into_response()
    };
    Router::new().route("/sw.js", get(respond))
}
