//! Which version of a body a client has already (RFC 9110, section 13.1.2).

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::accept::list;

/// Names a body, whatever it depends on: it is made of its bytes. It is a weak one, since it names the compressed
/// body too.
pub(super) struct Etag(HeaderValue);

impl Etag {
    /// The name of these bytes.
    #[must_use]
    pub(super) fn of(body: &[u8]) -> Self {
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..12]);
        let value = HeaderValue::try_from(format!("W/\"{hash}\""));
        // Base64 fits into every header. An empty tag is the tag of nothing.
        Self(value.unwrap_or(HeaderValue::from_static("W/\"\"")))
    }

    /// The strong name of what is nothing but this state of something.
    #[must_use]
    pub(super) fn of_state(state: impl fmt::Display) -> Self {
        let value = HeaderValue::try_from(format!("\"{state}\""));
        Self(value.unwrap_or(HeaderValue::from_static("\"\"")))
    }

    /// As a header tells it.
    #[must_use]
    pub(super) fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether a client that sends these headers has the body.
    #[must_use]
    pub(super) fn is_known_to(&self, request: &HeaderMap) -> bool {
        is_known(request, self.0.as_bytes())
    }
}

/// Whether a client has what this tag names. Weak tags and strong ones are the same here.
#[must_use]
pub(super) fn is_known(request: &HeaderMap, etag: &[u8]) -> bool {
    fn opaque(tag: &[u8]) -> &[u8] {
        tag.strip_prefix(b"W/").unwrap_or(tag)
    }
    let etag = opaque(etag);
    list(request, header::IF_NONE_MATCH).any(|tag| tag == "*" || opaque(tag.as_bytes()) == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_a_body_whose_tag_it_names() {
        let check = |tags: &[&str], expected: bool| {
            let mut headers = HeaderMap::new();
            for tag in tags {
                headers.append(header::IF_NONE_MATCH, tag.parse().unwrap());
            }
            assert_eq!(is_known(&headers, b"W/\"a\""), expected, "{tags:?}");
            assert_eq!(is_known(&headers, b"\"a\""), expected, "{tags:?}");
        };
        check(&[], false);
        check(&["\"a\""], true);
        check(&["W/\"a\""], true);
        check(&["\"b\", W/\"a\""], true);
        check(&["\"b\"", "\"a\""], true);
        check(&["*"], true);
        check(&["a", "\"b\"", "\"\"", "\"a"], false);
    }
}
