//! The HTTP status of errors of the rooms below, which know no HTTP.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::server::limits::Refusal;
use crate::server::store::StoreError;

/// The status of a response that refuses a request.
#[must_use]
pub(crate) fn status_of_refusal(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::TooManyRequests(_) | Refusal::TooManySenders(_) => StatusCode::TOO_MANY_REQUESTS,
        Refusal::TooManyConnections | Refusal::TooManyStreams | Refusal::Busy => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Refusal::SlowBody => StatusCode::REQUEST_TIMEOUT,
    }
}

/// The status of a response that says why the store has changed nothing.
#[must_use]
pub(crate) fn status_of_store_error(error: StoreError) -> StatusCode {
    match error {
        StoreError::Rejected(_) | StoreError::OutOfOrder { .. } | StoreError::NumberTaken => {
            StatusCode::CONFLICT
        }
        StoreError::Changed => StatusCode::PRECONDITION_FAILED,
        StoreError::Full => StatusCode::INSUFFICIENT_STORAGE,
        StoreError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// The value of `Retry-After`, in whole seconds; `None` if trying again does not help.
#[must_use]
pub(crate) fn retry_after(refusal: &Refusal) -> Option<HeaderValue> {
    refusal.retry_after_seconds().map(HeaderValue::from)
}

/// Adds `Retry-After` to a response, if trying again helps.
#[must_use]
pub(crate) fn with_retry_after(refusal: &Refusal, mut response: Response) -> Response {
    if let Some(retry_after) = retry_after(refusal) {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, retry_after);
    }
    response
}
