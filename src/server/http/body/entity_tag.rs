//! Entity tags, and the conditions that requests make with them (RFC 9110, sections 8.8.3 and 13).

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::encoding::Encoding;

/// The name of a state of a resource, as the value of an `ETag` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag(HeaderValue);

impl EntityTag {
    /// A weak tag: a digest of the chunks of a plain body. It is weak because it stands for the compressed bodies too.
    #[must_use]
    pub(crate) fn weak<'a>(body: impl Iterator<Item = &'a [u8]>) -> Self {
        let digest = body.fold(Sha256::new(), Sha256::chain_update).finalize();
        Self::parse(&format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..12])))
    }

    /// A weak tag for all bodies that stand for a state. `state` must be printable ASCII without quotes.
    #[must_use]
    pub(crate) fn weak_of_state(state: impl fmt::Display) -> Self {
        Self::parse(&format!("W/\"{state}\""))
    }

    /// The strong tag of a plain body. `state` must be printable ASCII without quotes.
    #[must_use]
    pub(crate) fn strong(state: impl fmt::Display) -> Self {
        Self::parse(&format!("\"{state}\""))
    }

    #[expect(
        clippy::expect_used,
        reason = "printable ASCII is a valid header value"
    )]
    fn parse(text: &str) -> Self {
        Self(HeaderValue::from_str(text).expect("a valid header value"))
    }

    /// The tag of the body in this encoding. A strong tag stands for the same bytes only, so each encoding has its own.
    #[must_use]
    pub(crate) fn encoded(&self, encoding: Encoding) -> Self {
        let (Some(name), false) = (encoding.name(), self.is_weak()) else {
            return self.clone();
        };
        let plain = self.0.to_str().unwrap_or_default().trim_matches('"');
        let name = name.to_str().unwrap_or_default();
        Self::strong(format_args!("{plain}-{name}"))
    }

    fn is_weak(&self) -> bool {
        self.0.as_bytes().starts_with(b"W/")
    }

    /// The value of the `ETag` header.
    #[must_use]
    pub(crate) fn header_value(&self) -> HeaderValue {
        self.0.clone()
    }
}

/// What a condition of a GET or HEAD request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// The body.
    Body,
    /// 304: the client has the body.
    NotModified,
    /// 412: `If-Match` does not name the tag, or cannot be read.
    Failed,
}

impl Selection {
    /// The status of a response without a body; `None` if the client gets the body.
    #[must_use]
    pub(crate) fn status_without_body(self) -> Option<StatusCode> {
        match self {
            Self::Body => None,
            Self::NotModified => Some(StatusCode::NOT_MODIFIED),
            Self::Failed => Some(StatusCode::PRECONDITION_FAILED),
        }
    }
}

/// The error of a change whose condition does not hold, or cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PreconditionFailed;

/// The `If-Match` and `If-None-Match` headers of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Preconditions {
    if_match: Vec<HeaderValue>,
    if_none_match: Vec<HeaderValue>,
}

impl Preconditions {
    #[must_use]
    pub(crate) fn new(request: &HeaderMap) -> Self {
        let lines = |name: HeaderName| request.get_all(name).iter().cloned().collect();
        Self {
            if_match: lines(header::IF_MATCH),
            if_none_match: lines(header::IF_NONE_MATCH),
        }
    }

    /// Whether a change depends on the state of its target.
    #[must_use]
    pub(crate) fn has_if_match(&self) -> bool {
        !self.if_match.is_empty()
    }

    /// Whether the request makes any condition.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.if_match.is_empty() && self.if_none_match.is_empty()
    }

    /// What a GET or HEAD request gets of a body with this tag. An `If-None-Match` that cannot be read is no condition:
    /// the client gets the body.
    #[must_use]
    pub(crate) fn select(&self, tag: &EntityTag) -> Selection {
        let tags = std::slice::from_ref(tag);
        if self.has_if_match() && names(&self.if_match, tags, is_same_strongly) != Ok(true) {
            Selection::Failed
        } else if names(&self.if_none_match, tags, is_same_weakly) == Ok(true) {
            Selection::NotModified
        } else {
            Selection::Body
        }
    }

    /// Checks a request that changes a resource, which has these tags, one for each encoding; none if it has no body.
    ///
    /// # Errors
    ///
    /// [`PreconditionFailed`] if a condition does not hold or cannot be read: the change must not happen.
    pub(crate) fn check_change(&self, tags: &[EntityTag]) -> Result<(), PreconditionFailed> {
        let holds =
            !self.has_if_match() || names(&self.if_match, tags, is_same_strongly) == Ok(true);
        let is_known = names(&self.if_none_match, tags, is_same_weakly) != Ok(false);
        match holds && !is_known {
            true => Ok(()),
            false => Err(PreconditionFailed),
        }
    }
}

