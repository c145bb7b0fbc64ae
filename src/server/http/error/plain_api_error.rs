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

/// The errors, each with its status and its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// The body has no `item`, or a blank one.
    #[error("Missing item data in request")]
    MissingItem,
    /// `item` is not a string.
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
    /// The body is not JSON in UTF-8.
    #[error("The request body is not valid JSON")]
    NotJson,
    /// The body could not be read to its end.
    #[error("The request body could not be read")]
    BodyUnreadable,
    /// The body is longer than [`MAX_BODY_BYTES`].
    #[error("The request body is larger than {MAX_BODY_BYTES} bytes")]
    BodyTooLarge,
    /// The `Content-Type` is not JSON.
    #[error("The Content-Type must be application/json")]
    UnsupportedMediaType,
    /// The path exists, but not with this method.
    #[error("This method is not allowed here; the Allow header lists those that are")]
    MethodNotAllowed,
    /// The path does not exist.
    #[error("There is nothing at this path")]
    NotFound,
    /// The client must sign in first.
    #[error("Sign in first, by a POST of the password to /sign-in")]
    SignedOut,
    /// The pipeline or a limit refuses the request.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The store has changed nothing.
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
