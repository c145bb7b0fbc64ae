//! The list as a whole, and its changes since a revision.

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};

use super::{HOME, HomeList};
use crate::domain::{Change, Cursor, Item, version_1};
use crate::server::http::body::{Chunks, EntityTag, Recipient, RenderPool};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::{Problem, refused_problem};
use crate::server::store::Store;

const JSON: &str = "application/json";

/// The route `/api/v1/lists/{list}`.
pub(super) fn router(store: Store, pool: RenderPool) -> Router {
    let cache = ResponseCache::default();
    Router::new()
        .route("/api/v1/lists/{list}", get(show_list))
        .with_state(Arc::new(ListState { store, pool, cache }))
}

struct ListState {
    store: Store,
    pool: RenderPool,
    /// The response with all items. It depends on the cursor only.
    cache: ResponseCache<Cursor>,
}

#[derive(Deserialize)]
struct ListQuery {
    since: Option<String>,
}

/// `GET /api/v1/lists/{list}?since=POSITION`: the changes after the position. Without `since`, or if the server no
/// longer knows those changes, or if the position belongs to another history: the whole list.
async fn show_list(
    State(state): State<Arc<ListState>>,
    _: HomeList,
    recipient: Recipient,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Response, Problem> {
    let since = Since::from_query(query)?;
    if let Some(since) = since {
        state
            .store
            .catch_up(since.cursor_in(state.store.epoch()))
            .await;
    }
    Ok(match since.and_then(|since| state.changes_since(since)) {
        Some((cursor, changes)) => state.show_changes(recipient, cursor, changes).await,
        None => state.show_items(recipient).await,
    })
}

impl ListState {
    /// The changes after a position, and the cursor after the last of them; `None` if the server does not know them.
    fn changes_since(&self, since: Since) -> Option<(Cursor, Vec<Arc<Change>>)> {
        let (epoch, list) = (self.store.epoch(), self.store.list());
        let since = since.cursor_in(epoch);
        let revision = (since.epoch == epoch).then_some(since.revision)?;
        let changes = list.history_since(revision)?;
        let revision = list.revision();
        Some((Cursor { epoch, revision }, changes.cloned().collect()))
    }

    async fn show_changes(
        &self,
        recipient: Recipient,
        cursor: Cursor,
        changes: Vec<Arc<Change>>,
    ) -> Response {
        let tag = EntityTag::weak_of_state(cursor);
        let etag = [(header::ETAG, tag.header_value())];
        if let Some(status) = recipient.select(&tag).status_without_body() {
            return (status, etag).into_response();
        }
        let events = changes.iter().map(|change| change.events.len()).sum();
        let write = move || {
            let changes = changes.iter().map(|change| (&**change).into()).collect();
            Chunks::json(&ListBody::new(cursor, ListContent::Changes(changes)))
        };
        match self.pool.respond(recipient, events, JSON, write).await {
            Ok(response) => (etag, response).into_response(),
            Err(refusal) => refused_problem(refusal),
        }
    }

    async fn show_items(&self, recipient: Recipient) -> Response {
        let store = self.store.clone();
        let write = move || {
            let list = store.list();
            let cursor = store.cursor_of(&list);
            let items = ListContent::Items(list.items().collect());
            let json = Chunks::json(&ListBody::new(cursor, items));
            (
                cursor,
                RenderedBody::with_tag(EntityTag::strong(cursor), JSON, json),
            )
        };
        let (cursor, length) = (|| self.store.cursor(), || self.store.list().len());
        let response = self
            .cache
            .respond(&self.pool, recipient, cursor, length, write);
        response.await.unwrap_or_else(refused_problem)
    }
}

#[derive(Serialize)]
struct ListBody<'a> {
    id: &'static str,
    revision: u64,
    cursor: String,
    #[serde(flatten)]
    content: ListContent<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum ListContent<'a> {
    Items(Vec<&'a Item>),
    Changes(Vec<version_1::Change>),
}

impl<'a> ListBody<'a> {
    fn new(cursor: Cursor, content: ListContent<'a>) -> Self {
        Self {
            id: HOME,
            revision: cursor.revision,
            cursor: cursor.to_string(),
            content,
        }
    }
}

/// The position up to which a client knows the list.
#[derive(Clone, Copy)]
enum Since {
    /// A revision, of any history.
    Revision(u64),
    Cursor(Cursor),
}

impl Since {
    fn from_query(
        query: Result<Query<ListQuery>, QueryRejection>,
    ) -> Result<Option<Self>, Problem> {
        let malformed = || Problem::invalid("since must be a cursor, or a revision: a number");
        let Query(ListQuery { since }) = query.map_err(|_| malformed())?;
        let since = since.map(|text| Self::parse(&text).ok_or_else(malformed));
        since.transpose()
    }

    fn parse(text: &str) -> Option<Self> {
        let revision = text.parse().map(Self::Revision);
        revision.or_else(|_| text.parse().map(Self::Cursor)).ok()
    }

    /// The cursor. A revision alone belongs to this epoch.
    fn cursor_in(self, epoch: u64) -> Cursor {
        match self {
            Self::Revision(revision) => Cursor { epoch, revision },
            Self::Cursor(cursor) => cursor,
        }
    }
}
