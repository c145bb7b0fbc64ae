//! The page of the items that were removed in the last 30 days. Its forms restore them, with and without script.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use leptos::prelude::*;

use super::form::Form;
use super::query::{PageQuery, StepKind};
use super::{HTML, Pages, fields};
use crate::app::list_text;
use crate::domain::{ClientId, Command, CommandId, Event, Item, ItemId, List, Timestamp};
use crate::server::http::body::Recipient;
use crate::server::http::error::status_of_store_error;
use crate::server::http::html::{self, Script};
use crate::server::limits::{ClientBudget, Refusal, cost};
use crate::server::net::Client;
use crate::server::store::{self, StoreError};

/// How many items the page shows. The latest removed item comes first.
const MAX_SHOWN: usize = 500;

/// The route `/trash`.
pub(super) fn router() -> Router<Arc<Pages>> {
    Router::new().route("/trash", get(show_trash).post(submit_trash))
}

async fn show_trash(
    State(pages): State<Arc<Pages>>,
    recipient: Recipient,
    query: PageQuery,
) -> Response {
    let step = query.done.0.last().copied();
    pages.show_trash(recipient, None, step).await
}

impl Pages {
    /// The page of removed items, with an error, or with what the command with the number `step` has restored, which can be
    /// undone.
    async fn show_trash(
        self: &Arc<Self>,
        recipient: Recipient,
        error: Option<String>,
        step: Option<u64>,
    ) -> Response {
        let pages = self.clone();
        let render = move || {
            let list = pages.store.list();
            let message = error.or_else(|| step.map(|step| restored(&list, step)));
            html::render_chunked(&pages.assets, Script::Session, || {
                trash_view(&list, message, step)
            })
        };
        let items = self.store.list().removed_len().min(MAX_SHOWN);
        let response = self.pool.respond(recipient, items, HTML, render).await;
        response.unwrap_or_else(|refusal| self.refused(refusal))
    }
}

/// The message about the items that a command has restored.
fn restored(list: &List, seq: u64) -> String {
    let client = ClientId::SERVER;
    match list.change_of(CommandId { client, seq }) {
        Some(change) => {
            let items: Vec<ItemId> = change.events.iter().map(Event::item).collect();
            list_text::name_items(list, &items) + " restored to the list."
        }
        None => "Restored to the list.".to_owned(),
    }
}

fn trash_view(list: &List, message: Option<String>, step: Option<u64>) -> impl IntoView + use<> {
    let now = store::now();
    let rows: Vec<_> = list
        .removed()
        .take(MAX_SHOWN)
        .map(|item| row_view(item, now))
        .collect();
    let more = list.removed_len().saturating_sub(MAX_SHOWN);
    let is_empty = rows.is_empty();
    view! {
        <main class="page">
            <header class="top">
                <div class="heading">
                    <a class="icon back" href="/" aria-label="Back to the list"></a>
                    <h1>"Removed items"</h1>
                    <div class="facts">
                        <p>"Kept for 30 days. If there are too many, the oldest go first."</p>
                        {(!is_empty).then(|| view! {
                            <button form="trash-form" name=fields::RESTORE value="all">"Restore all"</button>
                        })}
                    </div>
                </div>
            </header>
            <form id="trash-form" class="card" method="post" action="/trash">
                <input type="hidden" name=fields::REVISION value=list.revision()/>
                <ul class="todo-list trash">{rows}</ul>
                {is_empty.then(|| view! { <p class="empty">"No items were removed in the last 30 days."</p> })}
                {(more > 0).then(|| view! { <p class="hint">{format!("And {more} more.")}</p> })}
            </form>
            <div class="toast" role="status">
                {message.map(|text| view! {
                    <div class="message">
                        <p>{text}</p>
                        {step.map(|step| view! {
                            <button form="trash-form" name=fields::UNDO value=step.to_string()>"Undo"</button>
                        })}
                    </div>
                })}
            </div>
        </main>
    }
}

fn row_view(item: &Item, now: Timestamp) -> impl IntoView + use<> {
    let id = item.id.to_string();
    let removed_at = item.removed_at.unwrap_or_default();
    view! {
        <li>
            <div class="view">
                <span id=id.clone() class="title" dir="auto">{item.title.to_string()}</span>
                <time datetime=rfc3339(removed_at)>{ago(removed_at, now)}</time>
                <button name=fields::RESTORE value=id.clone() aria-describedby=id>"Restore"</button>
            </div>
        </li>
    }
}

