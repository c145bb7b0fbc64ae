//! The conditions of requests that change the list or one of its items (RFC 9110, section 13).

use axum::http::HeaderMap;

use crate::domain::Cursor;
use crate::server::http::body::{Encoding, EntityTag, Preconditions};
use crate::server::http::error::RequestError;
use crate::server::store::Guard;

/// Checks a change of a resource that has these tags, and returns the guard for the store if the request has an
/// `If-Match`: another change may come before the writer decides this one.
///
/// # Errors
///
/// [`RequestError::PreconditionFailed`] if a condition does not hold, or cannot be read.
pub(super) fn check_change(
    headers: &HeaderMap,
    tags: &[EntityTag],
    guard: Guard,
) -> Result<Option<Guard>, RequestError> {
    let conditions = Preconditions::new(headers);
    conditions.check_change(tags)?;
    Ok(conditions.has_if_match().then_some(guard))
}

/// As [`check_change`], of a resource that shows the whole list.
pub(super) fn check_list_change(
    headers: &HeaderMap,
    cursor: Cursor,
) -> Result<Option<Guard>, RequestError> {
    let plain = EntityTag::strong(cursor);
    let tags = [Encoding::Plain, Encoding::Brotli, Encoding::Gzip];
    let tags = tags.map(|encoding| plain.encoded(encoding));
    check_change(headers, &tags, Guard::List(cursor.revision))
}
