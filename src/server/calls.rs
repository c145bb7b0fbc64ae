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

use super::batch::{self, End};
use super::limits::{ClientBudget, cost};
use super::rest::ApiError;
use super::security::Refusal;
use super::store::{Store, StoreError};
use crate::domain::{Change, ClientId, Command, CommandId, Cursor, Listing, News};
use crate::server_fns::{CallError, Exchanged};

/// How many events are told one by one, however short the list is.
const FEW_EVENTS: usize = 1_024;

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
    let budget = expect_context::<ClientBudget>();
    let response = expect_context::<ResponseOptions>();
    if first.client == ClientId::SERVER && !commands.is_empty() {
        // Nobody else may speak for the server; what comes under its name is not ours.
        return Err(CallError::Malformed);
    }
    let exchanged = exchange_for(&store, &budget, since, first, commands).await;
    exchanged.map_err(|not_run| match not_run {
        NotRun::Failed(error) => {
            response.set_status(error.status());
            match error {
                StoreError::OutOfOrder { expected } => CallError::OutOfOrder { expected },
                StoreError::NumberTaken => CallError::NumberTaken,
                StoreError::Full => CallError::StorageFull,
                StoreError::Unavailable => CallError::Unavailable,
                // A rejection is an outcome; only a command with a guard finds its item changed.
                StoreError::Rejected(_) | StoreError::Changed => CallError::Failed,
            }
        }
        NotRun::Refused(refusal) => {
            response.set_status(refusal.status());
            if let Some(retry_after) = refusal.retry_after() {
                response.insert_header(header::RETRY_AFTER, retry_after);
            }
            refusal.into()
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
    let budget = ClientBudget::UNLIMITED;
    let exchanged = exchange_for(store, &budget, since, first, commands).await;
    exchanged.map_err(|not_run| match not_run {
        NotRun::Failed(error) => error,
        // An unlimited budget refuses nothing.
        NotRun::Refused(_) => StoreError::Unavailable,
    })
}

/// Why the first command was not run.
enum NotRun {
    Failed(StoreError),
    Refused(Refusal),
}

async fn exchange_for(
    store: &Store,
    budget: &ClientBudget,
    since: Cursor,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<Exchanged, NotRun> {
    let mut outcomes = Vec::with_capacity(commands.len());
    let numbers = (0..).map(|n| first.seq.wrapping_add(n));
    let take = |_, outcome: batch::Outcome| outcomes.push(outcome.map(|_| ()));
    let end = batch::run(store, budget, first.client, numbers.zip(commands), take).await;
    if outcomes.is_empty() {
        match end {
            End::Done | End::Enough(_) => {}
            End::Failed(_, error) => return Err(NotRun::Failed(error)),
            End::Refused(_, refusal) => return Err(NotRun::Refused(refusal)),
        }
    }
    let (cursor, list) = (store.cursor(), store.list());
    let known = (since.epoch == cursor.epoch).then_some(since.revision);
    let changes = known.and_then(|revision| list.history_since(revision));
    let changes: Option<Vec<_>> = changes.map(|changes| changes.cloned().collect());
    // The list may be told in fewer words than what has happened to it.
    let words = |changes: &Vec<Arc<Change>>| changes.iter().map(|change| change.events.len()).sum();
    let changes = changes.filter(|changes| {
        let events: usize = words(changes);
        events <= FEW_EVENTS.max(list.len())
    });
    Ok(Exchanged {
        cursor: Cursor {
            revision: list.revision(),
            ..cursor
        },
        outcomes,
        news: match changes {
            Some(changes) => News::Changes(changes),
            None => {
                budget.charge_changes(cost::of_items(list.len()));
                News::Listing(Listing::from(&*list))
            }
        },
    })
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
    budget: ClientBudget,
    parts: axum::http::request::Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let mut request = Request::from_parts(parts, Body::from(body?));
    // With `Accept: text/html` server functions answer by a redirect to whatever the Referer says.
    // Forms have routes of their own here.
    request.headers_mut().remove(header::ACCEPT);
    let provide = move || {
        provide_context(store.clone());
        provide_context(budget.clone());
    };
    let mut response = handle_server_fns_with_context(provide, request)
        .await
        .into_response();
    // server_fn answers 500 to everything that has set no status: here only arguments that it
    // cannot read.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}
