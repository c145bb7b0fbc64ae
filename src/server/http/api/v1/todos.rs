//! The todos of a list as resources, as the Todo-Backend specification describes them
//! (<https://todobackend.com/specs>).

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::json;

use super::command_body::item_patch;
use super::json_body::{self, FieldError, FromJson, Members};
use super::{HOME, HomeList, check_list};
use crate::domain::{
    At, Command, FieldPatch, Item, ItemId, ItemPatch, List, Stamps, Timestamp, Title,
};
use crate::server::http::api::conditions::{check_change, check_list_change};
use crate::server::http::body::{
    Chunks, EntityTag, Preconditions, Recipient, RenderPool, Selection,
};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::{Problem, RequestError, refused_problem};
use crate::server::http::middleware::host_check::base_url;
use crate::server::limits::{ClientBudget, cost};
use crate::server::net::Origin;
use crate::server::store::{Guard, Store, new_item, now};

/// The routes below `/api/v1/lists/{list}/todos`.
pub(super) fn router(store: Store, pool: RenderPool, public_url: Option<Origin>) -> Router {
    Router::new()
        .route(
            "/api/v1/lists/{list}/todos",
            get(list_todos).post(create_todo).delete(remove_todos),
        )
        .route(
            "/api/v1/lists/{list}/todos/{id}",
            get(show_todo).patch(change_todo).delete(remove_todo),
        )
        .with_state(Todos {
            store,
            pool,
            public_url,
            caches: Arc::default(),
            list_lock: Arc::default(),
        })
}

#[derive(Clone)]
struct Todos {
    store: Store,
    pool: RenderPool,
    public_url: Option<Origin>,
    caches: Arc<Mutex<ListCaches>>,
    /// Held while a request reads the whole list. The URLs in it begin with the `Host` header, which a client can make
    /// up: it must not have the server render the list several times at once.
    list_lock: Arc<tokio::sync::Mutex<()>>,
}

/// The responses with all todos, each with the URL that its todos begin with. The most recently used one is the last.
type ListCaches = Vec<(TodosUrl, Arc<ResponseCache<u64>>)>;

/// How many URLs have a cached response. Nearly always there is one.
const MAX_LIST_CACHES: usize = 4;

impl Todos {
    /// The cached response with all todos for this URL.
    fn cache(&self, url: &TodosUrl) -> Arc<ResponseCache<u64>> {
        // A panic cannot leave the list half changed.
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let (url, cache) = match caches.iter().position(|(known, _)| known == url) {
            Some(index) => caches.remove(index),
            None => (url.clone(), Arc::default()),
        };
        if caches.len() == MAX_LIST_CACHES {
            caches.remove(0);
        }
        caches.push((url, cache.clone()));
        cache
    }
}

impl FromRef<Todos> for Store {
    fn from_ref(todos: &Todos) -> Self {
        todos.store.clone()
    }
}

/// The absolute URL of the todos of the list.
#[derive(Clone, PartialEq, Eq)]
struct TodosUrl(String);

impl TodosUrl {
    fn of_todo(&self, id: ItemId) -> String {
        format!("{}/{id}", self.0)
    }
}

impl FromRequestParts<Todos> for TodosUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, todos: &Todos) -> Result<Self, Infallible> {
        let base = base_url(parts, todos.public_url.as_ref());
        Ok(Self(format!("{base}/api/v1/lists/{HOME}/todos")))
    }
}

/// The path of a todo. Extracting it rejects a request for a list that does not exist; [`find`] checks the id.
struct TodoPath {
    id: String,
}

impl<S: Send + Sync> FromRequestParts<S> for TodoPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path((list, id)) = Path::<(String, String)>::from_request_parts(parts, state).await?;
        check_list(&list)?;
        Ok(Self { id })
    }
}

/// A todo as the specification describes it, with some fields of our own.
#[derive(Serialize)]
struct Todo {
    id: ItemId,
    title: Title,
    completed: bool,
    completed_at: Option<Timestamp>,
    order: Option<i64>,
    url: String,
}

impl Todo {
    fn new(item: &Item, todos_url: &TodosUrl) -> Self {
        let Item {
            id,
            ref title,
            completed_at,
            order,
            // Only items in the list are todos.
            removed_at: _,
        } = *item;
        Self {
            id,
            title: title.clone(),
            completed: completed_at.is_some(),
            completed_at,
            order,
            url: todos_url.of_todo(id),
        }
    }
}

/// Reads the fields of a todo in a body. If `current` is the todo that they change, its other members may be there too,
/// as a client got them: it can send back the whole todo.
fn parse_fields(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    current: Option<&Todo>,
) -> Result<ItemPatch, Problem> {
    let value = json_body::parse("a todo", headers, body)?;
    let read = || {
        if value.is_null() {
            return Err(FieldError::new("", "It must be an object"));
        }
        let mut members = Members::from_json(value)?;
        let patch = item_patch(&mut members)?;
        if let Some(todo) = current {
            members.unchanged("id", &json!(todo.id))?;
            members.unchanged("url", &json!(todo.url))?;
            members.unchanged("completed_at", &json!(todo.completed_at))?;
        }
        members.end()?;
        Ok(patch)
    };
    read().map_err(|error: FieldError| error.into_problem("The todo is not valid"))
}

