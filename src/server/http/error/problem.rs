//! Errors of the v1 API: `application/problem+json` (RFC 9457) with a stable `code`.

use axum::Json;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::RequestError;
use super::status::status_of_store_error;
use crate::server::limits::{MAX_BODY_BYTES, Refusal};
use crate::server::store::StoreError;

/// An error for programs, which read its `code`, and for people, who read its `detail`.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    more: Map<String, Value>,
    /// The results of the commands before the one that failed, as JSON: they may be long.
    results: Option<Box<RawValue>>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: &str) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            more: Map::new(),
            results: None,
        }
    }

    /// The request cannot be understood; `detail` says what is wrong.
    pub(crate) fn invalid(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail)
    }

    /// The body cannot be read as `what`. The message of the JSON library is left out: it names types of the program.
    pub(crate) fn unreadable(what: &str, error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Self::invalid(&format!(
            "The body is not {what}: see line {line}, column {column}"
        ))
    }

    /// A field of a todo has an invalid value.
    pub(crate) fn invalid_field(field: &str, detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", detail).with("field", &field)
    }

    /// The path or the thing that it names does not exist.
    pub(crate) fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The `Content-Type` is not JSON.
    pub(crate) fn unsupported_media_type() -> Self {
        let detail = "The Content-Type must be application/json";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        )
    }

    /// Adds the results of the commands before the one that failed.
    pub(crate) fn with_results(mut self, results: Option<Box<RawValue>>) -> Self {
        self.results = results;
        self
    }

    /// Adds a member.
    pub(crate) fn with(mut self, name: &str, value: &impl Serialize) -> Self {
        self.more.insert(name.into(), json!(value));
        self
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                let detail = format!("The request body is larger than {MAX_BODY_BYTES} bytes");
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", &detail)
            }
            _ => Self::invalid("The request body could not be read"),
        }
    }
}

impl From<PathRejection> for Problem {
    /// A path that is not UTF-8 names nothing.
    fn from(_: PathRejection) -> Self {
        RequestError::NotFound.into()
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        Self::new(error.status(), error.code(), &error.to_string())
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        RequestError::from(refusal).into()
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let problem = Self::new(
            status_of_store_error(error),
            error.code(),
            &error.to_string(),
        );
        match error {
            StoreError::OutOfOrder { expected } => problem.with("expected", &expected),
            _ => problem,
        }
    }
}

/// The JSON of a problem (RFC 9457).
#[derive(Serialize)]
struct Body {
    #[serde(rename = "type")]
    kind: &'static str,
    title: Option<&'static str>,
    status: u16,
    code: &'static str,
    detail: String,
    #[serde(flatten)]
    more: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    results: Option<Box<RawValue>>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            kind: "about:blank",
            title: self.status.canonical_reason(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail,
            more: self.more,
            results: self.results,
        };
        let mut response = (self.status, Json(body)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, media_type);
        response
    }
}
