//! The list in its three views, and the forms on them.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{OriginalUri, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use leptos::prelude::*;

use super::form::{Form, FormError, Wish};
use super::frame::{Frame, Surroundings};
use super::view::View;
use super::{HTML, Pages};
use crate::app::list_text::count_items;
use crate::browser::{DocumentState, Notice, NoticeAction, view_of_path, view_path};
use crate::domain::{ClientId, Command, CommandId, Event, Filter, List, Listing, sanitize_search};
use crate::server::http::assets::Assets;
use crate::server::http::body::{Chunks, Recipient, is_form};
use crate::server::http::cache::{RenderedBody, ResponseCache};
use crate::server::http::error::of_store_error;
use crate::server::http::html::{self, Script};
use crate::server::limits::{ClientBudget, cost};
use crate::server::store::StoreError;

/// The pages of the three views as everybody sees them: they depend on the list's revision and on who may
/// use it only, so each is rendered once and then served as bytes.
pub(super) type Rendered = [ResponseCache<(u64, Surroundings)>; 3];

/// The routes of the views.
pub(super) fn router() -> Router<Pages> {
    Filter::EACH
        .into_iter()
        .fold(Router::new(), |router, filter| {
            router.route(view_path(filter), get(show).post(submit))
        })
}

impl Pages {
    /// The page of a view as everybody sees it.
    pub(crate) async fn show_plain(&self, filter: Filter, recipient: Recipient) -> Response {
        let state = || (self.store.revision(), self.surroundings());
        let pages = self.clone();
        let render = move || {
            let list = pages.store.list();
            let surroundings = pages.surroundings();
            let state = pages.state(&list, filter, &View::default());
            let revision = list.revision();
            // It is not held while it is rendered.
            drop(list);
            let page = list_page(&pages.assets, &pages.inline_script, state, surroundings);
            ((revision, surroundings), RenderedBody::new(HTML, page))
        };
        let items = || self.store.list().len();
        let latest = &self.rendered[filter as usize];
        let answer = latest.respond(&self.pool, recipient, state, items, render);
        answer.await.unwrap_or_else(|refusal| self.refused(refusal))
    }

    /// A page of the list for one reader alone.
    pub(super) async fn show_alone(
        &self,
        recipient: Recipient,
        state: impl FnOnce(&Self, &List) -> DocumentState + Send + 'static,
    ) -> Response {
        let pages = self.clone();
        let render = move || {
            let list = pages.store.list();
            let state = state(&pages, &list);
            drop(list);
            let surroundings = pages.surroundings();
            list_page(&pages.assets, &pages.inline_script, state, surroundings)
        };
        let items = self.store.list().len();
        let answer = self.pool.respond(recipient, items, HTML, render).await;
        answer.unwrap_or_else(|refusal| self.refused(refusal))
    }

    /// What the page of a view shows.
    pub(super) fn state(&self, list: &List, filter: Filter, view: &View) -> DocumentState {
        let in_list = |id| list.get(id).filter(|item| item.removed_at.is_none());
        let editing = view.item.and_then(in_list);
        DocumentState {
            epoch: self.store.epoch(),
            listing: Listing::from(list),
            filter,
            // As the browser reads it back.
            search: sanitize_search(&view.q),
            editing: editing.map(|item| (item.id, item.title.to_string())),
            notice: last_step(list, view),
            done: view.done.0.clone(),
            undone: view.undone.0.clone(),
            ..DocumentState::default()
        }
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            has_sign_out: self.access.is_required(),
            is_open_to_all: self.access.is_open_to_all(),
        }
    }

    /// The page with a word about what could not be done, and with the text that came with it.
    async fn refuse(
        &self,
        recipient: Recipient,
        form: Form,
        filter: Filter,
        refusal: Refusal,
    ) -> Response {
        let status = refusal.status();
        let state = move |pages: &Self, list: &List| {
            let mut state = pages.state(list, filter, &form.view);
            let text = form.text().to_owned();
            match refusal {
                Refusal::Text(_, reason) => {
                    state.draft = text;
                    state.refusal = Some(reason);
                }
                Refusal::Edit(error @ FormError::Edit(id, _)) => {
                    match list.get(id).filter(|item| item.removed_at.is_none()) {
                        Some(_) => state.editing = Some((id, text)),
                        None => state.draft = text,
                    }
                    state.notice = Some(notice(&error.to_string(), NoticeAction::None));
                }
                Refusal::Edit(error) => {
                    state.notice = Some(notice(&error.to_string(), NoticeAction::None));
                }
                Refusal::Command(error, command) => {
                    if let Command::Rename { .. } = command {
                        state.draft = text;
                    }
                    state.notice = Some(notice(&error.to_string(), NoticeAction::None));
                }
            }
            state
        };
        let mut page = self.show_alone(recipient, state).await;
        if page.status() == StatusCode::OK {
            *page.status_mut() = status;
        }
        page
    }
}

/// The page of the list, as it is in this state.
pub(super) fn list_page(
    assets: &Assets,
    inline_script: &str,
    state: DocumentState,
    surroundings: Surroundings,
) -> Chunks {
    html::render_long(
        assets,
        Script::Hydrate(inline_script),
        || view! { <Frame state surroundings/> },
    )
}

