//! The HTML pages: the list in its views, removed items, text from other programs, and signing in.

mod fields;
mod form;
mod list;
mod list_form;
mod list_view;
mod query;
mod session;
mod share;
mod sign_in;
mod state_element;
mod text_export;
mod trash;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::response::Response;

use self::list::ListPageCache;
use self::list_view::AccessMode;
pub(super) use self::sign_in::SignIn;
use self::text_export::TextCache;
use super::assets::Assets;
use super::body::RenderPool;
use super::error::ErrorRenderer;
use super::html::MEDIA_TYPE as HTML;
use crate::browser::DocumentState;
use crate::server::auth::Auth;
use crate::server::limits::Refusal;
use crate::server::net::Origin;
use crate::server::store::Store;

/// Renders pages.
pub(super) struct Pages {
    store: Store,
    assets: Assets,
    errors: ErrorRenderer,
    inline_script: String,
    list_pages: ListPageCache,
    texts: TextCache,
    pool: RenderPool,
    auth: Auth,
    public_url: Option<Origin>,
}

/// The page of an empty list: everything in a list page but the list.
pub(super) fn empty_page(assets: &Assets, inline_script: &str) -> Bytes {
    let (state, auth) = (DocumentState::default(), AccessMode::default());
    list::list_page(assets, inline_script, state, auth).into_bytes()
}

impl Pages {
    /// Pages of the list in `store` for clients with `access`. `inline_script` loads the script and the WASM module.
    #[must_use]
    pub(super) fn new(
        store: Store,
        pool: RenderPool,
        assets: Assets,
        errors: ErrorRenderer,
        inline_script: String,
        auth: Auth,
        public_url: Option<Origin>,
    ) -> Self {
        Self {
            store,
            assets,
            errors,
            inline_script,
            list_pages: ListPageCache::default(),
            texts: TextCache::default(),
            pool,
            auth,
            public_url,
        }
    }

    /// The routes for clients that are signed in.
    pub(super) fn router(self: Arc<Self>) -> Router {
        Router::new()
            .merge(list::router())
            .merge(share::router())
            .merge(text_export::router())
            .merge(trash::router())
            .with_state(self)
    }

    /// The routes for all clients.
    pub(super) fn public_router(self: Arc<Self>) -> Router {
        sign_in::router().merge(session::router()).with_state(self)
    }

    /// The page that tells why the server refuses a request.
    #[must_use]
    fn refused(&self, refusal: Refusal) -> Response {
        self.errors.render(refusal.into(), "/")
    }

    /// A page with a heading, a sentence and a link to the list.
    #[must_use]
    fn message(&self, status: StatusCode, heading: &str, sentence: &str) -> Response {
        self.errors.message(status, heading, sentence)
    }
}
