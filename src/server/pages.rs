//! The HTML pages: the list, its form, and the few words for what goes wrong.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::assets::Assets;
use super::document::{self, Script};
use super::store::Store;
use crate::app::App;
use crate::browser::DocumentState;
use crate::domain::{Listing, Title, TitleError};

/// Renders pages. The list page depends on the list's revision only, so it is rendered once for each
/// and then served as bytes.
#[derive(Clone)]
pub(super) struct Pages {
    store: Store,
    assets: Arc<Assets>,
    rendered: Arc<Mutex<Option<(u64, Bytes)>>>,
}

impl Pages {
    /// Pages of the list in `store`, which load `assets`.
    #[must_use]
    pub(super) fn new(store: Store, assets: Arc<Assets>) -> Self {
        Self {
            store,
            assets,
            rendered: Arc::default(),
        }
    }

    /// `GET /` and `POST /`.
    pub(super) fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .route("/", get(show_list).post(add_item))
            .with_state(self)
    }

    /// A page with a heading, a sentence and the way back to the list.
    #[must_use]
    pub(super) fn message(&self, status: StatusCode, heading: &str, sentence: &str) -> Response {
        let (heading, sentence) = (heading.to_owned(), sentence.to_owned());
        let body = document::render(&self.assets, Script::None, || {
            view! {
                <main class="page message">
                    <h1>{heading}</h1>
                    <p>{sentence}</p>
                    <p>
                        <a href="/">"Back to the list"</a>
                    </p>
                </main>
            }
        });
        (status, html(body)).into_response()
    }

    async fn list(&self) -> Bytes {
        // Those who come while the page is being rendered wait for it instead of rendering it too.
        let mut rendered = self.rendered.lock().await;
        let list = self.store.list();
        if let Some((revision, bytes)) = &*rendered
            && *revision == list.revision()
        {
            return bytes.clone();
        }
        let revision = list.revision();
        let bytes = self.render_list(DocumentState {
            listing: Listing::from(&*list),
            ..DocumentState::default()
        });
        *rendered = Some((revision, bytes.clone()));
        bytes
    }

    fn render_list(&self, state: DocumentState) -> Bytes {
        document::render(&self.assets, Script::Hydrate, || view! { <App state/> })
    }

    /// The list, with the text in the field again and the reason why it was not added.
    fn refuse(&self, status: StatusCode, draft: String, reason: &impl ToString) -> Response {
        let state = DocumentState {
            listing: Listing::from(&*self.store.list()),
            draft,
            refusal: Some(reason.to_string()),
        };
        (status, html(self.render_list(state))).into_response()
    }
}

async fn show_list(State(pages): State<Pages>) -> impl IntoResponse {
    html(pages.list().await)
}

#[derive(Deserialize)]
struct AddItemForm {
    title: String,
}

/// The form without script: back to the list when it is done, or when there was nothing to do.
async fn add_item(
    State(pages): State<Pages>,
    form: Result<Form<AddItemForm>, FormRejection>,
) -> Response {
    let text = match form {
        Ok(Form(form)) => form.title,
        Err(rejection) => return refuse_form(&pages, &rejection),
    };
    let title = match Title::parse(&text) {
        Ok(title) => title,
        Err(TitleError::Blank) => return Redirect::to("/").into_response(),
        Err(error) => return pages.refuse(StatusCode::BAD_REQUEST, text, &error),
    };
    match pages.store.add(title).await {
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => pages.refuse(error.status(), text, &error),
    }
}

fn refuse_form(pages: &Pages, rejection: &FormRejection) -> Response {
    let (status, sentence) = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => (StatusCode::PAYLOAD_TOO_LARGE, "The text is too long."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "This is not the form of the list.",
        ),
        _ => (StatusCode::BAD_REQUEST, "The form has no text in it."),
    };
    pages.message(status, "Error: Could not add item.", sentence)
}

fn html(body: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body)
}
