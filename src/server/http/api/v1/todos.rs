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
use headers::{ETag, HeaderMapExt};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{HOME, HomeList, check_list};
use crate::domain::{
    At, Command, FieldPatch, Item, ItemId, ItemPatch, List, Stamps, Timestamp, Title, TitleError,
};
use crate::server::http::body::is_json;
use crate::server::http::body::{Chunks, Recipient, RenderPool};
use crate::server::http::cache::etag::{self, Condition};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::{Problem, refused_problem};
use crate::server::http::middleware::host_check::base_url;
use crate::server::limits::{ClientBudget, cost};
use crate::server::net::Origin;
use crate::server::store::{Store, StoreError, new_item, now};

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

/// The fields that a client can set. A field that the body lacks keeps its value.
#[derive(Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
pub(super) struct TodoFields<T> {
    #[serde(default = "FieldPatch::default", deserialize_with = "set")]
    title: FieldPatch<T>,
    #[serde(default, deserialize_with = "set")]
    completed: FieldPatch<bool>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "set")]
    order: FieldPatch<Option<i64>>,
}

/// Reads the value of a field that the body has.
fn set<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<FieldPatch<T>, D::Error> {
    T::deserialize(deserializer).map(FieldPatch::Set)
}

impl From<TodoFields<Title>> for ItemPatch {
    fn from(fields: TodoFields<Title>) -> Self {
        Self {
            title: fields.title,
            completed: fields.completed,
            order: fields.order,
        }
    }
}

/// The fields before the title is checked.
type TodoBody = TodoFields<String>;

impl TodoBody {
    fn parse(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Self, Problem> {
        if !is_json(headers) {
            return Err(Problem::unsupported_media_type());
        }
        let body = body?;
        // serde would read `[]` as a struct without any field.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::invalid(
                "The body is not a todo: it must be an object",
            ));
        }
        // serde skips unknown fields without a limit of their depth. Parsing a `Value` applies the limit.
        let is_shallow = serde_json::from_slice::<Value>(&body);
        let fields = is_shallow.and_then(|_| serde_json::from_slice(&body));
        fields.map_err(|error| Problem::unreadable("a todo", &error))
    }

    /// The new values, with a title that an item can have.
    fn into_patch(self) -> Result<ItemPatch, Problem> {
        let title = match self.title {
            FieldPatch::Keep => FieldPatch::Keep,
            FieldPatch::Set(text) => {
                let title = Title::parse(&text);
                let invalid =
                    |error: TitleError| Problem::invalid_field("title", &error.to_string());
                FieldPatch::Set(title.map_err(invalid)?)
            }
        };
        let fields = TodoFields {
            title,
            completed: self.completed,
            order: self.order,
        };
        Ok(fields.into())
    }
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
        (list.revision(), RenderedBody::new("application/json", json))
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
    } = TodoBody::parse(&headers, body)?.into_patch()?;
    let title = title.get().cloned();
    let title = title.ok_or_else(|| Problem::invalid_field("title", "A todo needs a title"))?;
    let item = Item {
        completed_at: matches!(completed, FieldPatch::Set(true)).then(now),
        order: order.get().copied().flatten(),
        ..new_item(title)
    };
    let id = item.id;
    store.run(None, Command::Add { item, at: At::End }).await?;
    let location = [(header::LOCATION, url.of_todo(id))];
    let response = todo_response(&store.list(), id, &url)?;
    Ok((StatusCode::CREATED, location, response).into_response())
}

async fn remove_todos(
    State(store): State<Store>,
    _: HomeList,
    budget: ClientBudget,
) -> Result<StatusCode, Problem> {
    budget.spend_more_changes(cost::of_events(store.list().len()))?;
    let ids = store.list().items().map(|item| item.id).collect();
    store.run(None, Command::RemoveAll { ids }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_todo(
    State(store): State<Store>,
    TodoPath { id }: TodoPath,
    url: TodosUrl,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let list = store.list();
    let (id, stamps) = find(&list, &id)?;
    let etag = etag_of(stamps);
    if etag::is_known(&headers, &etag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().typed_insert(etag);
        return Ok(response);
    }
    todo_response(&list, id, &url)
}

async fn change_todo(
    State(store): State<Store>,
    TodoPath { id }: TodoPath,
    url: TodosUrl,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let patch = TodoBody::parse(&headers, body)?.into_patch()?;
    let (id, guard) = find_if_match(&store.list(), &id, &headers)?;
    store.run_if(guard, Command::Edit { id, patch }).await?;
    todo_response(&store.list(), id, &url)
}

async fn remove_todo(
    State(store): State<Store>,
    TodoPath { id }: TodoPath,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let (id, guard) = find_if_match(&store.list(), &id, &headers)?;
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

/// The item with this id, and a guard for the store if the request has an `If-Match`: the version that the item must
/// still have when the writer decides the command.
fn find_if_match(
    list: &List,
    id: &str,
    headers: &HeaderMap,
) -> Result<(ItemId, Option<(ItemId, Stamps)>), Problem> {
    let (id, stamps) = find(list, id)?;
    match etag::condition(headers, &etag_of(stamps)) {
        Condition::None => Ok((id, None)),
        Condition::Holds => Ok((id, Some((id, stamps)))),
        Condition::Fails => Err(StoreError::Changed.into()),
    }
}

fn todo_response(list: &List, id: ItemId, url: &TodosUrl) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Another client has removed the todo in the meantime");
    let (item, stamps) = list.get(id).zip(list.stamps(id)).ok_or_else(missing)?;
    let mut response = Json(Todo::new(item, url)).into_response();
    response.headers_mut().typed_insert(etag_of(stamps));
    Ok(response)
}

/// The version of an item as an entity tag (RFC 9110, section 8.8.3): the revision that last set each field.
fn etag_of(stamps: Stamps) -> ETag {
    let Stamps {
        title,
        completed,
        place,
        order,
        removed,
    } = stamps;
    etag::strong(format_args!(
        "{title}.{completed}.{place}.{order}.{removed}"
    ))
}
