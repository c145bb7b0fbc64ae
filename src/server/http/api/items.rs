//! The JSON API: `GET` and `POST /api/items`.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::json;

use super::new_item::{Given, NewItem};
use crate::domain::{Title, TitleError};
use crate::server::http::body::{Asker, Pieces, Reader, Reads};
use crate::server::http::cache::response_cache::{Content, HEADERS, Latest};
use crate::server::limits::Refusal;
use crate::server::store::{Store, StoreError};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The largest body of a request, in bytes.
pub(crate) const MAX_BODY_BYTES: usize = 64 * 1024;

/// The routes, and JSON answers for everything else below `/api`.
pub(crate) fn router<S: Clone + Send + Sync + 'static>(items: Items) -> Router<S> {
    let list = async |State(items): State<Items>, Asker(client): Asker, headers: HeaderMap| {
        let headers = &headers;
        items.list(Reader { client, headers }).await
    };
    let create = async |State(items): State<Items>, request: Request| items.create(request).await;
    Router::new()
        .route("/api/items", get(list).post(create))
        .with_state(items)
}

/// The list, and the answer to those who read it: it depends on the revision only.
#[derive(Clone)]
pub(crate) struct Items(Arc<Shared>);

struct Shared {
    store: Store,
    reads: Reads,
    latest: Latest<u64>,
}

#[derive(Serialize)]
struct Created {
    status: &'static str,
    item: Title,
}

impl Items {
    /// The items of the list in `store`.
    #[must_use]
    pub(crate) fn new(store: Store, reads: Reads) -> Self {
        let latest = Latest::default();
        Self(Arc::new(Shared {
            store,
            reads,
            latest,
        }))
    }

    /// `GET /api/items`.
    pub(crate) async fn list(&self, reader: Reader<'_>) -> Response {
        let Shared {
            store,
            reads,
            latest,
        } = &*self.0;
        let its_store = store.clone();
        let write = move || {
            let list = its_store.list();
            let titles: Vec<&Title> = list.items().map(|item| &item.title).collect();
            let content = Content::new("application/json", Pieces::json(&titles));
            (list.revision(), content)
        };
        let (is, items) = (|| store.revision(), || store.list().len());
        let answer = latest.answer(reads, reader, is, items, write).await;
        answer.unwrap_or_else(Refusal::into_api_error)
    }

    /// `POST /api/items`.
    pub(crate) async fn create(&self, request: Request) -> Response {
        match self.add(request).await {
            Ok(created) => {
                // A title can always be written.
                let json = serde_json::to_vec(&created).unwrap_or_default();
                let mut response = Response::new(Body::from(json));
                *response.status_mut() = StatusCode::CREATED;
                let headers = response.headers_mut();
                headers.reserve(HEADERS);
                headers.insert(header::CONTENT_TYPE, JSON);
                response
            }
            Err(error) => error.into_response(),
        }
    }

    async fn add(&self, request: Request) -> Result<Created, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType);
        }
        let item = parse_title(&read(request.into_body()).await?)?;
        self.0.store.add(item.clone()).await?;
        let status = "success";
        Ok(Created { status, item })
    }
}

/// A body as a whole, if it is not too large.
async fn read(body: Body) -> Result<Bytes, ApiError> {
    let mut pieces = body.into_data_stream();
    let mut next = async |length: usize| match pieces.next().await.transpose() {
        Ok(Some(piece)) if length + piece.len() > MAX_BODY_BYTES => Err(ApiError::BodyTooLarge),
        piece => piece.map_err(|_| ApiError::BodyUnreadable),
    };
    // Nearly all come in one piece, which is not copied.
    let first = next(0).await?.unwrap_or_default();
    let Some(second) = next(first.len()).await? else {
        return Ok(first);
    };
    let mut whole = [first, second].concat();
    while let Some(piece) = next(whole.len()).await? {
        whole.extend_from_slice(&piece);
    }
    Ok(whole.into())
}

/// Whether the body says that it is `application/json`, with or without parameters.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn parse_title(body: &[u8]) -> Result<Title, ApiError> {
    let body: NewItem<'_> = serde_json::from_slice(body).map_err(|_| ApiError::NotJson)?;
    match body.item {
        Given::Nothing => Err(ApiError::MissingItem),
        Given::Text(text) => Title::parse(&text).map_err(ApiError::from),
        Given::SomethingElse => Err(ApiError::ItemNotText),
    }
}

