//! Errors that clients see. This is the one place that knows in which format a path answers an error.

mod plain_api_error;
mod problem;
mod request_error;
mod status;

use axum::extract::OriginalUri;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::server_fn::ContentType;

pub(crate) use self::plain_api_error::PlainApiError;
pub(crate) use self::problem::Problem;
pub(crate) use self::request_error::RequestError;
pub(crate) use self::status::{
    retry_after, status_of_refusal, status_of_store_error, with_retry_after,
};
use super::assets::Assets;
use super::html;
use crate::domain::encoding::encode;
use crate::rpc::{CallError, ERROR_VERSION, ErrorEncoding};
use crate::server::limits::Refusal;

/// How a path answers an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorFormat {
    /// `application/problem+json` (RFC 9457): `/api/v1`.
    Problem,
    /// An encoded [`CallError`] for the page: `/api/fn`.
    Call,
    /// `{"error": "..."}`: everything else below `/api`.
    Api,
    /// An HTML page: everything else.
    Page,
}

impl ErrorFormat {
    /// The format of the errors of a URL path.
    #[must_use]
    pub(crate) fn of_path(path: &str) -> Self {
        let is_below = |prefix: &str| {
            path.strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if is_below("/api/v1") {
            Self::Problem
        } else if path.starts_with("/api/fn/") {
            Self::Call
        } else if is_below("/api") {
            Self::Api
        } else {
            Self::Page
        }
    }
}

/// Renders errors in the format of the path that the client asked for.
#[derive(Clone)]
pub(crate) struct ErrorRenderer {
    assets: Option<Assets>,
}

impl ErrorRenderer {
    /// Renders pages that load the style sheet of `assets`.
    #[must_use]
    pub(crate) fn new(assets: Assets) -> Self {
        Self {
            assets: Some(assets),
        }
    }

    /// Renders plain text instead of pages, for a listener that serves no pages.
    #[must_use]
    pub(crate) fn plain_text() -> Self {
        Self { assets: None }
    }

    /// The response to a request for `path`.
    #[must_use]
    pub(crate) fn render(&self, error: RequestError, path: &str) -> Response {
        self.render_as(error, ErrorFormat::of_path(path))
    }

    fn render_as(&self, error: RequestError, format: ErrorFormat) -> Response {
        let response = match format {
            ErrorFormat::Problem => Problem::from(error.clone()).into_response(),
            // The page understands these errors, and takes every other response for a failure.
            ErrorFormat::Call => match call_error(&error) {
                Some(call_error) => encoded(error.status(), &call_error),
                None => PlainApiError::from(error.clone()).into_response(),
            },
            ErrorFormat::Api => PlainApiError::from(error.clone()).into_response(),
            ErrorFormat::Page => self.page(&error),
        };
        match error {
            RequestError::Refused(refusal) => with_refusal_headers(&refusal, response),
            _ => response,
        }
    }

    fn page(&self, error: &RequestError) -> Response {
        let (heading, sentence) = match error {
            RequestError::Refused(Refusal::TooManyRequests(_) | Refusal::TooManySenders(_)) => {
                ("Error: Too many requests.", format!("{error}."))
            }
            RequestError::Refused(Refusal::SlowBody) => ("Error: Too slow.", format!("{error}.")),
            RequestError::Refused(Refusal::Busy) => ("Error: Too busy.", format!("{error}.")),
            RequestError::Refused(Refusal::TooManyConnections | Refusal::TooManyStreams)
            | RequestError::InvalidHost
            | RequestError::UnknownHost(_)
            | RequestError::CrossOrigin => ("Error: Refused.", format!("{error}.")),
            RequestError::SignedOut => ("Signed out", "Sign in to see the list.".into()),
            RequestError::BodyTooLarge => ("Error: Not saved.", "The text is too long.".into()),
            RequestError::EncodedBody => ("Error: Refused.", format!("{error}.")),
            RequestError::PreconditionFailed => (
                "Error: Changed meanwhile.",
                "Nothing was done. Go back and try again.".into(),
            ),
            RequestError::NotFound => ("Not found", "There is no page at this address.".into()),
            RequestError::MethodNotAllowed => (
                "Error: Method not allowed.",
                "This page cannot be used in this way.".into(),
            ),
        };
        self.message(error.status(), heading, &sentence)
    }

