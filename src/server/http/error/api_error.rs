//! Errors of the API outside of version 1: `{"error": "..."}`, the format of the tutorial.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::RequestError;
use super::status::{of_refusal, of_store_error};
use crate::domain::{Title, TitleError};
use crate::server::limits::{MAX_BODY_BYTES, Refusal};
use crate::server::store::StoreError;

/// Everything that the API can refuse, with its status and its sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// There is no `item`, or it is blank.
    #[error("Missing item data in request")]
    MissingItem,
    /// `item` is a number, a list or the like.
    #[error("The item must be a string")]
    ItemNotText,
    /// `item` is longer than a title may be.
    #[error("The item has {chars} characters; at most {max} are allowed", max = Title::MAX_CHARS)]
    ItemTooLong {
        /// Its length after trimming, in `char`s.
        chars: usize,
    },
    /// `item` contains a control character.
    #[error("The item contains a control character")]
    ItemWithControlCharacter,
    /// The body is no JSON text in UTF-8.
    #[error("The request body is not valid JSON")]
    NotJson,
    /// The body could not be read to its end.
    #[error("The request body could not be read")]
    BodyUnreadable,
    /// The body is longer than [`MAX_BODY_BYTES`].
    #[error("The request body is larger than {MAX_BODY_BYTES} bytes")]
    BodyTooLarge,
    /// The body does not say that it is JSON.
    #[error("The Content-Type must be application/json")]
    UnsupportedMediaType,
    /// The path exists, with other methods.
    #[error("This method is not allowed here; the Allow header lists those that are")]
    MethodNotAllowed,
    /// Nothing lies at this path.
    #[error("There is nothing at this path")]
    NotFound,
    /// Only those who have signed in may do that.
    #[error("Sign in first, by a POST of the password to /sign-in")]
    SignedOut,
    /// The pipeline or a limit refuses the request.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The store has not taken it.
    #[error("{0}")]
    NotStored(#[from] StoreError),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::MissingItem
            | Self::ItemNotText
            | Self::ItemTooLong { .. }
            | Self::ItemWithControlCharacter
            | Self::NotJson
            | Self::BodyUnreadable => StatusCode::BAD_REQUEST,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Refused(refusal) => of_refusal(refusal),
            Self::NotStored(error) => of_store_error(*error),
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(refusal) => Self::Refused(refusal),
            RequestError::SignedOut => Self::SignedOut,
            RequestError::NotFound => Self::NotFound,
            RequestError::MethodNotAllowed => Self::MethodNotAllowed,
        }
    }
}

impl From<TitleError> for ApiError {
    fn from(error: TitleError) -> Self {
        match error {
            TitleError::Blank => Self::MissingItem,
            TitleError::TooLong { chars } => Self::ItemTooLong { chars },
            TitleError::ControlCharacter => Self::ItemWithControlCharacter,
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            _ => Self::BodyUnreadable,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "error": self.to_string() }))).into_response()
    }
}