/// Everything that the API can refuse, with its status and its sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiError {
    /// There is no `item`, or it is blank.
    #[error("Missing item data in request")]
    MissingItem,
    /// `item` is a number, a list or the like.
    #[error("The item must be a string")]
    ItemNotText,
    /// `item` is longer than a title may be.
    #[error("The item has {chars} characters; at most {max} are allowed", max = Title::MAX_CHARS)]
    ItemTooLong {
        /// Its length after trimming, in `char`s.
        chars: usize,
    },
    /// `item` contains a control character.
    #[error("The item contains a control character")]
    ItemWithControlCharacter,
    /// The body is no JSON text in UTF-8.
    #[error("The request body is not valid JSON")]
    NotJson,
    /// The body could not be read to its end.
    #[error("The request body could not be read")]
    BodyUnreadable,
    /// The body is longer than [`MAX_BODY_BYTES`].
    #[error("The request body is larger than {MAX_BODY_BYTES} bytes")]
    BodyTooLarge,
    /// The body does not say that it is JSON.
    #[error("The Content-Type must be application/json")]
    UnsupportedMediaType,
    /// The path exists, with other methods.
    #[error("This method is not allowed here; the Allow header lists those that are")]
    MethodNotAllowed,
    /// Nothing lies at this path.
    #[error("There is nothing at this path")]
    NotFound,
    /// Only those who have signed in may do that.
    #[error("Sign in first, by a POST of the password to /sign-in")]
    SignedOut,
    /// The door has not let it in.
    #[error("{0}")]
    NotLetIn(#[from] Refusal),
    /// The store has not taken it.
    #[error("{0}")]
    NotStored(#[from] StoreError),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::MissingItem
            | Self::ItemNotText
            | Self::ItemTooLong { .. }
            | Self::ItemWithControlCharacter
            | Self::NotJson
            | Self::BodyUnreadable => StatusCode::BAD_REQUEST,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotLetIn(refusal) => refusal.status(),
            Self::NotStored(error) => error.status(),
        }
    }
}

impl From<TitleError> for ApiError {
    fn from(error: TitleError) -> Self {
        match error {
            TitleError::Blank => Self::MissingItem,
            TitleError::TooLong { chars } => Self::ItemTooLong { chars },
            TitleError::ControlCharacter => Self::ItemWithControlCharacter,
        }
    }
}

impl From<BytesRejection> for ApiError {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            _ => Self::BodyUnreadable,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status(), Json(json!({ "error": self.to_string() }))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: Result<&str, ApiError>) {
        let actual = parse_title(body.as_bytes());
        assert_eq!(
            actual.as_ref().map(Title::as_str),
            expected.as_ref().copied(),
            "{body}"
        );
    }

    #[test]
    fn the_item_is_a_non_blank_string_of_an_object() {
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
            check(body, Err(ApiError::MissingItem));
        }
        check(r#"{"item": " \t\n "}"#, Err(ApiError::MissingItem));
        for body in [
            r#"{"item": 1}"#,
            r#"{"item": ["a"]}"#,
            r#"{"item": {}}"#,
            r#"{"item": true}"#,
        ] {
            check(body, Err(ApiError::ItemNotText));
        }
        check(
            r#"{"item": "a\u0000b"}"#,
            Err(ApiError::ItemWithControlCharacter),
        );
        for body in ["", "{", "item=a", r#"{"item": "\ud800"}"#, "{'item': 'a'}"] {
            check(body, Err(ApiError::NotJson));
        }
        check(&"[".repeat(60_000), Err(ApiError::NotJson));
        assert_eq!(parse_title(b"{\"item\": \"\xff\"}"), Err(ApiError::NotJson));
    }

    #[test]
    fn only_the_media_type_application_json_is_json() {
        let check = |value: &'static str, expected: bool| {
            let headers =
                HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), expected, "{value}");
        };
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("application/json ;charset=utf-8", true);
        check("text/plain", false);
        check("application/jsonp", false);
        check("", false);
        assert!(!is_json(&HeaderMap::new()));
    }
}
