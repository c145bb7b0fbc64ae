//! The handler of the server function [`exchange`](crate::rpc::exchange), and the routes of all server functions.
//!
//! The framework encodes what a server function returns in one buffer, on the thread of the request. For a long list
//! that would delay the other requests of the thread, and no limit would count the memory. So the handler returns only
//! a short response to the framework. Instead of a long one it leaves a [`LongResponse`] in the context of the call,
//! and [`call`] has [`RenderPool`] encode it, on threads and in memory that have limits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use leptos::prelude::{expect_context, provide_context};
use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::{ContentType, Encodes};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context};

use super::batch::{self, BatchEnd};
use crate::domain::{Change, ClientId, Command, CommandId, Cursor, List, ListId, Listing};
use crate::rpc::{CallEncoding, CallError, ExchangeHandler, ExchangeResponse};
use crate::server::http::body::{Chunks, MAX_INLINE_ITEMS, Recipient, RenderPool};
use crate::server::http::error::{
    PlainApiError, refused_call, retry_after, status_of_refusal, status_of_store_error,
};
use crate::server::journal::Answer;
use crate::server::limits::{ClientBudget, Refusal, cost};
use crate::server::store::{Store, StoreError};
use crate::sync::{ListUpdate, Outcome};

/// A response contains up to this many events, even if the whole list is shorter.
const MAX_EVENTS_OF_SHORT_LIST: usize = 1_024;

/// What was decided about each command that was run.
type Outcomes = Vec<Outcome>;

/// One route for each server function.
pub(in crate::server::http) fn router(store: &Store, pool: &RenderPool) -> Router {
    server_fn_paths().fold(Router::new(), |router, (path, method)| {
        let filter = MethodFilter::try_from(method).unwrap_or(MethodFilter::POST);
        router.route(
            path,
            on(filter, call).with_state((store.clone(), pool.clone())),
        )
    })
}

