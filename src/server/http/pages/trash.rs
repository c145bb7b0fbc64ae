//! What was removed in the last 30 days, and the way back. A page of forms, with script or without.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use leptos::prelude::*;

use super::list::{malformed, read_form};
use super::view::View;
use super::{HTML, Pages};
use crate::domain::{ClientId, Command, CommandId, Item, ItemId, List, Timestamp};
use crate::server::http::body::Recipient;
use crate::server::http::error::of_store_error;
use crate::server::http::html::{self, Script};
use crate::server::limits::{ClientBudget, cost};
use crate::server::store;

/// How many items the page shows, the latest removed first.
const MAX_SHOWN: usize = 500;

/// The route.
pub(super) fn router() -> Router<Pages> {
    Router::new().route("/trash", get(show).post(submit))
}

async fn show(
    State(pages): State<Pages>,
    recipient: Recipient,
    view: Result<Query<View>, QueryRejection>,
) -> Response {
    let view = view.map(|Query(view)| view).unwrap_or_default();
    let message = (!view.done.0.is_empty()).then(|| "It is in the list again.".to_owned());
    page(&pages, recipient, message, view).await
}

async fn page(
    pages: &Pages,
    recipient: Recipient,
    message: Option<String>,
    view: View,
) -> Response {
    let its_pages = pages.clone();
    let render = move || {
        let list = its_pages.store.list();
        html::render_long(&its_pages.assets, Script::Session, || {
            trash_view(&list, message, &view)
        })
    };
    let items = pages.store.list().removed_len().min(MAX_SHOWN);
    let answer = pages.pool.respond(recipient, items, HTML, render).await;
    answer.unwrap_or_else(|refusal| pages.refused(refusal))
}

fn trash_view(list: &List, message: Option<String>, view: &View) -> impl IntoView + use<> {
    let now = store::now();
    let rows: Vec<_> = list
        .removed()
        .take(MAX_SHOWN)
        .map(|item| row_view(item, now))
        .collect();
    let more = list.removed_len().saturating_sub(MAX_SHOWN);
    let is_empty = rows.is_empty();
    let step = view.done.0.last().copied();
    view! {
        <main class="page">
            <header class="top">
                <h1>"Removed items"</h1>
            </header>
            <p class="lead">
                <a href="/">"Back to the list"</a>
            </p>
            <p class="hint">"Everything that is removed can be restored for 30 days."</p>
            <form id="trash-form" class="card" method="post" action="/trash">
                <input type="hidden" name="revision" value=list.revision()/>
                <ul class="todo-list trash">{rows}</ul>
                {is_empty.then(|| view! { <p class="empty">"Nothing was removed lately."</p> })}
                {(more > 0).then(|| view! { <p class="hint">{format!("And {more} more.")}</p> })}
                <p class="tools">
                    {(!is_empty).then(|| view! {
                        <button name="restore" value="all" class="quiet">"Restore all"</button>
                    })}
                </p>
            </form>
            <div class="toast" role="status">
                {message.map(|text| view! {
                    <div class="message">
                        <p>{text}</p>
                        {step.map(|step| view! {
                            <button form="trash-form" name="undo" value=step.to_string()>"Undo"</button>
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
                <button name="restore" value=id.clone() class="quiet" aria-describedby=id>"Restore"</button>
            </div>
        </li>
    }
}

fn rfc3339(at: Timestamp) -> String {
    let at = i64::try_from(at.0).ok();
    let at = at.and_then(|millis| jiff::Timestamp::from_millisecond(millis).ok());
    at.unwrap_or_default().to_string()
}

/// How long ago something was, in the largest unit that fits.
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

/// Restores one item, or those that the page has shown; or takes that back.
async fn submit(
    State(pages): State<Pages>,
    budget: ClientBudget,
    recipient: Recipient,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = match read_form(&pages, View::default(), &headers, body) {
        Ok(form) => form,
        Err(response) => return *response,
    };
    let (command, undo) = match (form.field("restore"), form.field("undo")) {
        (Some("all"), None) => {
            let Ok(seen) = form.revision() else {
                return malformed(&pages);
            };
            let (store, removed) = (pages.store.clone(), pages.store.list().removed_len());
            let work = move || shown_at(&store.list(), seen);
            match pages.pool.run(recipient.client, removed, work).await {
                Ok(ids) => (Command::Restore { ids }, false),
                Err(refusal) => return pages.refused(refusal),
            }
        }
        (Some(id), None) => match id.parse() {
            Ok(id) => (Command::Restore { ids: vec![id] }, false),
            Err(_) => return malformed(&pages),
        },
        (None, Some(seq)) => match seq.parse() {
            Ok(seq) => {
                let client = ClientId::SERVER;
                let of = CommandId { client, seq };
                (Command::Revert { of }, true)
            }
            Err(_) => return malformed(&pages),
        },
        _ => return malformed(&pages),
    };
    let more = cost::of_command(&pages.store.list(), &command) - 1;
    if let Err(refusal) = budget.spend_more_changes(more) {
        return pages.refused(refusal);
    }
    match pages.store.run(None, command).await {
        Ok(change) => {
            let mut view = View::default();
            if !undo {
                view.remember(&change, None);
            }
            Redirect::to(&view.address_below("/trash")).into_response()
        }
        Err(error) => {
            let message = Some(error.to_string());
            let mut page = page(&pages, recipient, message, View::default()).await;
            if page.status() == StatusCode::OK {
                *page.status_mut() = of_store_error(error);
            }
            page
        }
    }
}

/// The items that the page has shown at a revision, as far as they are still removed.
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
    fn the_time_is_told_in_the_largest_unit_that_fits() {
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
