//! In which encoding a client wants its answer (RFC 9110, section 12.5.3).

use std::cmp::Reverse;

use axum::http::{HeaderMap, HeaderName, header};

/// The encoding that the client likes best, and of those that it likes as much, the first; `None` if it would
/// rather have the body as it is.
#[must_use]
pub(crate) fn best_encoding(
    request: &HeaderMap,
    known: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
    if !request.contains_key(header::ACCEPT_ENCODING) {
        return None;
    }
    let plain = quality(request, "identity");
    known
        .map(|encoding| (quality(request, encoding), encoding))
        .filter(|(quality, _)| *quality > 0 && *quality >= plain)
        // The first of those that are equal.
        .min_by_key(|(quality, _)| Reverse(*quality))
        .map(|(_, encoding)| encoding)
}

/// How much the client wants an encoding, in thousandths; 0 if it has not named it or does not want it at all.
fn quality(request: &HeaderMap, encoding: &str) -> u16 {
    list(request, header::ACCEPT_ENCODING)
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

/// The members of a header that is a list. They are bytes: one that is no text takes none of the others away.
pub(crate) fn list(request: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    let values = request.get_all(name).into_iter();
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
