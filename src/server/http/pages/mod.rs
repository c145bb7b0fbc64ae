//! The HTML pages: the list in its views, what was removed, what another program shares, and the few
//! words for what goes wrong.

mod document;
mod form;
mod frame;
mod list;
mod session;
mod share;
mod sign_in;
mod text;
mod trash;
mod view;

use std::ops::Deref;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::prelude::*;

use self::document::Script;
pub(crate) use self::document::{SESSION_SCRIPT, inline_script, without_comments};
use self::frame::Surroundings;
use self::list::Rendered;
pub(crate) use self::sign_in::SignIn;
use self::text::Texts;
use super::assets::Assets;
use super::body::Reads;
use crate::browser::DocumentState;
use crate::server::auth::Access;
use crate::server::limits::Refusal;
use crate::server::store::Store;

/// Renders pages. A clone is one counted reference: every request makes a few.
#[derive(Clone)]
pub(crate) struct Pages(Arc<Shared>);

pub(crate) struct Shared {
    store: Store,
    assets: Assets,
    inline_script: String,
    rendered: Rendered,
    texts: Texts,
    reads: Reads,
    access: Access,
}

/// The page of an empty list: what all pages of the list have in common.
pub(crate) fn empty_page(assets: &Assets, inline_script: &str) -> Bytes {
    let (state, surroundings) = (DocumentState::default(), Surroundings::default());
    list::list_page(assets, inline_script, state, surroundings).into_bytes()
}

/// A page with a heading, a sentence and the way back to the list.
pub(crate) fn message_page(assets: &Assets, heading: &str, sentence: &str) -> Bytes {
    let (heading, sentence) = (heading.to_owned(), sentence.to_owned());
    document::render(assets, Script::None, || {
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
    })
}

impl Deref for Pages {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Pages {
    /// Pages of the list in `store` for those who have `access`, which load `assets` by this script.
    #[must_use]
    pub(crate) fn new(
        store: Store,
        reads: Reads,
        assets: Assets,
        inline_script: &str,
        access: Access,
    ) -> Self {
        Self(Arc::new(Shared {
            store,
            assets,
            inline_script: inline_script.into(),
            rendered: Rendered::default(),
            texts: Texts::default(),
            reads,
            access,
        }))
    }

    /// The routes of the pages and of their forms.
    pub(crate) fn router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        Router::new()
            .merge(list::router())
            .merge(share::router())
            .merge(text::router())
            .merge(trash::router())
            .with_state(self)
    }

    /// The routes for those who are not signed in.
    pub(crate) fn open_router<S: Clone + Send + Sync + 'static>(self) -> Router<S> {
        sign_in::router().merge(session::router()).with_state(self)
    }

    /// The page that says that there is too much to do.
    #[must_use]
    fn busy(&self, refusal: Refusal) -> Response {
        refusal.answer("/", self)
    }

    /// A page that says what is wrong, and the way back to the list.
    #[must_use]
    pub(crate) fn message(&self, status: StatusCode, heading: &str, sentence: &str) -> Response {
        (status, html(message_page(&self.assets, heading, sentence))).into_response()
    }
}

const HTML: &str = "text/html; charset=utf-8";

fn html(body: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HTML)], body)
}
