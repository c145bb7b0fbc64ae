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
use crate::domain::{
    Admission, Change, ClientId, Command, CommandId, Cursor, Listing, News, Rejection,
};
use crate::server_fns::{CallError, Exchanged};

/// Gives the commands to the store of this request, and tells what has happened since.
///
/// # Errors
///
/// [`CallError`], with the status that fits it.
pub async fn exchange(
    since: Cursor,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<Exchanged, CallError> {
    let store = expect_context::<Store>();
    let response = expect_context::<ResponseOptions>();
    if first.client == ClientId::SERVER && !commands.is_empty() {
        // Nobody else may speak for the server; what comes under its name is not ours.
        return Err(CallError::Malformed);
    }
    let exchanged = exchange_with(&store, since, first, commands).await;
    exchanged.map_err(|error| {
        response.set_status(error.status());
        match error {
            StoreError::OutOfOrder { expected } => CallError::OutOfOrder { expected },
            StoreError::NumberTaken => CallError::NumberTaken,
            StoreError::Full => CallError::StorageFull,
            StoreError::Unavailable => CallError::Unavailable,
            // A rejection is an outcome; only a command with a guard finds its item changed.
            StoreError::Rejected(_) | StoreError::Changed => CallError::Failed,
        }
    })
}

/// The same with any store, whoever calls.
///
/// # Errors
///
/// [`StoreError`], why the first command cannot be decided.
pub async fn exchange_with(
    store: &Store,
    since: Cursor,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<Exchanged, StoreError> {
    let mut outcomes = Vec::with_capacity(commands.len());
    let run = run(store, first, commands, &mut outcomes).await;
    if outcomes.is_empty() {
        run?;
    }
    let (cursor, list) = (store.cursor(), store.list());
    let known = (since.epoch == cursor.epoch).then_some(since.revision);
    let changes = known.and_then(|revision| list.history_since(revision));
    Ok(Exchanged {
        cursor: Cursor {
            revision: list.revision(),
            ..cursor
        },
        outcomes,
        news: match changes {
            Some(changes) => News::Changes(changes.cloned().collect()),
            None => News::Listing(Listing::from(&*list)),
        },
    })
}

/// Runs the commands of one sender up to the first that cannot be decided, and answers why it cannot.
async fn run(
    store: &Store,
    first: CommandId,
    commands: Vec<Command>,
    outcomes: &mut Vec<Result<(), Rejection>>,
) -> Result<(), StoreError> {
    let mut answers = Vec::new();
    for (seq, command) in (0..).map(|n| first.seq.wrapping_add(n)).zip(commands) {
        let id = CommandId { seq, ..first };
        // Handed over together, they are kept together. But what comes after a command whose number does
        // not fit must not count: it is only known to fit after one that is the next of its sender.
        let fits = !answers.is_empty() || store.list().admit(id) == Admission::Next;
        let answer = store.hand_over(Some(id), command).await?;
        if fits {
            answers.push(answer);
        } else {
            outcomes.push(outcome(answer.await)?);
        }
    }
    for answer in answers {
        outcomes.push(outcome(answer.await)?);
    }
    Ok(())
}

/// Whether a command was done; an error if it was not decided.
fn outcome(answer: Result<Arc<Change>, StoreError>) -> Result<Result<(), Rejection>, StoreError> {
    match answer {
        Ok(_) => Ok(Ok(())),
        Err(StoreError::Rejected(rejection)) => Ok(Err(rejection)),
        Err(error) => Err(error),
    }
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
