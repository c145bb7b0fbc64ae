//! What the server functions do, and how they are reached over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use leptos::prelude::{expect_context, provide_context};
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{ResponseOptions, handle_server_fns_with_context};

use super::rest::ApiError;
use super::store::{Store, StoreError};
use crate::domain::{Change, ClientId, Command, CommandId, Listing};
use crate::server_fns::CallError;

/// Gives the command to the store of this request.
///
/// # Errors
///
/// [`CallError`], with the status that fits it.
pub async fn run_command(id: CommandId, command: Command) -> Result<Change, CallError> {
    let store = expect_context::<Store>();
    let response = expect_context::<ResponseOptions>();
    if id.client == ClientId::SERVER {
        // Nobody else may speak for the server; what comes under its name is not ours.
        return Err(CallError::Malformed);
    }
    let change = store.run(Some(id), command).await;
    change.map(Arc::unwrap_or_clone).map_err(|error| {
        response.set_status(error.status());
        match error {
            StoreError::Rejected(rejection) => CallError::Rejected(rejection),
            StoreError::OutOfOrder { expected } => CallError::OutOfOrder { expected },
            StoreError::NumberTaken => CallError::NumberTaken,
            // Only a command with a guard can be refused so, and these have none.
            StoreError::Changed => CallError::Failed,
            StoreError::Full => CallError::StorageFull,
            StoreError::Unavailable => CallError::Unavailable,
        }
    })
}

/// What is in the store of this request.
#[must_use]
pub fn load_list() -> Listing {
    Listing::from(&*expect_context::<Store>().list())
}

/// One route for each server function.
pub(super) fn router<S: Clone + Send + Sync + 'static>(store: &Store) -> Router<S> {
    server_fn_paths().fold(Router::new(), |router, (path, method)| {
        let filter = MethodFilter::try_from(method).unwrap_or(MethodFilter::POST);
        router.route(path, on(filter, call).with_state(store.clone()))
    })
}

async fn call(
    State(store): State<Store>,
    parts: axum::http::request::Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let mut request = Request::from_parts(parts, Body::from(body?));
    // With `Accept: text/html` server functions answer by a redirect to whatever the Referer says.
    // Forms have routes of their own here.
    request.headers_mut().remove(header::ACCEPT);
    let provide_store = move || provide_context(store.clone());
    let mut response = handle_server_fns_with_context(provide_store, request)
        .await
        .into_response();
    // server_fn answers 500 to everything that has set no status: here only arguments that it
    // cannot read.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}