fn rfc3339(at: Timestamp) -> String {
    let at = i64::try_from(at.0).ok();
    let at = at.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    at.unwrap_or_default().to_string()
}

/// The time between two moments, in the largest unit that fits.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let minutes = now.0.saturating_sub(at.0) / 60_000;
    let (count, unit) = match minutes {
        0 => return "just now".into(),
        1..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{ending} ago")
}

/// Restores items, or undoes that. Then shows the page again.
async fn submit_trash(
    State(pages): State<Arc<Pages>>,
    budget: ClientBudget,
    recipient: Recipient,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = match pages.read_form(&headers, body) {
        Ok(form) => form,
        Err(response) => return *response,
    };
    let Some(action) = TrashAction::parse(&form) else {
        return pages.malformed_form();
    };
    let command = match pages.trash_command(recipient.client, action).await {
        Ok(command) => command,
        Err(refusal) => return pages.refused(refusal),
    };
    // The request itself has paid the first unit.
    let units = cost::of_command(&pages.store.list(), &command) - 1;
    if let Err(refusal) = budget.spend_more_changes(units) {
        return pages.refused(refusal);
    }
    match pages.store.run(None, command).await {
        Ok(change) => {
            let mut query = PageQuery::default();
            if let Some(change) = change
                && !matches!(action, TrashAction::Undo(_))
            {
                query.record(&change, StepKind::Do);
            }
            Redirect::to(&query.address("/trash")).into_response()
        }
        Err(error) => pages.show_trash_error(recipient, error).await,
    }
}

/// What a form of the page does.
#[derive(Clone, Copy)]
enum TrashAction {
    Restore(ItemId),
    /// Restores the items that the page shows.
    RestoreAll {
        /// The revision of the page.
        revision: u64,
    },
    /// Undoes the command with this number.
    Undo(u64),
}

impl TrashAction {
    fn parse(form: &Form) -> Option<Self> {
        match (form.field(fields::RESTORE), form.field(fields::UNDO)) {
            (Some("all"), None) => {
                let revision = form.revision()?;
                Some(Self::RestoreAll { revision })
            }
            (Some(id), None) => id.parse().ok().map(Self::Restore),
            (None, Some(seq)) => seq.parse().ok().map(Self::Undo),
            (None, None) | (Some(_), Some(_)) => None,
        }
    }
}

impl Pages {
    async fn trash_command(
        &self,
        client: Option<Client>,
        action: TrashAction,
    ) -> Result<Command, Refusal> {
        Ok(match action {
            TrashAction::Restore(id) => Command::Restore { ids: vec![id] },
            TrashAction::RestoreAll { revision } => {
                let (store, removed) = (self.store.clone(), self.store.list().removed_len());
                let find = move || shown_at(&store.list(), revision);
                let ids = self.pool.run(client, removed, find).await?;
                Command::Restore { ids }
            }
            TrashAction::Undo(seq) => {
                let client = ClientId::SERVER;
                let of = CommandId { client, seq };
                Command::Revert { of }
            }
        })
    }

    async fn show_trash_error(
        self: &Arc<Self>,
        recipient: Recipient,
        error: StoreError,
    ) -> Response {
        let mut page = self
            .show_trash(recipient, Some(error.to_string()), None)
            .await;
        if page.status() == StatusCode::OK {
            *page.status_mut() = status_of_store_error(error);
        }
        page
    }
}

/// The items that the page showed at a revision, unless they have been restored and removed again since.
fn shown_at(list: &List, revision: u64) -> Vec<ItemId> {
    let was_shown = |item: &&Item| {
        list.stamps(item.id)
            .is_some_and(|stamps| stamps.removed <= revision)
    };
    let shown = list.removed().filter(was_shown).take(MAX_SHOWN);
    shown.map(|item| item.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_has_the_largest_unit_that_fits() {
        let check = |seconds: u64, expected: &str| {
            assert_eq!(ago(Timestamp(1), Timestamp(1 + seconds * 1_000)), expected);
        };
        check(0, "just now");
        check(59, "just now");
        check(60, "1 minute ago");
        check(59 * 60 + 59, "59 minutes ago");
        check(3_600, "1 hour ago");
        check(86_399, "23 hours ago");
        check(86_400, "1 day ago");
        check(29 * 86_400, "29 days ago");
        assert_eq!(ago(Timestamp(9), Timestamp(1)), "just now");
    }
}
