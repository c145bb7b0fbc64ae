//! The v1 API: a list and what has changed since, and commands in batches. For programs that follow a
//! list and work offline; the page's own calls are server functions.

pub(crate) mod events;
pub(crate) mod todos;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use headers::HeaderMapExt;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::batch;
use super::batch::End;
use crate::domain::{Change, ClientId, Command, Cursor, Item, Rejection};
use crate::server::http::body::{Chunks, Recipient, RenderPool, is_json};
use crate::server::http::cache::etag;
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::{Problem, refused_problem, with_retry_after};
use crate::server::limits::ClientBudget;
use crate::server::store::Store;

/// The name of the one list of this version.
const HOME: &str = "home";

/// The routes.
pub(crate) fn router(store: Store, pool: RenderPool) -> Router {
    let cache = ResponseCache::default();
    Router::new()
        .route("/api/openapi.json", get(show_document))
        .route("/api/v1/lists/{list}", get(show_list))
        .route("/api/v1/lists/{list}/commands", post(run_commands))
        .with_state(Arc::new(Home { store, pool, cache }))
}

/// The one list of this version.
struct Home {
    store: Store,
    pool: RenderPool,
    /// The body of the whole list.
    cache: ResponseCache<Cursor>,
}

impl Home {
    /// The whole list.
    async fn show(&self, recipient: Recipient) -> Response {
        let Self { store, pool, cache } = self;
        let its_store = store.clone();
        let write = move || {
            let list = its_store.list();
            let cursor = Cursor {
                revision: list.revision(),
                epoch: its_store.epoch(),
            };
            let body = ListBody {
                id: HOME,
                revision: cursor.revision,
                cursor: cursor.to_string(),
                items: Some(list.items().collect()),
                changes: None,
            };
            let (etag, json) = (etag::strong(cursor), Chunks::json(&body));
            (
                cursor,
                RenderedBody::with_etag(etag, "application/json", json),
            )
        };
        let (cursor, length) = (|| store.cursor(), || store.list().len());
        let response = cache.respond(pool, recipient, cursor, length, write).await;
        response.unwrap_or_else(refused_problem)
    }
}

async fn show_document() -> impl IntoResponse {
    let media_type = [(header::CONTENT_TYPE, "application/json")];
    (media_type, include_str!("openapi.json"))
}

#[derive(Deserialize)]
struct Parameters {
    since: Option<String>,
}

/// A list as a whole, or what has changed since a revision.
#[derive(Serialize)]
struct ListBody<'a> {
    id: &'static str,
    revision: u64,
    cursor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<&'a Item>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Vec<Arc<Change>>>,
}

/// `GET /api/v1/lists/{list}?since=R`: the changes since R, or the whole list when R is too old, not of
/// this list, or not given. R is a cursor, or a revision of whichever history.
async fn show_list(
    State(home): State<Arc<Home>>,
    recipient: Recipient,
    path: Result<Path<String>, PathRejection>,
    since: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Path(name) = path?;
    check_list(&name)?;
    let malformed = || Problem::invalid("since must be a cursor, or a revision: a number");
    let Query(Parameters { since }) = since.map_err(|_| malformed())?;
    let since = since.map(|text| Since::parse(&text).ok_or_else(malformed));
    let since = since.transpose()?;
    let Home { store, pool, .. } = &*home;
    let (epoch, list) = (store.epoch(), store.list());
    let since = since.and_then(|since| since.revision_in(epoch));
    let changes = since.and_then(|revision| {
        let changes = list.history_since(revision)?;
        Some(changes.cloned().collect::<Vec<_>>())
    });
    let Some(changes) = changes else {
        return Ok(home.show(recipient).await);
    };
    let revision = list.revision();
    // It is not held while they are written.
    drop(list);
    let cursor = Cursor { epoch, revision };
    let events = changes.iter().map(|change| change.events.len()).sum();
    let write = move || {
        Chunks::json(&ListBody {
            id: HOME,
            revision,
            cursor: cursor.to_string(),
            items: None,
            changes: Some(changes),
        })
    };
    let answer = pool
        .respond(recipient, events, "application/json", write)
        .await;
    Ok(match answer {
        Ok(mut response) => {
            response.headers_mut().typed_insert(etag::strong(cursor));
            response
        }
        Err(refusal) => refused_problem(refusal),
    })
}

/// Where a reader stands, as it says.
enum Since {
    Revision(u64),
    Cursor(Cursor),
}

