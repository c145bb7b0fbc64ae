//! The recipient of a response.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use headers::{ETag, HeaderMapExt, IfNoneMatch};

use super::encoding::Encoding;
use crate::server::net::{Client, ClientAddress};

/// The client that receives a response, and what its request says about the response that it wants.
///
/// As an extractor it never fails.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    /// `None` for a request that did not arrive over the network, as in tests.
    pub(crate) client: Option<Client>,
    /// The encoding of the body that the client prefers (`Accept-Encoding`).
    pub(in crate::server::http) encoding: Encoding,
    if_none_match: Option<IfNoneMatch>,
}

impl Recipient {
    /// Whether the client has the body with this tag: `If-None-Match` names it, by weak comparison.
    #[must_use]
    pub(in crate::server::http) fn has(&self, etag: &ETag) -> bool {
        let condition = self.if_none_match.as_ref();
        condition.is_some_and(|condition| !condition.precondition_passes(etag))
    }
}

#[cfg(test)]
impl Recipient {
    /// A recipient without a client, which accepts plain bodies only.
    pub(in crate::server::http) fn local() -> Self {
        Self {
            client: None,
            encoding: Encoding::Plain,
            if_none_match: None,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Recipient {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let address = parts.extensions.get::<ClientAddress>();
        Ok(Self {
            client: address.map(|ClientAddress(address)| (*address).into()),
            encoding: Encoding::accepted(&parts.headers),
            if_none_match: parts.headers.typed_get(),
        })
    }
}
