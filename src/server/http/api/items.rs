//! The item API, `GET` and `POST /api/items`: titles only, without ids. For the simplest clients.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use serde_json::Value;

use super::conditions::check_list_change;
use crate::domain::Title;
use crate::server::http::body::is_json;
use crate::server::http::body::{Chunks, EntityTag, Recipient, RenderPool};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::{PlainApiError, refused_api_call};
use crate::server::store::{Store, add_command};

/// The route `/api/items`.
pub(in crate::server::http) fn router(store: Store, pool: RenderPool) -> Router {
    let cache = ResponseCache::default();
    Router::new()
        .route("/api/items", get(list_items).post(add_item))
        .with_state(Arc::new(Items { store, pool, cache }))
}

struct Items {
    store: Store,
    pool: RenderPool,
    /// The response with all titles. It depends on the revision only.
    cache: ResponseCache<u64>,
}

/// `GET /api/items`: the titles of all items, as a JSON array.
async fn list_items(State(items): State<Arc<Items>>, recipient: Recipient) -> Response {
    let store = items.store.clone();
    let write = move || {
        let list = store.list();
        let titles: Vec<&Title> = list.items().map(|item| &item.title).collect();
        let json = Chunks::json(&titles);
        let cursor = store.cursor_of(&list);
        let content = RenderedBody::with_tag(EntityTag::strong(cursor), "application/json", json);
        (list.revision(), content)
    };
    let (revision, length) = (|| items.store.revision(), || items.store.list().len());
    let cache = &items.cache;
    let response = cache.respond(&items.pool, recipient, revision, length, write);
    response.await.unwrap_or_else(refused_api_call)
}

#[derive(Serialize)]
struct Created {
    status: &'static str,
    item: Title,
}

/// `POST /api/items`: adds an item at the end of the list. The member `item` of the body is its title.
async fn add_item(
    State(items): State<Arc<Items>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Created>), PlainApiError> {
    if !is_json(&headers) {
        return Err(PlainApiError::UnsupportedMediaType);
    }
    let item = parse_title(&body?)?;
    let guard = check_list_change(&headers, items.store.cursor())?;
    items.store.run_if(guard, add_command(item.clone())).await?;
    let status = "success";
    Ok((StatusCode::CREATED, Json(Created { status, item })))
}

fn parse_title(body: &[u8]) -> Result<Title, PlainApiError> {
    let body: Value = serde_json::from_slice(body).map_err(|_| PlainApiError::NotJson)?;
    match body.get("item") {
        None | Some(Value::Null) => Err(PlainApiError::MissingItem),
        Some(Value::String(text)) => Title::parse(text).map_err(PlainApiError::from),
        Some(_) => Err(PlainApiError::ItemNotText),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&str, PlainApiError>) {
        let actual = parse_title(body.as_bytes());
        assert_eq!(
            actual.as_ref().map(Title::as_str),
            expected.as_ref().copied(),
            "{body}"
        );
    }

    #[test]
    fn the_item_is_a_string_with_text_in_an_object() {
        check(r#"{"item": " New task "}"#, Ok("New task"));
        check(r#"{"item": "a", "more": 1}"#, Ok("a"));
        for body in [
            "{}",
            "[]",
            "null",
            "1",
            r#""item""#,
            r#"{"Item": "a"}"#,
            r#"{"item": null}"#,
        ] {
            check(body, Err(PlainApiError::MissingItem));
        }
        check(r#"{"item": " \t\n "}"#, Err(PlainApiError::MissingItem));
        for body in [
            r#"{"item": 1}"#,
            r#"{"item": ["a"]}"#,
            r#"{"item": {}}"#,
            r#"{"item": true}"#,
        ] {
            check(body, Err(PlainApiError::ItemNotText));
        }
        check(
            r#"{"item": "a\u0000b"}"#,
            Err(PlainApiError::ItemWithControlCharacter),
        );
        for body in ["", "{", "item=a", r#"{"item": "\ud800"}"#, "{'item': 'a'}"] {
            check(body, Err(PlainApiError::NotJson));
        }
        check(&"[".repeat(60_000), Err(PlainApiError::NotJson));
        assert_eq!(
            parse_title(b"{\"item\": \"\xff\"}"),
            Err(PlainApiError::NotJson)
        );
    }
}
