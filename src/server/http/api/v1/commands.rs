//! Batches of commands, and the result of each command.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::HomeList;
use super::json_body::{self, FieldError, FromJson, Members};
use crate::domain::version_1::Change;
use crate::domain::{ClientId, Command, Rejection};
use crate::server::http::api::batch::{self, BatchEnd};
use crate::server::http::body::{Chunks, Preconditions, Recipient, RenderPool};
use crate::server::http::error::{Problem, RequestError, refused_problem, with_retry_after};
use crate::server::journal::Answer;
use crate::server::limits::ClientBudget;
use crate::server::store::{Store, StoreError};

/// The route `/api/v1/lists/{list}/commands`.
pub(super) fn router(store: Store, pool: RenderPool) -> Router {
    Router::new()
        .route("/api/v1/lists/{list}/commands", post(run_commands))
        .with_state((store, pool))
}

/// `POST /api/v1/lists/{list}/commands`: runs the commands of one sender, in order. The batch ends at the first command
/// that cannot be decided, or when it reaches a limit. The commands before that are done, and the client can safely
/// send them again.
async fn run_commands(
    State((store, pool)): State<(Store, RenderPool)>,
    _: HomeList,
    budget: ClientBudget,
    recipient: Recipient,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let batch = CommandBatch::parse(&headers, body)?;
    // The commands as a resource have no state that a condition could name.
    Preconditions::new(&headers)
        .check_change(&[])
        .map_err(RequestError::from)?;
    let sender = batch.client;
    let mut results = Results::default();
    let report = |seq, answer| results.push(seq, &answer);
    let (next, refusal) = match batch::run(&store, &budget, sender, batch.commands, report).await {
        BatchEnd::Done => (None, None),
        BatchEnd::LimitReached { next } => (Some(next), None),
        BatchEnd::Refused { refusal, .. } if results.is_empty() => {
            return Ok(refused_problem(refusal));
        }
        BatchEnd::Refused { next, refusal } => (Some(next), Some(refusal)),
        BatchEnd::Failed { seq, error } => return Err(results.into_problem(seq, error)),
    };
    // A single command can have many events, so the response counts as a long body.
    let write = move || results.into_body(next);
    let response = pool.respond(recipient, 0, "application/json", write).await;
    let response = response.unwrap_or_else(refused_problem);
    Ok(match refusal {
        Some(refusal) => with_retry_after(&refusal, response),
        None => response,
    })
}

struct CommandBatch {
    client: ClientId,
    /// Each command with its number.
    commands: Vec<(u64, Command)>,
}

impl CommandBatch {
    fn parse(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Self, Problem> {
        const WHAT: &str = "a batch of commands";
        let value = json_body::parse(WHAT, headers, body)?;
        let (client, commands) =
            read_members(value).map_err(|error| error.into_problem("The batch is not valid"))?;
        if client == ClientId::SERVER {
            return Err(Problem::invalid(
                "client must be a UUID of your own, not the nil UUID",
            ));
        }
        let commands = commands.into_iter().enumerate();
        let commands = commands.map(|(index, value)| read_numbered(index, value));
        Ok(Self {
            client,
            commands: commands.collect::<Result<_, _>>()?,
        })
    }
}

fn read_members(value: Value) -> Result<(ClientId, Vec<Value>), FieldError> {
    let mut members = Members::from_json(value)?;
    let batch = (members.required("client")?, members.required("commands")?);
    members.end()?;
    Ok(batch)
}

/// Reads the command at this index of a batch, from 0. The problem names it by its place, and by its number if it has
/// one.
fn read_numbered(index: usize, value: Value) -> Result<(u64, Command), Problem> {
    let seq = value.get("seq").and_then(Value::as_u64);
    let read = || {
        let mut members = Members::from_json(value)?;
        let numbered = (members.required("seq")?, members.required("command")?);
        members.end()?;
        Ok(numbered)
    };
    read().map_err(|error: FieldError| {
        let place = index + 1;
        let what = match seq {
            Some(seq) => format!("Command {place} of the batch, with seq {seq}, is not valid"),
            None => format!("Command {place} of the batch is not valid"),
        };
        let problem = error.into_problem(&what).with("index", &index);
        match seq {
            Some(seq) => problem.with("seq", &seq),
            None => problem,
        }
    })
}

/// The result of one command, as a client reads it.
#[derive(Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum CommandResult<'a> {
    Accepted {
        seq: u64,
        change: &'a Change,
    },
    Unchanged {
        seq: u64,
    },
    Refused {
        seq: u64,
        rejection: Rejection,
        detail: String,
    },
}

/// The results so far: a JSON array without its closing bracket. Each result is serialized at once, because a
/// [`Value`](serde_json::Value) of all of them would take several times as much memory.
#[derive(Default)]
struct Results(Vec<u8>);

impl Results {
    /// Adds the result of a command. Returns its length in bytes.
    fn push(&mut self, seq: u64, answer: &Answer) -> usize {
        let old_length = self.0.len();
        let change = answer.as_ref().map(|change| {
            let change = change.as_deref();
            change.map(Change::from)
        });
        let result = match &change {
            Ok(Some(change)) => CommandResult::Accepted { seq, change },
            Ok(None) => CommandResult::Unchanged { seq },
            Err(rejection) => CommandResult::Refused {
                seq,
                rejection: **rejection,
                detail: rejection.to_string(),
            },
        };
        self.0.push(if self.0.is_empty() { b'[' } else { b',' });
        // Writing to a `Vec` does not fail, and a result has no map with keys that are not strings.
        let _ = serde_json::to_writer(&mut self.0, &result);
        self.0.len() - old_length
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn into_json(mut self) -> Vec<u8> {
        if self.0.is_empty() {
            self.0.push(b'[');
        }
        self.0.push(b']');
        self.0
    }

    /// The response body. `next` is the number of the first command that was not run.
    fn into_body(self, next: Option<u64>) -> Chunks {
        let mut body = Chunks::default();
        body.push(br#"{"results":"#);
        body.push(&self.into_json());
        if let Some(next) = next {
            body.push(format!(r#","next":{next}"#).as_bytes());
        }
        body.push(b"}");
        body
    }

    /// The error for a batch that ended at the command with number `seq`, with the results before it.
    fn into_problem(self, seq: u64, error: StoreError) -> Problem {
        let json = String::from_utf8(self.into_json()).map(RawValue::from_string);
        let results = json.ok().and_then(Result::ok);
        Problem::from(error).with("seq", &seq).with_results(results)
    }
}
