//! The HTML pages: the list in its views, what was removed, and the few words for what goes wrong.

mod document;
mod form;
mod frame;
mod list;
mod text;
mod trash;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;

use self::document::Script;
pub(super) use self::document::inline_script;
use self::list::Rendered;
use super::assets::Assets;
use super::store::Store;

/// Renders pages.
#[derive(Clone)]
pub(super) struct Pages {
    store: Store,
    assets: Arc<Assets>,
    rendered: Rendered,
}

impl Pages {
    /// Pages of the list in `store`, which load `assets`.
    #[must_use]
    pub(super) fn new(store: Store, assets: Arc<Assets>) -> Self {
        Self {
            store,
            assets,
            rendered: Rendered::default(),
        }
    }

    /// The routes of the pages and of their forms.
    pub(super) fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .merge(list::router())
            .merge(text::router())
            .merge(trash::router())
            .with_state(self)
    }

    /// A page with a heading, a sentence and the way back to the list.
    #[must_use]
    pub(super) fn message(&self, status: StatusCode, heading: &str, sentence: &str) -> Response {
        let (heading, sentence) = (heading.to_owned(), sentence.to_owned());
        let body = document::render(&self.assets, Script::None, || {
            view! {
                <main class="page">
                    <header class="top">
                        <h1>{heading}</h1>
                    </header>
                    <p class="lead">{sentence}</p>
                    <p>
                        <a href="/">"Back to the list"</a>
                    </p>
                </main>
            }
        });
        (status, html(body)).into_response()
    }
}

fn html(body: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body)
}
