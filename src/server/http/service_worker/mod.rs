//! The service worker, by which pages open without a network: its script, and the version that it keeps.

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

/// What the worker does.
const SOURCE: &str = include_str!("sw.js");

/// What a page consists of, besides the built files.
const PUBLIC_FILES: [&str; 6] = [
    "/manifest.webmanifest",
    "/favicon.svg",
    "/apple-touch-icon.png",
    "/icon-192.png",
    "/icon-512.png",
    "/icon-maskable-512.png",
];

/// The service worker of one version of the program.
pub(crate) struct ServiceWorker {
    version: String,
    script: Bytes,
}

impl ServiceWorker {
    /// The worker that keeps these files, as they are now. There is none while developing: it would go on
    /// showing a file that has changed under its name.
    #[must_use]
    pub(crate) fn new(assets: &Assets) -> Option<Self> {
        // Set by `cargo leptos watch`.
        let developing = std::env::var_os("LEPTOS_WATCH").is_some();
        (assets.names_are_hashed() && !developing).then(|| Self::keeping(assets))
    }

    fn keeping(assets: &Assets) -> Self {
        let mut digest = Sha256::new();
        let mut files = Vec::new();
        let built = [&assets.script, &assets.wasm, &assets.style].map(String::as_str);
        for path in built.into_iter().chain(PUBLIC_FILES) {
            // The worker would never be installed if it had to keep a file that is not there.
            if let Some(content) = assets.site.read(path) {
                digest.update(Sha256::digest(path));
                digest.update(Sha256::digest(content));
                files.push(path);
            }
        }
        let sentence = "This page needs a network. The list opens without one.";
        let offline = html::message_page(assets, "You are offline", sentence);
        // The version stands in the frame: here it has none yet.
        let frame = pages::empty_page(assets, &html::inline_script(assets, Some("")));
        for part in [SOURCE.as_bytes(), &offline, &frame] {
            digest.update(Sha256::digest(part));
        }
        let version = URL_SAFE_NO_PAD.encode(&digest.finalize()[..12]);
        // JSON is JavaScript.
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

    /// The name of the version. It is another one as soon as anything that the worker keeps is another,
    /// but for the list itself.
    #[must_use]
    pub(crate) fn version(&self) -> &str {
        &self.version
    }
}

/// The route of the worker, if there is one. Without one nothing is found there: a browser then leaves the
/// worker alone that it has from another build.
pub(crate) fn router(worker: Option<ServiceWorker>) -> Router {
    let Some(ServiceWorker { script, .. }) = worker else {
        return Router::new();
    };
    let answer = move || async move {
        let headers = [
            (header::CONTENT_TYPE, "text/javascript"),
            (header::CACHE_CONTROL, "no-cache"),
        ];
        (axum::Extension(IsServiceWorker), headers, script).into_response()
    };
    Router::new().route("/sw.js", get(answer))
}
