//! Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13.1).

use std::fmt;

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::{ETag, HeaderMapExt, IfMatch, IfNoneMatch};
use sha2::{Digest, Sha256};

/// A weak tag: a digest of the chunks of a plain body. It is weak because it stands for the compressed bodies too.
#[must_use]
pub(crate) fn weak<'a>(body: impl Iterator<Item = &'a [u8]>) -> ETag {
    let digest = body.fold(Sha256::new(), Sha256::chain_update).finalize();
    parse(&format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..12])))
}

/// A strong tag. `state` must be printable ASCII without quotes.
#[must_use]
pub(crate) fn strong(state: impl fmt::Display) -> ETag {
    parse(&format!("\"{state}\""))
}

#[expect(
    clippy::expect_used,
    reason = "printable ASCII between quotes is a valid tag"
)]
fn parse(text: &str) -> ETag {
    text.parse().expect("a valid tag")
}

/// Whether the client has the body with this tag: `If-None-Match` names it, by weak comparison.
#[must_use]
pub(crate) fn is_known(request: &HeaderMap, etag: &ETag) -> bool {
    let condition = request.typed_get::<IfNoneMatch>();
    condition.is_some_and(|condition| !condition.precondition_passes(etag))
}

/// The result of the `If-Match` of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The request has no `If-Match`.
    None,
    /// `If-Match` names the tag, by strong comparison.
    Holds,
    /// `If-Match` does not name the tag, or cannot be parsed.
    Fails,
}

/// Compares the `If-Match` of a request with this tag.
#[must_use]
pub(crate) fn condition(request: &HeaderMap, etag: &ETag) -> Condition {
    match request.typed_try_get::<IfMatch>() {
        Ok(None) => Condition::None,
        Ok(Some(condition)) if condition.precondition_passes(etag) => Condition::Holds,
        Ok(Some(_)) | Err(_) => Condition::Fails,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue, header};

    fn headers<'a>(name: &HeaderName, tags: impl IntoIterator<Item = &'a [u8]>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for tag in tags {
            let value = HeaderValue::from_bytes(tag).expect("a header");
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn a_client_has_a_body_whose_tag_it_names() {
        let check = |tags: &[&str], expected: bool| {
            let tags = tags.iter().map(|tag| tag.as_bytes());
            let headers = headers(&header::IF_NONE_MATCH, tags);
            for etag in ["W/\"a\"", "\"a\""] {
                let etag = etag.parse().expect("a tag");
                assert_eq!(is_known(&headers, &etag), expected, "{headers:?}");
            }
        };
        check(&[], false);
        check(&["\"a\""], true);
        check(&["W/\"a\""], true);
        check(&["\"b\", W/\"a\""], true);
        check(&["\"b\"", "\"a\""], true);
        check(&["*"], true);
        check(&["a", "\"b\"", "\"\"", "\"a"], false);
    }

    #[test]
    fn a_condition_that_cannot_be_read_does_not_hold() {
        let check = |tags: &[&[u8]], expected: Condition| {
            let headers = headers(&header::IF_MATCH, tags.iter().copied());
            let etag = strong("a");
            assert_eq!(condition(&headers, &etag), expected, "{headers:?}");
        };
        check(&[], Condition::None);
        check(&[b"\"a\""], Condition::Holds);
        check(&[b"\"b\", \"a\""], Condition::Holds);
        check(&[b"\"b\"", b"\"a\""], Condition::Holds);
        check(&[b"*"], Condition::Holds);
        for wrong in [
            &b""[..],
            b"\xff",
            b"\"\xff\", \"a\"",
            b"\"a\xff\"",
            b"\"b\"",
            b"W/\"a\"",
            b"a",
        ] {
            check(&[wrong], Condition::Fails);
        }
    }

    #[test]
    fn the_tag_of_bytes_is_weak_and_depends_on_nothing_else() {
        let whole = weak([&b"ab"[..]].into_iter());
        assert_eq!(whole, weak([&b"a"[..], b"b"].into_iter()));
        assert_ne!(whole, weak([&b"b"[..]].into_iter()));
        assert_eq!(condition(&HeaderMap::new(), &whole), Condition::None);
    }
}
