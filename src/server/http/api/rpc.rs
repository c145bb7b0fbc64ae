//! What the server functions do, and how they are reached over HTTP.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use leptos::prelude::{expect_context, provide_context};
use leptos::server_fn::axum::server_fn_paths;
use leptos::server_fn::{ContentType, Encodes};
use leptos_axum::{ResponseOptions, handle_server_fns_with_context};

use super::batch;
use super::batch::End;
use crate::domain::{Change, ClientId, Command, CommandId, Cursor, List, Listing, Rejection};
use crate::rpc::{CallError, ExchangeHandler, ExchangeResponse, TaggedPostcard};
use crate::server::http::body::{Chunks, MAX_INLINE_ITEMS, Recipient, RenderPool};
use crate::server::http::error::{ApiError, of_refusal, of_store_error, refused_call, retry_after};
use crate::server::limits::Refusal;
use crate::server::limits::{ClientBudget, cost};
use crate::server::store::{Store, StoreError};
use crate::sync::ListUpdate;

/// How many events are told one by one, however short the list is.
const FEW_EVENTS: usize = 1_024;

/// Gives the commands to the store of this request, and tells what has happened since.
///
/// # Errors
///
/// [`CallError`], with the status that fits it.
async fn exchange(
    since: Cursor,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<ExchangeResponse, CallError> {
    let store = expect_context::<Store>();
    let response = expect_context::<ResponseOptions>();
    if first.client == ClientId::SERVER && !commands.is_empty() {
        // Nobody else may speak for the server; what comes under its name is not ours.
        return Err(CallError::Malformed);
    }
    let budget = expect_context::<ClientBudget>();
    let outcomes = run_all(&store, &budget, first, commands).await;
    let outcomes = outcomes.map_err(|not_run| match not_run {
        NotRun::Failed(error) => {
            response.set_status(of_store_error(error));
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
            response.set_status(of_refusal(&refusal));
            if let Some(retry_after) = retry_after(&refusal) {
                response.insert_header(header::RETRY_AFTER, retry_after);
            }
            refusal.into()
        }
    })?;
    let (cursor, list) = (store.cursor(), store.list());
    let known = changes(&list, cursor, since);
    let items = known.as_deref().map_or(list.len(), events);
    if items <= MAX_INLINE_ITEMS {
        return Ok(exchanged(cursor, &list, known, outcomes));
    }
    budget.charge_changes(cost::of_items(items));
    // What is told is so much that it is written elsewhere.
    *expect_context::<Much>().lock() = Some((since, outcomes, items));
    Ok(ExchangeResponse {
        cursor,
        outcomes: Vec::new(),
        update: ListUpdate::Changes(Vec::new()),
    })
}

/// What is still to be told after a call: since when, what became of the commands, and how much it is.
#[derive(Clone, Default)]
struct Much(Arc<Mutex<Option<(Cursor, Outcomes, usize)>>>);

impl Much {
    fn lock(&self) -> MutexGuard<'_, Option<(Cursor, Outcomes, usize)>> {
        // It is whole at any moment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Outcomes = Vec<Result<(), Rejection>>;

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
) -> Result<ExchangeResponse, StoreError> {
    let budget = ClientBudget::UNLIMITED;
    let outcomes = run_all(store, &budget, first, commands).await;
    let outcomes = outcomes.map_err(|not_run| match not_run {
        NotRun::Failed(error) => error,
        // An unlimited budget refuses nothing.
        NotRun::Refused(_) => StoreError::Unavailable,
    })?;
    Ok(tell(store, since, outcomes))
}

/// Why the first command was not run.
enum NotRun {
    Failed(StoreError),
    Refused(Refusal),
}

/// Runs the commands of one sender up to the first that cannot be decided, or is too much. It is an error if that is
/// the first of all.
async fn run_all(
    store: &Store,
    budget: &ClientBudget,
    first: CommandId,
    commands: Vec<Command>,
) -> Result<Outcomes, NotRun> {
    let mut outcomes = Vec::with_capacity(commands.len());
    let numbers = (0..).map(|n| first.seq.wrapping_add(n));
    let take = |_, outcome: batch::Outcome| {
        outcomes.push(outcome.map(|_| ()));
        size_of::<batch::Outcome>()
    };
    let end = batch::run(store, budget, first.client, numbers.zip(commands), take).await;
    match end {
        End::Failed(_, error) if outcomes.is_empty() => Err(NotRun::Failed(error)),
        End::Refused(_, refusal) if outcomes.is_empty() => Err(NotRun::Refused(refusal)),
        _ => Ok(outcomes),
    }
}

/// Tells what became of commands, and what has happened since.
fn tell(store: &Store, since: Cursor, outcomes: Outcomes) -> ExchangeResponse {
    let (cursor, list) = (store.cursor(), store.list());
    exchanged(cursor, &list, changes(&list, cursor, since), outcomes)
}

/// The answer to a page that gets these changes of the list, or else the list itself.
fn exchanged(
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

/// What has happened to a list at a cursor; `None` if that is not known any more, or if the list is told in fewer words.
fn changes(list: &List, cursor: Cursor, since: Cursor) -> Option<Vec<Arc<Change>>> {
    let known = (since.epoch == cursor.epoch).then_some(since.revision)?;
    let changes: Vec<_> = list.history_since(known)?.cloned().collect();
    (events(&changes) <= FEW_EVENTS.max(list.len())).then_some(changes)
}

fn events(changes: &[Arc<Change>]) -> usize {
    changes.iter().map(|change| change.events.len()).sum()
}

/// One route for each server function.
pub(crate) fn router(store: &Store, pool: &RenderPool) -> Router {
    server_fn_paths().fold(Router::new(), |router, (path, method)| {
        let filter = MethodFilter::try_from(method).unwrap_or(MethodFilter::POST);
        router.route(
            path,
            on(filter, call).with_state((store.clone(), pool.clone())),
        )
    })
}

async fn call(
    State((store, pool)): State<(Store, RenderPool)>,
    budget: ClientBudget,
    recipient: Recipient,
    parts: axum::http::request::Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let mut request = Request::from_parts(parts, Body::from(body?));
    // With `Accept: text/html` server functions answer by a redirect to whatever the Referer says.
    // Forms have routes of their own here.
    request.headers_mut().remove(header::ACCEPT);
    let much = Much::default();
    let (its_store, its_much) = (store.clone(), much.clone());
    let provide = move || {
        provide_context(ExchangeHandler::new(exchange));
        provide_context(its_store.clone());
        provide_context(its_much.clone());
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
    let Some((since, outcomes, items)) = much.lock().take() else {
        return Ok(response);
    };
    let tell = move || {
        let mut chunks = Chunks::default();
        // All that is told can be written.
        let body = TaggedPostcard::encode(&tell(&store, since, outcomes));
        chunks.push(&body.unwrap_or_default());
        chunks
    };
    let answer = pool.respond(recipient, items, TaggedPostcard::CONTENT_TYPE, tell);
    Ok(answer.await.unwrap_or_else(refused_call))
}
