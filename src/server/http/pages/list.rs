//! The list in its three views.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRequestParts, OriginalUri, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use leptos::prelude::*;

use super::list_form::submit;
use super::list_view::{AccessMode, ListView};
use super::query::PageQuery;
use super::{HTML, Pages};
use crate::app::list_text;
use crate::browser::{DocumentState, Notice, NoticeAction, view_of_path, view_path};
use crate::domain::{
    ClientId, CommandId, Event, FieldChange, Filter, ItemId, List, Listing, sanitize_search,
};
use crate::server::http::assets::Assets;
use crate::server::http::body::{Chunks, Recipient};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::html::{self, Script};

/// The page of each view without a query. It depends on the revision of the list and on the access mode only.
pub(super) type ListPageCache = [ResponseCache<(u64, AccessMode)>; 3];

/// The header with the cursor of the list that a page shows. The service worker reads it, because a proxy may rewrite the
/// HTML.
const LIST_CURSOR: HeaderName = HeaderName::from_static("list-cursor");

/// A route for each view.
pub(super) fn router() -> Router<Arc<Pages>> {
    Filter::EACH
        .into_iter()
        .fold(Router::new(), |router, filter| {
            router.route(view_path(filter), get(show_list).post(submit))
        })
}

/// The view that belongs to the path of a request.
pub(super) struct PathFilter(pub(super) Filter);

impl<S: Sync + Send> FromRequestParts<S> for PathFilter {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self(view_of_path(uri.path()).unwrap_or_default()))
    }
}

async fn show_list(
    State(pages): State<Arc<Pages>>,
    recipient: Recipient,
    PathFilter(filter): PathFilter,
    query: PageQuery,
) -> Response {
    if query.is_empty() {
        return pages.show_cached(filter, recipient).await;
    }
    let state = move |pages: &Pages, list: &List| pages.document_state(list, filter, &query);
    pages.show_uncached(recipient, state).await
}

impl Pages {
    /// The page of a view without a query.
    async fn show_cached(self: &Arc<Self>, filter: Filter, recipient: Recipient) -> Response {
        let key = || (self.store.revision(), self.access_mode());
        let pages = self.clone();
        let render = move || {
            let list = pages.store.list();
            let access = pages.access_mode();
            let state = pages.document_state(&list, filter, &PageQuery::default());
            let revision = list.revision();
            let cursor = HeaderValue::try_from(state.cursor().to_string());
            // Rendering takes long, and the writer copies a list that is held.
            drop(list);
            let page = list_page(&pages.assets, &pages.inline_script, state, access);
            let mut body = RenderedBody::new(HTML, page);
            // Digits and a hyphen are valid in a header.
            if let Ok(cursor) = cursor {
                body = body.with_header(LIST_CURSOR, cursor);
            }
            ((revision, access), body)
        };
        let items = || self.store.list().len();
        let cache = &self.list_pages[filter as usize];
        let response = cache.respond(&self.pool, recipient, key, items, render);
        response
            .await
            .unwrap_or_else(|refusal| self.refused(refusal))
    }

    /// A list page for one client.
    pub(super) async fn show_uncached(
        self: &Arc<Self>,
        recipient: Recipient,
        state: impl FnOnce(&Self, &List) -> DocumentState + Send + 'static,
    ) -> Response {
        let pages = self.clone();
        let render = move || {
            let list = pages.store.list();
            let state = state(&pages, &list);
            drop(list);
            let access = pages.access_mode();
            list_page(&pages.assets, &pages.inline_script, state, access)
        };
        let items = self.store.list().len();
        let response = self.pool.respond(recipient, items, HTML, render).await;
        response.unwrap_or_else(|refusal| self.refused(refusal))
    }

    /// What a list page shows.
    pub(super) fn document_state(
        &self,
        list: &List,
        filter: Filter,
        query: &PageQuery,
    ) -> DocumentState {
        let in_list = |id| list.get(id).filter(|item| item.removed_at.is_none());
        let editing = query.item.and_then(in_list);
        DocumentState {
            epoch: self.store.epoch(),
            listing: Listing::from(list),
            filter,
            // The browser reads the same text from the address.
            search: sanitize_search(&query.search),
            editing: editing.map(|item| (item.id, item.title.to_string())),
            notice: latest_step(list, filter, query),
            done: query.done.0.clone(),
            undone: query.undone.0.clone(),
            ..DocumentState::default()
        }
    }

    fn access_mode(&self) -> AccessMode {
        if self.auth.is_required() {
            AccessMode::Password
        } else if self.auth.is_open_to_all() {
            AccessMode::OpenToNetwork
        } else {
            AccessMode::LocalOnly
        }
    }
}

pub(super) fn list_page(
    assets: &Assets,
    inline_script: &str,
    state: DocumentState,
    access: AccessMode,
) -> Chunks {
    html::render_chunked(
        assets,
        Script::Hydrate(inline_script),
        || view! { <ListView state access/> },
    )
}

/// The notice about the step that has led to the page: an undone command, a command that has removed items, or one
/// that has completed or reopened several or one that left the view.
fn latest_step(list: &List, filter: Filter, query: &PageQuery) -> Option<Notice> {
    let (done, undone) = (query.done.0.last(), query.undone.0.last());
    let change = |seq: u64| {
        let client = ClientId::SERVER;
        list.change_of(CommandId { client, seq })
    };
    if undone > done {
        let events = change(*undone?).map_or(&[][..], |change| &change.events);
        let changed = events.iter().map(Event::item).collect();
        return Some(Notice {
            text: list_text::reverted("Undone", list, changed),
            action: NoticeAction::Redo,
        });
    }
    let events = &change(*done?)?.events;
    let items: Vec<ItemId> = events.iter().map(Event::item).collect();
    let is_hidden = |id: &ItemId| list.get(*id).is_some_and(|item| !filter.shows(item));
    // The events of a form are of one kind.
    let text = match events.first()? {
        Event::Removed { .. } => list_text::removed(list, &items),
        Event::Set {
            change: FieldChange::Completed { to, .. },
            ..
        } if items.len() > 1 || items.iter().any(is_hidden) => {
            list_text::completed(list, &items, to.is_some())
        }
        _ => return None,
    };
    let action = NoticeAction::Undo;
    Some(Notice { text, action })
}
