//! Which version of a body a client has already (RFC 9110, section 13.1.2).

use std::fmt;

use axum::http::{HeaderMap, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::accept_encoding::list;

/// Names a body, whatever it depends on: it is made of its bytes. It is a weak one, since it names the compressed
/// body too.
pub(crate) struct Etag(HeaderValue);

impl Etag {
    /// The name of these bytes, which come one piece after the other.
    #[must_use]
    pub(crate) fn of<'a>(body: impl Iterator<Item = &'a [u8]>) -> Self {
        let digest = body.fold(Sha256::new(), Sha256::chain_update).finalize();
        let hash = URL_SAFE_NO_PAD.encode(&digest[..12]);
        let value = HeaderValue::try_from(format!("W/\"{hash}\""));
        // Base64 fits into every header. An empty tag is the tag of nothing.
        Self(value.unwrap_or(HeaderValue::from_static("W/\"\"")))
    }

    /// The strong name of what is nothing but this state of something.
    #[must_use]
    pub(crate) fn of_state(state: impl fmt::Display) -> Self {
        let value = HeaderValue::try_from(format!("\"{state}\""));
        Self(value.unwrap_or(HeaderValue::from_static("\"\"")))
    }

    /// As a header tells it.
    #[must_use]
    pub(crate) fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// Whether a client that sends these headers has the body.
    #[must_use]
    pub(crate) fn is_known_to(&self, request: &HeaderMap) -> bool {
        is_known(request, self.0.as_bytes())
    }
}

/// Whether a client has what this tag names. Weak tags and strong ones are the same here.
#[must_use]
pub(crate) fn is_known(request: &HeaderMap, etag: &[u8]) -> bool {
    fn opaque(tag: &[u8]) -> &[u8] {
        tag.strip_prefix(b"W/").unwrap_or(tag)
    }
    let etag = opaque(etag);
    list(request, header::IF_NONE_MATCH).any(|tag| tag == b"*" || opaque(tag) == etag)
}

/// Whether a request goes on with what this strong tag names: it has no `If-Match`, or one that holds. One that
/// cannot be read holds for nothing, and weak tags do not hold either (RFC 9110, section 13.1.1).
#[must_use]
pub(crate) fn condition(request: &HeaderMap, etag: &[u8]) -> Condition {
    if !request.contains_key(header::IF_MATCH) {
        return Condition::None;
    }
    match list(request, header::IF_MATCH).any(|tag| tag == b"*" || tag == etag) {
        true => Condition::Holds,
        false => Condition::Fails,
    }
}

/// What the `If-Match` of a request comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// There is none.
    None,
    /// It names the tag.
    Holds,
    /// It does not.
    Fails,
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    #[test]
    fn a_client_has_a_body_whose_tag_it_names() {
        let check = |tags: &[&str], expected: bool| {
            let headers = headers(
                &header::IF_NONE_MATCH,
                tags.iter().map(|tag| tag.as_bytes()),
            );
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
        let headers = headers(&header::IF_NONE_MATCH, [&b"\"\xff\", W/\"a\""[..]]);
        assert!(is_known(&headers, b"\"a\""), "beside one that is no text");
    }

    #[test]
    fn a_condition_that_cannot_be_read_does_not_hold() {
        let check = |tags: &[&[u8]], expected: Condition| {
            let headers = headers(&header::IF_MATCH, tags.iter().copied());
            assert_eq!(condition(&headers, b"\"a\""), expected, "{tags:?}");
        };
        check(&[], Condition::None);
        check(&[b"\"a\""], Condition::Holds);
        check(&[b"\"b\", \"a\""], Condition::Holds);
        check(&[b"\"b\"", b"\"a\""], Condition::Holds);
        check(&[b"*"], Condition::Holds);
        check(&[b"\"\xff\", \"a\""], Condition::Holds);
        for wrong in [&b""[..], b"\xff", b"\"a\xff\"", b"\"b\"", b"W/\"a\"", b"a"] {
            check(&[wrong], Condition::Fails);
        }
    }

    fn headers<'a>(name: &HeaderName, tags: impl IntoIterator<Item = &'a [u8]>) -> HeaderMap {
        let value = |tag| HeaderValue::from_bytes(tag).expect("a header");
        let tags = tags.into_iter().map(|tag| (name.clone(), value(tag)));
        let mut headers = HeaderMap::new();
        for (name, tag) in tags {
            headers.append(name, tag);
        }
        headers
    }
}
