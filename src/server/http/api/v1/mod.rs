//! Version 1 of the API: the list and its changes, commands in batches, todos as resources, and an event stream.
//!
//! It is for programs that follow a list and work offline. The page itself calls server functions.

mod command_body;
mod commands;
pub(in crate::server::http) mod events;
mod json_body;
mod list;
mod todos;

use axum::Router;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use crate::server::http::body::{Chunks, Recipient, RenderPool};
use crate::server::http::error::{Problem, refused_api_call};
use crate::server::net::Origin;
use crate::server::store::Store;

/// The name of the only list of this version.
const HOME: &str = "home";

/// All routes but the event stream, which [`events::router`] adds. The URLs of todos begin with `public_url` if it is
/// set, otherwise with the host of the request.
pub(in crate::server::http) fn router(
    store: Store,
    pool: RenderPool,
    public_url: Option<Origin>,
) -> Router {
    Router::new()
        .route("/api/openapi.json", get(show_openapi))
        .with_state(pool.clone())
        .merge(list::router(store.clone(), pool.clone()))
        .merge(commands::router(store.clone(), pool.clone()))
        .merge(todos::router(store, pool, public_url))
}

/// `GET /api/openapi.json`: the description of the API.
async fn show_openapi(State(pool): State<RenderPool>, recipient: Recipient) -> Response {
    let write = || {
        let mut document = Chunks::default();
        document.push(include_bytes!("openapi.json"));
        document
    };
    let response = pool.respond(recipient, 0, "application/json", write).await;
    response.unwrap_or_else(refused_api_call)
}

/// Extracts the `{list}` of a path, and rejects a request for a list that does not exist.
struct HomeList;

#[derive(Deserialize)]
struct ListPath {
    list: String,
}

impl<S: Send + Sync> FromRequestParts<S> for HomeList {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(ListPath { list }) = Path::from_request_parts(parts, state).await?;
        check_list(&list)?;
        Ok(Self)
    }
}

/// Checks that there is a list of this name.
fn check_list(name: &str) -> Result<(), Problem> {
    if name == HOME {
        Ok(())
    } else {
        Err(Problem::not_found("There is no such list"))
    }
}