/// Calls a server function.
async fn call(
    State((store, pool)): State<(Store, RenderPool)>,
    budget: ClientBudget,
    recipient: Recipient,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, PlainApiError> {
    let request = Request::from_parts(parts, Body::from(body?));
    let slot = LongResponseSlot::default();
    let response = call_framework(&store, budget, slot.clone(), request).await;
    let Some(long) = slot.lock().take() else {
        return Ok(response);
    };
    let events_or_items = long.events_or_items;
    let encode = move || long.encode(&store);
    let media_type = CallEncoding::CONTENT_TYPE;
    let response = pool.respond(recipient, events_or_items, media_type, encode);
    Ok(response.await.unwrap_or_else(refused_call))
}

async fn call_framework(
    store: &Store,
    budget: ClientBudget,
    slot: LongResponseSlot,
    mut request: Request,
) -> Response {
    // With `Accept: text/html` the framework redirects to the URL in `Referer`. Forms have routes of their own here.
    request.headers_mut().remove(header::ACCEPT);
    let store = store.clone();
    let provide = move || {
        provide_context(ExchangeHandler::new(exchange));
        provide_context(store.clone());
        provide_context(slot.clone());
        provide_context(budget.clone());
    };
    let response = handle_server_fns_with_context(provide, request).await;
    let mut response = response.into_response();
    // The framework responds with 500 to every error for which the handler has set no status. Here that means arguments
    // that it cannot decode.
    if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    response
}

/// Runs the commands in the store of the call, and returns their outcomes and the changes since a cursor.
///
/// # Errors
///
/// The [`CallError`] of the first command if it was not run. The response gets the status that belongs to it.
async fn exchange(
    list: ListId,
    since: Cursor,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<ExchangeResponse, CallError> {
    // There is one list, and only the server gives commands under its own name.
    if list != ListId::HOME || (first.client == ClientId::SERVER && !commands.is_empty()) {
        return Err(CallError::Malformed);
    }
    let store = expect_context::<Store>();
    let budget = expect_context::<ClientBudget>();
    // The page may have got its cursor from another server. Its list must not go back.
    store.catch_up(since).await;
    let outcomes = run_batch(&store, &budget, first, commands).await;
    let outcomes = outcomes.map_err(|error| error.into_call_error(&expect_context()))?;
    let (cursor, list) = (store.cursor(), store.list());
    let changes = changes_since(&list, cursor, since);
    let events_or_items = changes.as_deref().map_or(list.len(), count_events);
    if events_or_items <= MAX_INLINE_ITEMS {
        return Ok(build_response(cursor, &list, changes, outcomes));
    }
    budget.charge_changes(cost::of_items(events_or_items));
    *expect_context::<LongResponseSlot>().lock() = Some(LongResponse {
        since,
        outcomes,
        events_or_items,
    });
    // `call` replaces this response.
    Ok(ExchangeResponse {
        cursor,
        outcomes: Vec::new(),
        update: ListUpdate::Changes(Vec::new()),
    })
}

/// What a long response consists of. The update is read from the store when the response is encoded.
struct LongResponse {
    since: Cursor,
    outcomes: Outcomes,
    /// The length of the update: events, or items if it is the whole list.
    events_or_items: usize,
}

impl LongResponse {
    fn encode(self, store: &Store) -> Chunks {
        let response = response_since(store, self.since, self.outcomes);
        let mut chunks = Chunks::default();
        // Every response can be encoded.
        chunks.push(&CallEncoding::encode(&response).unwrap_or_default());
        chunks
    }
}

/// Where the handler leaves a [`LongResponse`] for [`call`].
#[derive(Clone, Default)]
struct LongResponseSlot(Arc<Mutex<Option<LongResponse>>>);

impl LongResponseSlot {
    fn lock(&self) -> MutexGuard<'_, Option<LongResponse>> {
        // A panic cannot leave the value half written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Handles an exchange outside of HTTP, without a budget.
///
/// # Errors
///
/// The [`StoreError`] of the first command if it was not run.
pub async fn exchange_with(
    store: &Store,
    since: Cursor,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<ExchangeResponse, StoreError> {
    let budget = ClientBudget::UNLIMITED;
    store.catch_up(since).await;
    let outcomes = run_batch(store, &budget, first, commands).await;
    let outcomes = outcomes.map_err(|error| match error {
        FirstCommandError::Failed(error) => error,
        // An unlimited budget refuses nothing.
        FirstCommandError::Refused(_) => StoreError::Unavailable,
    })?;
    Ok(response_since(store, since, outcomes))
}

/// Why the first command of a batch was not run.
enum FirstCommandError {
    Failed(StoreError),
    Refused(Refusal),
}

impl FirstCommandError {
    /// The error for the page. Sets the status of the response, and `Retry-After` if the page is to wait.
    fn into_call_error(self, response: &ResponseOptions) -> CallError {
        match self {
            Self::Failed(error) => {
                response.set_status(status_of_store_error(error));
                match error {
                    StoreError::OutOfOrder { expected } => CallError::OutOfOrder { expected },
                    StoreError::NumberTaken => CallError::NumberTaken,
                    StoreError::Full => CallError::StorageFull,
                    StoreError::Unavailable => CallError::Unavailable,
                    // These do not occur: a rejection is an outcome, and these commands have no guard.
                    StoreError::Rejected(_) | StoreError::Changed => CallError::Failed,
                }
            }
            Self::Refused(refusal) => {
                response.set_status(status_of_refusal(&refusal));
                if let Some(retry_after) = retry_after(&refusal) {
                    response.insert_header(header::RETRY_AFTER, retry_after);
                }
                refusal.into()
            }
        }
    }
}

/// Runs the commands of one sender, up to the first one that cannot be decided or exceeds a limit. That is an error
/// only if no command was run.
async fn run_batch(
    store: &Store,
    budget: &ClientBudget,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<Outcomes, FirstCommandError> {
    let mut outcomes = Vec::with_capacity(commands.len());
    let numbers = (0..).map(|n| first.seq.wrapping_add(n));
    let report = |_, answer: Answer| {
        outcomes.push(match answer {
            Ok(Some(change)) if !change.events.is_empty() => Outcome::Accepted,
            // In version 1, a command that changed nothing had a change without events.
            Ok(_) => Outcome::Unchanged,
            Err(rejection) => Outcome::Rejected(rejection),
        });
        size_of::<Outcome>()
    };
    let end = batch::run(store, budget, first.client, numbers.zip(commands), report).await;
    match end {
        BatchEnd::Failed { error, .. } if outcomes.is_empty() => {
            Err(FirstCommandError::Failed(error))
        }
        BatchEnd::Refused { refusal, .. } if outcomes.is_empty() => {
            Err(FirstCommandError::Refused(refusal))
        }
        _ => Ok(outcomes),
    }
}

/// The response with these outcomes and what has changed in the store since a cursor.
fn response_since(store: &Store, since: Cursor, outcomes: Outcomes) -> ExchangeResponse {
    let (cursor, list) = (store.cursor(), store.list());
    build_response(cursor, &list, changes_since(&list, cursor, since), outcomes)
}

/// The response with these changes, or with the whole list if there are none to send.
fn build_response(
    cursor: Cursor,
    list: &List,
    changes: Option<Vec<Arc<Change>>>,
    outcomes: Outcomes,
) -> ExchangeResponse {
    let update = match changes {
        Some(changes) => ListUpdate::Changes(changes),
        None => ListUpdate::Listing(Listing::from(list)),
    };
    ExchangeResponse {
        cursor: Cursor {
            revision: list.revision(),
            ..cursor
        },
        outcomes,
        update,
    }
}

/// The changes of a list since a cursor. `None` if the list no longer knows them, or if the whole list is shorter.
fn changes_since(list: &List, cursor: Cursor, since: Cursor) -> Option<Vec<Arc<Change>>> {
    let revision = (since.epoch == cursor.epoch).then_some(since.revision)?;
    let changes: Vec<_> = list.history_since(revision)?.cloned().collect();
    let max_events = MAX_EVENTS_OF_SHORT_LIST.max(list.len());
    (count_events(&changes) <= max_events).then_some(changes)
}

fn count_events(changes: &[Arc<Change>]) -> usize {
    changes.iter().map(|change| change.events.len()).sum()
}
