//! Errors that are the same for all routes. Each has one status, one code and one message in every format.

use axum::http::StatusCode;

use super::status::status_of_refusal;
use crate::server::http::body::PreconditionFailed;
use crate::server::limits::{MAX_BODY_BYTES, Refusal};
use crate::server::net::Host;

/// An error that the pipeline or the router answers instead of a handler. Its message is the text of the response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestError {
    /// The request does not name exactly one host.
    #[error("The request must name its host in one valid Host header")]
    InvalidHost,
    /// The request names a host that is not a name of this server.
    #[error(
        "This server does not know the host name {0}; if it should, add the name to its setting allowed-hosts"
    )]
    UnknownHost(Host),
    /// The request would change something, and a page of another site sends it.
    #[error(
        "The request comes from a page of another site; if it is this server's own page behind a proxy, \
         set the server's setting public-url to the address of the page"
    )]
    CrossOrigin,
    /// A limit refuses the request.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The client must sign in first.
    #[error("Sign in first, by a POST of the password to /sign-in")]
    SignedOut,
    /// The client waits for permission to send a body that is longer than [`MAX_BODY_BYTES`].
    #[error("The request body is larger than {MAX_BODY_BYTES} bytes")]
    BodyTooLarge,
    /// The body has a `Content-Encoding`.
    #[error("The request body must not have a Content-Encoding")]
    EncodedBody,
    /// A condition of the request does not hold, or cannot be read.
    #[error("What the request would read or change is not in the state that its condition names")]
    PreconditionFailed,
    /// No route matches the path.
    #[error("There is nothing at this path")]
    NotFound,
    /// The route does not have the method of the request.
    #[error("This method is not allowed here; the Allow header lists those that are")]
    MethodNotAllowed,
}

impl From<PreconditionFailed> for RequestError {
    fn from(_: PreconditionFailed) -> Self {
        Self::PreconditionFailed
    }
}

impl RequestError {
    /// The status of the response.
    #[must_use]
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::InvalidHost => StatusCode::BAD_REQUEST,
            Self::UnknownHost(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::CrossOrigin => StatusCode::FORBIDDEN,
            Self::Refused(refusal) => status_of_refusal(refusal),
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::EncodedBody => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The code of the error in the v1 API. It never changes.
    #[must_use]
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::InvalidHost => "invalid_host",
            Self::UnknownHost(_) => "unknown_host",
            Self::CrossOrigin => "cross_origin",
            Self::Refused(refusal) => refusal.code(),
            Self::SignedOut => "signed_out",
            Self::BodyTooLarge => "body_too_large",
            Self::EncodedBody => "unsupported_media_type",
            Self::PreconditionFailed => "changed",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
        }
    }
}
