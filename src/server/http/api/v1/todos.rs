//! The todos of a list as resources, in the shape of the Todo-Backend contract
//! (<https://todobackend.com/specs>).

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRef, FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use headers::{ETag, HeaderMapExt};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::check_list;
use crate::domain::{At, Command, Item, ItemId, List, Stamps, Timestamp, Title};
use crate::server::http::body::{Chunks, Recipient, RenderPool, is_json};
use crate::server::http::cache::etag::{self, Condition};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::{Problem, refused_problem};
use crate::server::http::middleware::host_check::base_url;
use crate::server::limits::{ClientBudget, cost};
use crate::server::net::Origin;
use crate::server::store::{Store, new_item};

/// The routes. The URLs of the todos begin with the public URL, if there is one.
pub(crate) fn router(store: Store, pool: RenderPool, public_url: Option<Origin>) -> Router {
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
            lists: Arc::default(),
            making: Arc::default(),
        })
}

#[derive(Clone)]
struct Todos {
    store: Store,
    pool: RenderPool,
    public_url: Option<Origin>,
    lists: Arc<Mutex<Lists>>,
    /// Held by the one who reads all todos: whoever makes up names of the server waits for the others who do.
    making: Arc<tokio::sync::Mutex<()>>,
}

/// The answers to those who read all todos, by what the URLs in them begin with; the one that was asked for last is
/// the last.
type Lists = Vec<(String, Arc<ResponseCache<u64>>)>;

/// How many names of the server have an answer that is kept. Nearly always there is one.
const MAX_NAMES: usize = 4;

impl Todos {
    /// The answer to those who read all todos, whose URLs begin so.
    fn latest(&self, base: &str) -> Arc<ResponseCache<u64>> {
        // It is whole at any moment.
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lists.iter().position(|(known, _)| known == base);
        let entry = match known {
            Some(place) => lists.remove(place),
            None => (base.to_owned(), Arc::default()),
        };
        if lists.len() == MAX_NAMES {
            lists.remove(0);
        }
        let latest = entry.1.clone();
        lists.push(entry);
        latest
    }
}

impl FromRef<Todos> for Store {
    fn from_ref(todos: &Todos) -> Self {
        todos.store.clone()
    }
}

/// The URL of the server, without a slash at the end.
struct BaseUrl(String);

impl FromRequestParts<Todos> for BaseUrl {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, todos: &Todos) -> Result<Self, Infallible> {
        Ok(Self(base_url(parts, todos.public_url.as_ref())))
    }
}

/// A todo as the contract wants it, and what we know beyond it.
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
    fn new(item: &Item, base: &str) -> Self {
        Self {
            id: item.id,
            title: item.title.clone(),
            completed: item.completed_at.is_some(),
            completed_at: item.completed_at,
            order: item.order,
            url: format!("{base}/{}", item.id),
        }
    }
}

/// What may be given of a todo. A field that is not there stays as it is.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(deserialize_with = "present")]
    title: Option<String>,
    #[serde(deserialize_with = "present")]
    completed: Option<bool>,
    /// `Some(None)` takes the number away.
    #[serde(deserialize_with = "present")]
    order: Option<Option<i64>>,
}

/// A field that is there has a value: `null` is one for those only that can be nothing.
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    value: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

impl Fields {
    fn parse(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Self, Problem> {
        if !is_json(headers) {
            return Err(Problem::unsupported_media_type());
        }
        let body = body?;
        // Else `[]` would be one without any field.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::invalid(
                "The body is not a todo: it must be an object",
            ));
        }
        // Fields that nobody asks for are skipped, however deep they are. No document may be that deep.
        let is_shallow = serde_json::from_slice::<Value>(&body);
        let fields = is_shallow.and_then(|_| serde_json::from_slice(&body));
        fields.map_err(|error| Problem::unreadable("a todo", &error))
    }

    fn title(&self) -> Result<Option<Title>, Problem> {
        let parse = |text: &String| {
            Title::parse(text).map_err(|error| Problem::invalid_field("title", &error.to_string()))
        };
        self.title.as_ref().map(parse).transpose()
    }

    /// The commands that set the fields other than the title of an item.
    fn commands(&self, id: ItemId) -> impl Iterator<Item = Command> + use<> {
        let complete = self
            .completed
            .map(|completed| Command::Complete { id, completed });
        let order = self.order.map(|order| Command::Order { id, order });
        complete.into_iter().chain(order)
    }
}

async fn list_todos(
    State(todos): State<Todos>,
    recipient: Recipient,
    path: Result<Path<String>, PathRejection>,
    url: BaseUrl,
) -> Result<Response, Problem> {
    let Path(name) = path?;
    check_list(&name)?;
    let base = base(&url, &name);
    let _making = todos.making.lock().await;
    let latest = todos.latest(&base);
    let Todos { store, pool, .. } = &todos;
    let its_store = store.clone();
    let write = move || {
        let list = its_store.list();
        let json = Chunks::json_list(list.items().map(|item| Todo::new(item, &base)));
        (list.revision(), RenderedBody::new("application/json", json))
    };
    let (is, items) = (|| store.revision(), || store.list().len());
    let answer = latest.respond(pool, recipient, is, items, write).await;
    Ok(answer.unwrap_or_else(refused_problem))
}

