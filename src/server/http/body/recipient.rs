//! The recipient of a response.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::encoding::Encoding;
use super::entity_tag::{EntityTag, Preconditions, Selection};
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
    preconditions: Preconditions,
}

impl Recipient {
    /// What the client gets of the body with this tag in the encoding that it prefers.
    #[must_use]
    pub(in crate::server::http) fn select(&self, plain: &EntityTag) -> Selection {
        if self.preconditions.is_empty() {
            return Selection::Body;
        }
        self.preconditions.select(&plain.encoded(self.encoding))
    }
}

#[cfg(test)]
impl Recipient {
    /// A recipient without a client, which accepts plain bodies only.
    pub(in crate::server::http) fn local() -> Self {
        Self {
            client: None,
            encoding: Encoding::Plain,
            preconditions: Preconditions::default(),
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
            preconditions: Preconditions::new(&parts.headers),
        })
    }
}
