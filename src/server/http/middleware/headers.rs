//! Security headers of every response.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::server::config::Config;
use crate::server::net::Origin;

/// Marks the response with the script of the service worker, which gets the policy of the worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IsServiceWorker;

/// The policy of the service worker, which loads data from this server only. A worker has the policy of its own script.
const WORKER_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; connect-src 'self'");

/// The policy of all other responses that are not pages: they load nothing and appear in no frame.
const DEFAULT_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Headers that are the same for every response. The page uses no device and no other feature that a browser lets it switch
/// off. A browser warns in its console about a feature that it does not know, so features that only some browsers know are
/// not listed.
const STATIC_HEADERS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // Not "no-referrer": browsers would send forms with the origin "null".
    (header::REFERRER_POLICY, "same-origin"),
    // Over http from another machine, browsers ignore this header and warn in the console.
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(self), \
         display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), \
         idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
         picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), \
         window-management=(), xr-spatial-tracking=()",
    ),
];

/// For one year, a browser that has connected over https never connects without it.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Sets the security headers of responses.
#[derive(Clone, Debug)]
pub(crate) struct SecurityHeaders {
    page: Option<HeaderValue>,
    only_https: bool,
}

impl SecurityHeaders {
    /// Headers that permit these inline scripts in pages.
    ///
    /// Under `cargo leptos watch` pages have no policy: the script that reloads them is another inline script and connects to
    /// another port.
    #[must_use]
    pub(crate) fn new<'a>(
        inline_scripts: impl IntoIterator<Item = &'a str>,
        config: &Config,
    ) -> Self {
        let only_https = config.public_url.as_ref().is_some_and(Origin::is_https);
        let is_developing = std::env::var_os("LEPTOS_WATCH").is_some();
        Self::with(inline_scripts, only_https, is_developing)
    }

    fn with<'a>(
        inline_scripts: impl IntoIterator<Item = &'a str>,
        only_https: bool,
        is_developing: bool,
    ) -> Self {
        Self {
            page: (!is_developing).then(|| page_policy(inline_scripts)),
            only_https,
        }
    }

    /// Sets the headers and replaces existing ones. `accepts_html` tells whether the request was for a page.
    pub(crate) fn set(&self, accepts_html: bool, response: &mut Response) {
        let is_page = match response.headers().get(header::CONTENT_TYPE) {
            Some(content_type) => content_type.as_bytes().starts_with(b"text/html"),
            // A 304 response for a page replaces the policy of the stored page (RFC 9111, section 3.2).
            None => accepts_html && response.status() == StatusCode::NOT_MODIFIED,
        };
        let is_worker = response.extensions().get::<IsServiceWorker>().is_some();
        let headers = response.headers_mut();
        // One allocation for these headers and the request id.
        headers.reserve(STATIC_HEADERS.len() + 4);
        if !is_page {
            let policy = if is_worker {
                WORKER_POLICY
            } else {
                DEFAULT_POLICY
            };
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        } else if let Some(policy) = &self.page {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        for (name, value) in STATIC_HEADERS {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if self.only_https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
        }
        // Responses without another rule must not be stored. No proxy may change what a page or a program gets.
        let no_store = HeaderValue::from_static("no-store, no-transform");
        headers.entry(header::CACHE_CONTROL).or_insert(no_store);
    }
}

/// Whether the client accepts HTML, as browsers do when they open a page.
#[must_use]
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let html = b"text/html";
    let names_it =
        |accept: &HeaderValue| accept.as_bytes().windows(html.len()).any(|it| it == html);
    headers.get(header::ACCEPT).is_some_and(names_it)
}

/// The Content Security Policy of a page: its own files, WASM, and these inline scripts, by their
/// hashes.
fn page_policy<'a>(inline_scripts: impl IntoIterator<Item = &'a str>) -> HeaderValue {
    let hash = |script: &str| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    let hashes: String = inline_scripts.into_iter().map(hash).collect();
    let policy = format!(
        "default-src 'none'; \
         script-src 'self' 'wasm-unsafe-eval'{hashes}; script-src-attr 'none'; \
         style-src 'self'; style-src-attr 'none'; \
         img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
         base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    // Base64 is valid in a header. Otherwise the page would have no script.
    HeaderValue::try_from(policy).unwrap_or(DEFAULT_POLICY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn policy(
        headers: &SecurityHeaders,
        accepts_html: bool,
        status: u16,
        content_type: &str,
    ) -> String {
        let mut response = Response::builder().status(status);
        if !content_type.is_empty() {
            response = response.header(header::CONTENT_TYPE, content_type);
        }
        let mut response = response.body(Body::empty()).expect("a valid response");
        headers.set(accepts_html, &mut response);
        let policy = response.headers().get(header::CONTENT_SECURITY_POLICY);
        policy.map_or_else(String::new, |policy| policy.to_str().expect("text").into())
    }

    #[test]
    fn a_page_allows_the_inline_scripts_by_their_hashes() {
        let headers = SecurityHeaders::with(["alert(1)", "alert(2)"], false, false);
        // printf 'alert(1)' | openssl dgst -sha256 -binary | base64
        let hashes = "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI=' \
                      'sha256-4axlHpxgDbFzJObpXPFZgZhULrEGgJiud3OwxN9unHg='";
        let policy = policy(&headers, false, 404, "text/html; charset=utf-8");
        let sources = format!("script-src 'self' 'wasm-unsafe-eval' {hashes};");
        assert!(policy.contains(&sources), "{policy}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains(" 'unsafe-eval'"),
            "{policy}"
        );
    }

    #[test]
    fn only_pages_get_the_policy_of_pages() {
        let headers = SecurityHeaders::with(["", ""], false, false);
        let check = |accepts_html: bool, status: u16, content_type: &str, is_page: bool| {
            let policy = policy(&headers, accepts_html, status, content_type);
            let expected = if is_page {
                page_policy(["", ""])
            } else {
                DEFAULT_POLICY
            };
            assert_eq!(
                policy.as_bytes(),
                expected.as_bytes(),
                "{status} {content_type}"
            );
        };
        check(true, 200, "text/html", true);
        check(false, 200, "text/html", true);
        check(true, 200, "image/svg+xml", false);
        check(true, 303, "", false);
        check(false, 304, "", false);
        check(true, 304, "", true);
    }

    #[test]
    fn a_request_is_for_a_page_whatever_else_it_takes() {
        let check = |accept: &[u8], expected: bool| {
            let accept = HeaderValue::from_bytes(accept).expect("a header");
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept)]);
            assert_eq!(accepts_html(&headers), expected, "{headers:?}");
        };
        check(b"text/html,*/*;q=0.8", true);
        check(b"\xff, text/html", true);
        check(b"*/*", false);
        assert!(!accepts_html(&HeaderMap::new()));
    }

    #[test]
    fn while_developing_pages_have_no_policy() {
        let headers = SecurityHeaders::with(["", ""], false, true);
        assert_eq!(policy(&headers, true, 200, "text/html"), "");
        assert_ne!(policy(&headers, true, 200, "application/json"), "");
    }
}
