//! Errors of the API outside of version 1: `{"error": "..."}`, the format of the tutorial.

use axum::Json;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::RequestError;
use super::status::status_of_store_error;
use crate::domain::{Title, TitleError};
use crate::server::limits::MAX_BODY_BYTES;
use crate::server::store::StoreError;

/// The errors, each with its status and its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PlainApiError {
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
    /// The error is the same for all routes.
    #[error("{0}")]
    Request(#[from] RequestError),
    /// The store has changed nothing.
    #[error("{0}")]
    NotStored(#[from] StoreError),
}

impl PlainApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::MissingItem
            | Self::ItemNotText
            | Self::ItemTooLong { .. }
            | Self::ItemWithControlCharacter
            | Self::NotJson
            | Self::BodyUnreadable => StatusCode::BAD_REQUEST,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Request(error) => error.status(),
            Self::NotStored(error) => status_of_store_error(*error),
        }
    }
}

impl From<TitleError> for PlainApiError {
    fn from(error: TitleError) -> Self {
        match error {
            TitleError::Blank => Self::MissingItem,
            TitleError::TooLong { chars } => Self::ItemTooLong { chars },
            TitleError::ControlCharacter => Self::ItemWithControlCharacter,
        }
    }
}

impl From<BytesRejection> for PlainApiError {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            _ => Self::BodyUnreadable,
        }
    }
}

impl IntoResponse for PlainApiError {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "error": self.to_string() }))).into_response()
    }
}
