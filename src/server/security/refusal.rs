//! Why a request is not let in, told in the language of its path.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::host::Host;
use crate::server::fallback::is_api_path;
use crate::server::pages::Pages;
use crate::server::problem::Problem;
use crate::server::rest::ApiError;

/// A request that is answered before it has reached anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It does not say which host it is for, or not clearly.
    #[error("The request must name the host that it is for, in one valid Host header")]
    InvalidHost,
    /// It is for a host that this server is not.
    #[error(
        "This server does not go by the name {0}; if it should, its setting allowed-hosts must list that name"
    )]
    UnknownHost(Host),
    /// It would change something, and comes from a page of somebody else.
    #[error(
        "The request comes from a page of another site; if that is this server's own page behind a proxy, \
         the server's setting public-url must be the address of the page"
    )]
    CrossOrigin,
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::InvalidHost => StatusCode::BAD_REQUEST,
            Self::UnknownHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossOrigin => StatusCode::FORBIDDEN,
        }
    }

    /// The code in a problem of the v1 API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidHost => "invalid_host",
            Self::UnknownHost(_) => "unknown_host",
            Self::CrossOrigin => "cross_origin",
        }
    }

    /// The answer to whoever has asked for this path.
    #[must_use]
    pub(super) fn answer(self, path: &str, pages: &Pages) -> Response {
        if path.starts_with("/api/v1/") {
            Problem::from(self).into_response()
        } else if is_api_path(path) {
            ApiError::NotLetIn(self).into_response()
        } else {
            pages.message(self.status(), "Error: Not let in.", &format!("{self}."))
        }
    }
}
