//! The HTML pages: the list in its views, what was removed, what another program shares, and the few
//! words for what goes wrong.

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

use self::frame::Surroundings;
use self::list::Rendered;
pub(crate) use self::sign_in::SignIn;
use self::text::Texts;
use super::assets::Assets;
use super::body::RenderPool;
use super::error::ErrorRenderer;
use super::html::MEDIA_TYPE as HTML;
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
    errors: ErrorRenderer,
    inline_script: String,
    rendered: Rendered,
    texts: Texts,
    pool: RenderPool,
    access: Access,
}

/// The page of an empty list: what all pages of the list have in common.
pub(crate) fn empty_page(assets: &Assets, inline_script: &str) -> Bytes {
    let (state, surroundings) = (DocumentState::default(), Surroundings::default());
    list::list_page(assets, inline_script, state, surroundings).into_bytes()
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
        pool: RenderPool,
        assets: Assets,
        errors: ErrorRenderer,
        inline_script: String,
        access: Access,
    ) -> Self {
        Self(Arc::new(Shared {
            store,
            assets,
            errors,
            inline_script,
            rendered: Rendered::default(),
            texts: Texts::default(),
            pool,
            access,
        }))
    }

    /// The routes of the pages and of their forms.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .merge(list::router())
            .merge(share::router())
            .merge(text::router())
            .merge(trash::router())
            .with_state(self)
    }

    /// The routes for clients that are not signed in.
    pub(crate) fn public_router(self) -> Router {
        sign_in::router().merge(session::router()).with_state(self)
    }

    /// The page that says why the server refuses a request.
    #[must_use]
    fn refused(&self, refusal: Refusal) -> Response {
        self.0.errors.render(refusal.into(), "/")
    }

    /// A page with a heading, a sentence and a link to the list.
    #[must_use]
    fn message(&self, status: StatusCode, heading: &str, sentence: &str) -> Response {
        self.0.errors.message(status, heading, sentence)
    }
}

fn html(body: Bytes) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HTML)], body)
}