    /// A page with a heading, a sentence and a link to the list.
    #[must_use]
    pub(crate) fn message(&self, status: StatusCode, heading: &str, sentence: &str) -> Response {
        match &self.assets {
            Some(assets) => html::message(assets, status, heading, sentence),
            None => (status, format!("{sentence}\n")).into_response(),
        }
    }
}

/// The error for the page, if [`CallError`] has a variant for it.
fn call_error(error: &RequestError) -> Option<CallError> {
    match error {
        RequestError::SignedOut => Some(CallError::SignedOut),
        RequestError::Refused(refusal) => {
            Some(CallError::from(refusal.clone())).filter(|error| *error != CallError::Failed)
        }
        RequestError::InvalidHost
        | RequestError::UnknownHost(_)
        | RequestError::CrossOrigin
        | RequestError::BodyTooLarge
        | RequestError::EncodedBody
        | RequestError::PreconditionFailed
        | RequestError::NotFound
        | RequestError::MethodNotAllowed => None,
    }
}

/// A response of a server function that says why the call has failed.
fn encoded(status: StatusCode, error: &CallError) -> Response {
    let content_type = [(header::CONTENT_TYPE, ErrorEncoding::CONTENT_TYPE)];
    (
        status,
        content_type,
        encode(ERROR_VERSION, error).unwrap_or_default(),
    )
        .into_response()
}

/// The response of a handler below `/api/fn` that refuses a call.
#[must_use]
pub(crate) fn refused_call(refusal: Refusal) -> Response {
    refused(refusal, ErrorFormat::Call)
}

/// The response of a handler below `/api/v1` that refuses a request.
#[must_use]
pub(crate) fn refused_problem(refusal: Refusal) -> Response {
    refused(refusal, ErrorFormat::Problem)
}

/// The response of `/api/items` to a request that it refuses.
#[must_use]
pub(crate) fn refused_api_call(refusal: Refusal) -> Response {
    refused(refusal, ErrorFormat::Api)
}

fn refused(refusal: Refusal, format: ErrorFormat) -> Response {
    // These formats need no assets.
    ErrorRenderer::plain_text().render_as(refusal.into(), format)
}

/// Says when to try again, and closes connections that are of no more use.
fn with_refusal_headers(refusal: &Refusal, response: Response) -> Response {
    let mut response = with_retry_after(refusal, response);
    if matches!(refusal, Refusal::TooManyConnections | Refusal::SlowBody) {
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Answers a request whose path has a route below `/api`, but not with its method.
pub(crate) async fn method_not_allowed(uri: OriginalUri) -> Response {
    ErrorRenderer::plain_text().render(RequestError::MethodNotAllowed, uri.path())
}

impl From<Refusal> for CallError {
    fn from(refusal: Refusal) -> Self {
        let seconds = refusal.retry_after_seconds().unwrap_or(1);
        match refusal {
            Refusal::TooManyRequests(_) | Refusal::Busy => Self::Busy { seconds },
            Refusal::TooManySenders(_) => Self::TooManySenders { seconds },
            Refusal::TooManyConnections | Refusal::TooManyStreams | Refusal::SlowBody => {
                Self::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_decides_the_format() {
        let check = |path: &str, expected: ErrorFormat| {
            assert_eq!(ErrorFormat::of_path(path), expected, "{path}");
        };
        check("/api/v1", ErrorFormat::Problem);
        check("/api/v1/lists/home", ErrorFormat::Problem);
        check("/api/v10", ErrorFormat::Api);
        check("/api/fn/exchange", ErrorFormat::Call);
        check("/api/fn", ErrorFormat::Api);
        check("/api", ErrorFormat::Api);
        check("/api/items", ErrorFormat::Api);
        check("/apiary", ErrorFormat::Page);
        check("/", ErrorFormat::Page);
    }

    #[test]
    fn a_listener_without_pages_answers_in_plain_text() {
        let response = ErrorRenderer::plain_text().render(RequestError::NotFound, "/none");
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let content_type = response.headers().get(header::CONTENT_TYPE);
        assert!(content_type.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain")));
    }
}
