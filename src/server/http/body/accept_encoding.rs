//! Chooses the encoding of a response by `Accept-Encoding` (RFC 9110, section 12.5.3).
//!
//! The `headers` crate does not parse `Accept-Encoding`, and tower-http keeps its negotiation private.

use std::cmp::Reverse;

use axum::http::{HeaderMap, header};

/// The encoding of `available` that the client prefers, the first among equals; `None` if it prefers the plain body.
#[must_use]
pub(crate) fn best_encoding(
    request: &HeaderMap,
    available: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if !request.contains_key(header::ACCEPT_ENCODING) {
        return None;
    }
    let plain = quality(request, "identity");
    available
        .map(|encoding| (quality(request, encoding), encoding))
        .filter(|(quality, _)| *quality > 0 && *quality >= plain)
        // The first among equals.
        .min_by_key(|(quality, _)| Reverse(*quality))
        .map(|(_, encoding)| encoding)
}

/// The weight of an encoding in thousandths; 0 if the client does not name it or does not accept it.
fn quality(request: &HeaderMap, encoding: &str) -> u16 {
    members(request)
        .filter_map(|accepted| {
            let accepted = str::from_utf8(accepted).ok()?;
            let (name, weight) = accepted.split_once(';').unwrap_or((accepted, "q=1"));
            if !name.trim_end().eq_ignore_ascii_case(encoding) {
                return None;
            }
            let weight = weight.trim().to_ascii_lowercase();
            let weight: f32 = weight.strip_prefix("q=")?.parse().ok()?;
            Some((weight.clamp(0.0, 1.0) * 1_000.0) as u16)
        })
        .max()
        .unwrap_or(0)
}

/// The members of all `Accept-Encoding` headers, as bytes: one that is not text does not hide the others.
fn members(request: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = request.get_all(header::ACCEPT_ENCODING).into_iter();
    values.flat_map(|value| {
        let members = value.as_bytes().split(|byte| *byte == b',');
        members.map(<[u8]>::trim_ascii)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_encoding_that_a_client_likes_best_is_found_beside_what_cannot_be_read() {
        let check = |accepted: &[&[u8]], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for value in accepted {
                let value = HeaderValue::from_bytes(value).expect("a header");
                headers.append(header::ACCEPT_ENCODING, value);
            }
            let best = best_encoding(&headers, ["br", "gzip"].into_iter());
            assert_eq!(best, expected, "{accepted:?}");
        };
        check(&[], None);
        check(&[b""], None);
        check(&[b"gzip, br"], Some("br"));
        check(&[b"gzip;q=0.9", b"BR; q=0.5"], Some("gzip"));
        check(&[b"gzip;q=0.5, identity"], None);
        check(&[b"gzip, \xff"], Some("gzip"));
        check(&[b"br;q=\xff, gzip"], Some("gzip"));
        check(&[b"\xff"], None);
    }
}