async fn create_todo(
    State(store): State<Store>,
    budget: ClientBudget,
    path: Result<Path<String>, PathRejection>,
    url: BaseUrl,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Path(name) = path?;
    check_list(&name)?;
    let fields = Fields::parse(&headers, body)?;
    let title = fields.title()?;
    let title = title.ok_or_else(|| Problem::invalid_field("title", "A todo needs a title"))?;
    let Item { id, title, .. } = new_item(title);
    store
        .run(
            None,
            Command::Add {
                id,
                title,
                at: At::End,
            },
        )
        .await?;
    for command in fields.commands(id) {
        budget.charge_changes(1);
        store.run(None, command).await?;
    }
    let base = base(&url, &name);
    let location = format!("{base}/{id}");
    let response = answer(&store.list(), id, &base)?;
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        response,
    )
        .into_response())
}

async fn remove_todos(
    State(store): State<Store>,
    budget: ClientBudget,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let Path(name) = path?;
    check_list(&name)?;
    budget.spend_more_changes(cost::of_events(store.list().len()))?;
    let ids = store.list().items().map(|item| item.id).collect();
    store.run(None, Command::RemoveAll { ids }).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn show_todo(
    State(store): State<Store>,
    path: Result<Path<(String, String)>, PathRejection>,
    url: BaseUrl,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path((name, id)) = path?;
    check_list(&name)?;
    let list = store.list();
    let (id, stamps) = find(&list, &id)?;
    let etag = etag_of(stamps);
    if etag::is_known(&headers, &etag) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().typed_insert(etag);
        return Ok(response);
    }
    Ok(answer(&list, id, &base(&url, &name))?)
}

async fn change_todo(
    State(store): State<Store>,
    budget: ClientBudget,
    path: Result<Path<(String, String)>, PathRejection>,
    url: BaseUrl,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let Path((name, id)) = path?;
    check_list(&name)?;
    let fields = Fields::parse(&headers, body)?;
    let rename = fields.title()?;
    let (id, mut guard) = find_if(&store.list(), &id, &headers)?;
    let rename = rename.map(|title| Command::Rename { id, title });
    for (index, command) in rename.into_iter().chain(fields.commands(id)).enumerate() {
        // The request itself has paid for one.
        budget.charge_changes(u32::from(index > 0));
        // What follows the first builds on it.
        store.run_if(guard.take(), command).await?;
    }
    Ok(answer(&store.list(), id, &base(&url, &name))?)
}

async fn remove_todo(
    State(store): State<Store>,
    path: Result<Path<(String, String)>, PathRejection>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let Path((name, id)) = path?;
    check_list(&name)?;
    let (id, guard) = find_if(&store.list(), &id, &headers)?;
    store.run_if(guard, Command::Remove { id }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The item of this name in the list, and its version.
fn find(list: &List, id: &str) -> Result<(ItemId, Stamps), Problem> {
    let missing = || Problem::not_found("There is no such todo");
    let id = id.parse().map_err(|_| missing())?;
    let in_list = list.get(id).filter(|item| item.removed_at.is_none());
    let stamps = in_list.and_then(|_| list.stamps(id)).ok_or_else(missing)?;
    Ok((id, stamps))
}

/// The same, with the version to insist on if the request has an `If-Match`.
fn find_if(
    list: &List,
    id: &str,
    headers: &HeaderMap,
) -> Result<(ItemId, Option<(ItemId, Stamps)>), Problem> {
    let (id, stamps) = find(list, id)?;
    match etag::condition(headers, &etag_of(stamps)) {
        Condition::None => Ok((id, None)),
        Condition::Holds => Ok((id, Some((id, stamps)))),
        Condition::Fails => Err(crate::server::store::StoreError::Changed.into()),
    }
}

fn answer(list: &List, id: ItemId, base: &str) -> Result<Response, Problem> {
    let missing = || Problem::not_found("Somebody has removed the todo in the meantime");
    let (item, stamps) = list.get(id).zip(list.stamps(id)).ok_or_else(missing)?;
    let mut response = Json(Todo::new(item, base)).into_response();
    response.headers_mut().typed_insert(etag_of(stamps));
    Ok(response)
}

/// The version of an item (RFC 9110, section 8.8.3): which revision has set each of its fields.
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

/// The absolute URL of the todos of a list.
fn base(BaseUrl(url): &BaseUrl, list: &str) -> String {
    format!("{url}/api/v1/lists/{list}/todos")
}