enum Refusal {
    /// The text of a new item.
    Text(StatusCode, String),
    /// What the form says.
    Edit(FormError),
    /// A command.
    Command(StoreError, Command),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Text(status, _) => *status,
            Self::Edit(error) => error.status(),
            Self::Command(error, _) => of_store_error(*error),
        }
    }
}

/// What the page says about the step that led to it, as far as it says anything.
fn last_step(list: &List, view: &View) -> Option<Notice> {
    let (done, undone) = (view.done.0.last(), view.undone.0.last());
    if undone > done {
        return Some(notice("Undone.", NoticeAction::Redo));
    }
    let client = ClientId::SERVER;
    let change = list.change_of(CommandId {
        client,
        seq: *done?,
    })?;
    let removed = change
        .events
        .iter()
        .filter(|event| matches!(event, Event::Removed { .. }));
    match removed.count() {
        0 => None,
        count => {
            let text = format!("{} removed.", count_items(count));
            Some(notice(&text, NoticeAction::Undo))
        }
    }
}

fn notice(text: &str, action: NoticeAction) -> Notice {
    let text = text.to_owned();
    Notice { text, action }
}

async fn show(
    State(pages): State<Pages>,
    recipient: Recipient,
    OriginalUri(uri): OriginalUri,
    view: Result<Query<View>, QueryRejection>,
) -> Response {
    // A query that cannot be read is none.
    let view = view.map(|Query(view)| view).unwrap_or_default();
    let filter = filter_of(&uri);
    if view.is_plain() {
        return pages.show_plain(filter, recipient).await;
    }
    let state = move |pages: &Pages, list: &List| pages.state(list, filter, &view);
    pages.show_alone(recipient, state).await
}

fn filter_of(uri: &Uri) -> Filter {
    view_of_path(uri.path()).unwrap_or_default()
}

/// A form without script, of a view or of the page for what is shared: back to the view when it is done, or
/// when there was nothing to do.
pub(super) async fn submit(
    State(pages): State<Pages>,
    recipient: Recipient,
    OriginalUri(uri): OriginalUri,
    view: Result<Query<View>, QueryRejection>,
    budget: ClientBudget,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let view = view.map(|Query(view)| view).unwrap_or_default();
    let form = match read_form(&pages, view, &headers, body) {
        Ok(form) => form,
        Err(response) => return *response,
    };
    if let Err(refusal) = budget.spend_more_changes(form.cost(&pages.store.list())) {
        return pages.refused(refusal);
    }
    let filter = filter_of(&uri);
    let items = match form.looks_at_list() {
        true => pages.store.list().len(),
        false => 0,
    };
    let (store, mut form) = (pages.store.clone(), form);
    let work = move || {
        let wish = form.wish(&store.list(), filter);
        (wish, form)
    };
    let (wish, mut form) = match pages.pool.run(recipient.client, items, work).await {
        Ok(done) => done,
        Err(refusal) => return pages.refused(refusal),
    };
    let (commands, redo) = match wish {
        Ok(Wish::Nothing) => (Vec::new(), None),
        Ok(Wish::Revert { of, redo }) => (vec![Command::Revert { of }], Some(redo)),
        Ok(Wish::Run(commands)) => (commands, None),
        Err(FormError::Malformed) => return malformed(&pages),
        Err(FormError::Text(error)) => {
            let refusal = Refusal::Text(StatusCode::BAD_REQUEST, error.to_string());
            return pages.refuse(recipient, form, filter, refusal).await;
        }
        Err(error) => {
            let refusal = Refusal::Edit(error);
            return pages.refuse(recipient, form, filter, refusal).await;
        }
    };
    let list = pages.store.list();
    let units = commands
        .iter()
        .map(|command| cost::of_command(&list, command));
    // The request itself has paid for one.
    let more = units.sum::<u32>().saturating_sub(1);
    drop(list);
    if let Err(refusal) = budget.spend_more_changes(more) {
        return pages.refused(refusal);
    }
    for command in commands {
        match pages.store.run(None, command.clone()).await {
            // What was added can be removed where it stands; the address stays that of the view.
            Ok(_) if matches!(command, Command::Add { .. }) => form.view.undone.0.clear(),
            Ok(change) => form.view.remember(&change, redo),
            Err(error) => {
                let refusal = match command {
                    Command::Add { .. } => Refusal::Text(of_store_error(error), error.to_string()),
                    command => Refusal::Command(error, command),
                };
                return pages.refuse(recipient, form, filter, refusal).await;
            }
        }
    }
    Redirect::to(&form.view.address(filter)).into_response()
}

/// The fields of a form, or the page that says why there are none.
pub(super) fn read_form(
    pages: &Pages,
    view: View,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Form, Box<Response>> {
    let message =
        |status, sentence| Box::new(pages.message(status, "Error: Could not add item.", sentence));
    if !is_form(headers) {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(message(status, "This is not the form of the list."));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            message(StatusCode::PAYLOAD_TOO_LARGE, "The text is too long.")
        }
        _ => message(StatusCode::BAD_REQUEST, "The form could not be read."),
    })?;
    Form::parse(&body, view).ok_or_else(|| Box::new(malformed(pages)))
}

/// The page that says that a form is none of ours.
pub(super) fn malformed(pages: &Pages) -> Response {
    let sentence = "The form is not one of this page.";
    pages.message(
        StatusCode::BAD_REQUEST,
        "Error: Could not add item.",
        sentence,
    )
}