/// The lines of a header are not a list of entity tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Unreadable;

/// Whether the lines of a header name one of the tags: with `*`, or by comparison. No lines name none.
fn names(
    lines: &[HeaderValue],
    tags: &[EntityTag],
    is_same: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<bool, Unreadable> {
    if let [line] = lines
        && line.as_bytes().trim_ascii() == b"*"
    {
        return Ok(!tags.is_empty());
    }
    let mut is_named = false;
    for line in lines {
        let mut rest = line.as_bytes();
        let mut is_empty = true;
        while let Some(named) = next_tag(&mut rest)? {
            is_empty = false;
            is_named |= tags.iter().any(|tag| is_same(named, tag.0.as_bytes()));
        }
        if is_empty {
            return Err(Unreadable);
        }
    }
    Ok(is_named)
}

/// Takes the next tag from a list (RFC 9110, sections 5.6.1 and 8.8.3): quotes around any bytes but quotes, spaces and
/// control characters, with `W/` before a weak one.
fn next_tag<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, Unreadable> {
    let is_separator = |byte: &u8| matches!(byte, b',' | b' ' | b'\t');
    let Some(begin) = rest.iter().position(|byte| !is_separator(byte)) else {
        return Ok(None);
    };
    let list = &rest[begin..];
    let prefix = match list {
        [b'W', b'/', b'"', ..] => 3,
        [b'"', ..] => 1,
        _ => return Err(Unreadable),
    };
    let is_tag_byte = |byte: &&u8| matches!(byte, 0x21 | 0x23..=0x7e | 0x80..);
    let length = list[prefix..].iter().take_while(is_tag_byte).count();
    let (tag, after) = list
        .split_at_checked(prefix + length + 1)
        .filter(|(tag, _)| tag.ends_with(b"\""))
        .ok_or(Unreadable)?;
    let next = after.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    if next.is_some_and(|byte| *byte != b',') {
        return Err(Unreadable);
    }
    *rest = after;
    Ok(Some(tag))
}

/// Strong comparison: a weak tag is the same as none (RFC 9110, section 8.8.3.2).
fn is_same_strongly(one: &[u8], other: &[u8]) -> bool {
    one == other && !one.starts_with(b"W/")
}

fn is_same_weakly(one: &[u8], other: &[u8]) -> bool {
    let opaque = |tag| <[u8]>::strip_prefix(tag, b"W/").map_or(tag, |opaque| opaque);
    opaque(one) == opaque(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preconditions(if_match: &[&[u8]], if_none_match: &[&[u8]]) -> Preconditions {
        let lines = |lines: &[&[u8]]| {
            let line = |line: &&[u8]| HeaderValue::from_bytes(line).expect("a header");
            lines.iter().map(line).collect()
        };
        Preconditions {
            if_match: lines(if_match),
            if_none_match: lines(if_none_match),
        }
    }

    fn tag(text: &[u8]) -> EntityTag {
        EntityTag(HeaderValue::from_bytes(text).expect("a header"))
    }

    /// Lines that name `"a"`, strongly.
    const STRONG: [&[&[u8]]; 8] = [
        &[b"\"a\""],
        &[b"\"b\", \"a\""],
        &[b"\"b\"", b"\"a\""],
        &[b" , \"b\"\t,,\"a\" ,"],
        &[b"\"\xff\", \"a\""],
        &[b"\"b,\",\"a\""],
        &[b"W/\"a\", \"a\""],
        &[b"*"],
    ];
    /// Lines that name it weakly only.
    const WEAK: [&[&[u8]]; 2] = [&[b"W/\"a\""], &[b"\"b\"", b"W/\"a\""]];
    /// Lines that name other tags.
    const OTHERS: [&[&[u8]]; 4] = [&[b"\"b\""], &[b"\"\""], &[b"\"A\""], &[b"\"b\", W/\"c\""]];
    /// Lines that are not lists of tags.
    const UNREADABLE: [&[&[u8]]; 13] = [
        &[b""],
        &[b","],
        &[b"\xff"],
        &[b"a"],
        &[b"\"a"],
        &[b"a\""],
        &[b"w/\"a\""],
        &[b"W/a"],
        &[b"\"a\" \"b\""],
        &[b"\"a\"b"],
        &[b"\"a b\""],
        &[b"*, \"a\""],
        &[b"\"a\"", b"*"],
    ];

    #[test]
    fn a_read_gets_the_body_unless_it_is_known_or_not_the_one_expected() {
        let check = |if_match: &[&[u8]], if_none_match: &[&[u8]], expected: Selection| {
            let conditions = preconditions(if_match, if_none_match);
            assert_eq!(
                conditions.select(&tag(b"\"a\"")),
                expected,
                "{conditions:?}"
            );
        };
        check(&[], &[], Selection::Body);
        for lines in STRONG {
            check(lines, &[], Selection::Body);
            check(lines, lines, Selection::NotModified);
            check(&[], lines, Selection::NotModified);
        }
        for lines in WEAK {
            check(lines, &[], Selection::Failed);
            check(&[], lines, Selection::NotModified);
        }
        for lines in OTHERS.iter().chain(&UNREADABLE) {
            check(lines, &[], Selection::Failed);
            check(lines, &[b"\"a\""], Selection::Failed);
            check(&[], lines, Selection::Body);
        }
        let weak = preconditions(&[], &[b"\"a\""]).select(&tag(b"W/\"a\""));
        assert_eq!(weak, Selection::NotModified);
        let weak = preconditions(&[b"\"a\""], &[]).select(&tag(b"W/\"a\""));
        assert_eq!(weak, Selection::Failed);
    }

    #[test]
    fn a_change_happens_only_if_its_conditions_can_be_read_and_hold() {
        let check = |if_match: &[&[u8]], if_none_match: &[&[u8]], expected: bool| {
            let conditions = preconditions(if_match, if_none_match);
            let tags = [tag(b"\"x\""), tag(b"\"a\"")];
            let actual = conditions.check_change(&tags).is_ok();
            assert_eq!(actual, expected, "{conditions:?}");
        };
        check(&[], &[], true);
        for lines in STRONG {
            check(lines, &[], true);
            check(&[], lines, false);
        }
        for lines in WEAK {
            check(lines, &[], false);
            check(&[], lines, false);
        }
        for lines in OTHERS {
            check(lines, &[], false);
            check(&[], lines, true);
            check(&[b"\"a\""], lines, true);
        }
        for lines in UNREADABLE {
            check(lines, &[], false);
            check(&[], lines, false);
        }
    }

    #[test]
    fn what_has_no_body_is_named_by_no_condition() {
        let check = |if_match: &[&[u8]], if_none_match: &[&[u8]]| {
            let conditions = preconditions(if_match, if_none_match);
            conditions.check_change(&[]).is_ok()
        };
        assert!(!check(&[b"*"], &[]));
        assert!(!check(&[b"\"a\""], &[]));
        assert!(check(&[], &[b"*"]));
        assert!(check(&[], &[b"\"a\""]));
    }

    #[test]
    fn the_tag_of_bytes_is_weak_and_depends_on_nothing_else() {
        let whole = EntityTag::weak([&b"ab"[..]].into_iter());
        assert_eq!(whole, EntityTag::weak([&b"a"[..], b"b"].into_iter()));
        assert_ne!(whole, EntityTag::weak([&b"b"[..]].into_iter()));
        assert!(whole.is_weak());
        assert_eq!(whole.encoded(Encoding::Gzip), whole);
    }

    #[test]
    fn each_encoding_has_its_own_strong_tag() {
        let plain = EntityTag::strong("1.2");
        assert_eq!(plain.encoded(Encoding::Plain), tag(b"\"1.2\""));
        assert_eq!(plain.encoded(Encoding::Brotli), tag(b"\"1.2-br\""));
        assert_eq!(plain.encoded(Encoding::Gzip), tag(b"\"1.2-gzip\""));
    }
}