impl Since {
    fn parse(text: &str) -> Option<Self> {
        let revision = text.parse().map(Self::Revision);
        revision.or_else(|_| text.parse().map(Self::Cursor)).ok()
    }

    /// The revision, if it is one of this history.
    fn revision_in(&self, epoch: u64) -> Option<u64> {
        match *self {
            Self::Revision(revision) => Some(revision),
            Self::Cursor(cursor) => (cursor.epoch == epoch).then_some(cursor.revision),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    client: ClientId,
    commands: Vec<Numbered>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Numbered {
    seq: u64,
    command: Command,
}

/// What became of one command.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum Outcome<'a> {
    Accepted {
        seq: u64,
        change: &'a Change,
    },
    Refused {
        seq: u64,
        rejection: Rejection,
        detail: String,
    },
}

/// What became of the commands so far, as the members of a JSON array. It is written at once: a tree of it would take
/// many times as much memory.
#[derive(Default)]
struct Results(Vec<u8>);

impl Results {
    /// Adds an outcome, and answers how many bytes that has taken.
    fn push(&mut self, seq: u64, outcome: &batch::Outcome) -> usize {
        let before = self.0.len();
        let outcome = match outcome {
            Ok(change) => Outcome::Accepted { seq, change },
            Err(rejection) => Outcome::Refused {
                seq,
                rejection: *rejection,
                detail: rejection.to_string(),
            },
        };
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        // What becomes of a command can always be written.
        let _ = serde_json::to_writer(&mut self.0, &outcome);
        self.0.len() - before
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The array.
    fn json(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'[');
        }
        self.0.push(b']');
        self.0
    }

    /// The body of the answer to a batch; `next` is the number of the first command that was not run.
    fn body(self, next: Option<u64>) -> Vec<u8> {
        let mut body = br#"{"results":"#.to_vec();
        body.extend(self.json());
        if let Some(next) = next {
            body.extend(format!(r#","next":{next}"#).into_bytes());
        }
        body.push(b'}');
        body
    }
}

/// `POST /api/v1/lists/{list}/commands`: the commands of one sender, in order. It ends at the first that
/// cannot be decided, or when it is enough for one request; what came before it is done, and can be sent again
/// without harm.
async fn run_commands(
    State(home): State<Arc<Home>>,
    budget: ClientBudget,
    recipient: Recipient,
    path: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Path(name) = path?;
    check_list(&name)?;
    if !is_json(&headers) {
        return Err(Problem::unsupported_media_type());
    }
    let body = body?;
    let batch: Batch = serde_json::from_slice(&body)
        .map_err(|error| Problem::unreadable("a batch of commands", &error))?;
    if batch.client == ClientId::SERVER {
        return Err(Problem::invalid(
            "client must be a UUID of your own, not the nil UUID",
        ));
    }
    let commands = batch.commands.into_iter();
    let commands = commands.map(|Numbered { seq, command }| (seq, command));
    let Home { store, pool, .. } = &*home;
    let mut results = Results::default();
    let take = |seq, outcome| results.push(seq, &outcome);
    let mut refused = None;
    let next = match batch::run(store, &budget, batch.client, commands, take).await {
        End::Done => None,
        End::Enough(next) => Some(next),
        End::Refused(_, refusal) if results.is_empty() => return Ok(refused_problem(refusal)),
        End::Refused(next, refusal) => {
            refused = Some(refusal);
            Some(next)
        }
        End::Failed(seq, error) => {
            let results = String::from_utf8(results.json()).map(RawValue::from_string);
            let results = results.ok().and_then(Result::ok);
            let problem = Problem::from(error).with("seq", &seq);
            return Err(problem.with_results(results));
        }
    };
    // One command may have done much: what tells of it is counted like all that is long.
    let write = move || {
        let mut chunks = Chunks::default();
        chunks.push(&results.body(next));
        chunks
    };
    let answer = pool.respond(recipient, 0, "application/json", write).await;
    let answer = answer.unwrap_or_else(refused_problem);
    Ok(match refused {
        Some(refusal) => with_retry_after(&refusal, answer),
        None => answer,
    })
}

/// Whether there is a list of this name.
pub(crate) fn check_list(name: &str) -> Result<(), Problem> {
    if name == HOME {
        Ok(())
    } else {
        Err(Problem::not_found("There is no such list"))
    }
}