async fn list_todos(
    State(todos): State<Todos>,
    _: HomeList,
    recipient: Recipient,
    url: TodosUrl,
) -> Response {
    let _list_lock = todos.list_lock.lock().await;
    let cache = todos.cache(&url);
    let store = todos.store.clone();
    let write = move || {
        let list = store.list();
        let json = Chunks::json_list(list.items().map(|item| Todo::new(item, &url)));
        let cursor = store.cursor_of(&list);
        let tag = EntityTag::strong(cursor);
        let body = RenderedBody::with_tag(tag, "application/json", json);
        (cursor.revision, body)
    };
    let (revision, length) = (|| todos.store.revision(), || todos.store.list().len());
    let response = cache.respond(&todos.pool, recipient, revision, length, write);
    response.await.unwrap_or_else(refused_problem)
}

async fn create_todo(
    State(store): State<Store>,
    _: HomeList,
    url: TodosUrl,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let ItemPatch {
        title,
        completed,
        order,
    } = parse_fields(&headers, body, None)?;
    let title = title.get().cloned();
    let title = title.ok_or_else(|| Problem::invalid_field("title", "A todo needs a title"))?;
    let item = Item {
        completed_at: matches!(completed, FieldPatch::Set(true)).then(now),
        order: order.get().copied().flatten(),
        ..new_item(title)
    };
    let id = item.id;
    let guard = check_list_change(&headers, store.cursor())?;
    let add = Command::Add { item, at: At::End };
    store.run_if(guard, add).await?;
    let location = [(header::LOCATION, url.of_todo(id))];
    let response = todo_response(&store, id, &url)?;
    Ok((StatusCode::CREATED, location, response).into_response())
}

async fn remove_todos(
    State(store): State<Store>,
    _: HomeList,
    budget: ClientBudget,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let guard = check_list_change(&headers, store.cursor())?;
    budget.spend_more_changes(cost::of_events(store.list().len()))?;
    let ids = store.list().items().map(|item| item.id).collect();
    store.run_if(guard, Command::RemoveAll { ids }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_todo(
    State(store): State<Store>,
    TodoPath { id }: TodoPath,
    url: TodosUrl,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (id, stamps) = find(&store.list(), &id)?;
    let tag = tag_of(store.epoch(), stamps);
    let etag = [(header::ETAG, tag.header_value())];
    match Preconditions::new(&headers).select(&tag) {
        Selection::Body => todo_response(&store, id, &url),
        Selection::NotModified => Ok((StatusCode::NOT_MODIFIED, etag).into_response()),
        Selection::Failed => Err(RequestError::PreconditionFailed.into()),
    }
}

async fn change_todo(
    State(store): State<Store>,
    TodoPath { id }: TodoPath,
    url: TodosUrl,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let list = store.list();
    let (id, _) = find(&list, &id)?;
    let current = list.get(id).map(|item| Todo::new(item, &url));
    drop(list);
    let patch = parse_fields(&headers, body, current.as_ref())?;
    let guard = check_todo_change(&store, id, &headers)?;
    store.run_if(guard, Command::Edit { id, patch }).await?;
    todo_response(&store, id, &url)
}

async fn remove_todo(
    State(store): State<Store>,
    TodoPath { id }: TodoPath,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (id, _) = find(&store.list(), &id)?;
    let guard = check_todo_change(&store, id, &headers)?;
    store.run_if(guard, Command::Remove { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The item with this id in the list, and its version.
fn find(list: &List, id: &str) -> Result<(ItemId, Stamps), Problem> {
    let missing = || Problem::not_found("There is no such todo");
    let id = id.parse().map_err(|_| missing())?;
    let in_list = list.get(id).filter(|item| item.removed_at.is_none());
    let stamps = in_list.and_then(|_| list.stamps(id)).ok_or_else(missing)?;
    Ok((id, stamps))
}

/// Checks the conditions of a request that changes an item, and returns the guard for the store.
fn check_todo_change(
    store: &Store,
    id: ItemId,
    headers: &HeaderMap,
) -> Result<Option<Guard>, Problem> {
    let stamps = store.list().stamps(id).unwrap_or_default();
    let tag = tag_of(store.epoch(), stamps);
    Ok(check_change(headers, &[tag], Guard::Item(id, stamps))?)
}

fn todo_response(store: &Store, id: ItemId, url: &TodosUrl) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Another client has removed the todo in the meantime");
    let list = store.list();
    let (item, stamps) = list.get(id).zip(list.stamps(id)).ok_or_else(missing)?;
    let etag = tag_of(store.epoch(), stamps).header_value();
    Ok(([(header::ETAG, etag)], Json(Todo::new(item, url))).into_response())
}

/// The version of an item: the history of the list, and the revision that last set each field.
fn tag_of(epoch: u64, stamps: Stamps) -> EntityTag {
    let Stamps {
        title,
        completed,
        place,
        order,
        removed,
    } = stamps;
    EntityTag::strong(format_args!(
        "{epoch}.{title}.{completed}.{place}.{order}.{removed}"
    ))
}
