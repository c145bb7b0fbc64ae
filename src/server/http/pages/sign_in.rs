//! Signing in with the password that all share, and signing out. Forms, with script or without.

use std::net::{IpAddr, Ipv4Addr};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::prelude::*;
use serde::Deserialize;

use super::list::{malformed, read_form};
use super::session::forget_kept_pages;
use super::view::View;
use super::{Pages, html};
use crate::server::auth::{Before, SignInError, SignedOut};
use crate::server::http::html::{self, Script};
use crate::server::net::ClientAddress;
use crate::server::process::shutdown::Closing;

/// Tells a browser to forget all that pages have stored, and the pages that it has kept
/// (<https://www.w3.org/TR/clear-site-data/>). Browsers do so by https and on this machine only.
const FORGET: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

/// What somebody is told whose session has ended on a disk that is full.
const NOT_KEPT: &str = "You are signed out, and this browser has forgotten the list. The server could not save \
    that yet and keeps trying: if it is restarted before, a copy of this browser's cookie would work again. Tell \
    whoever looks after it that its disk may be full.";

/// The routes. They are open to everybody.
pub(super) fn router() -> Router<Pages> {
    Router::new()
        .route("/sign-in", get(show).post(submit))
        .route("/sign-out", post(sign_out))
}

/// What the page shows, and where it leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct SignIn {
    /// The address to go to afterwards: a path of this server.
    to: String,
    /// What the person has typed, and must not lose.
    #[serde(skip)]
    text: String,
    /// Whether somebody was signed in in this browser before, and has not signed out.
    #[serde(skip)]
    was_signed_in: bool,
    /// Why the person is not signed in yet.
    #[serde(skip)]
    refusal: Option<String>,
}

impl SignIn {
    /// The page that leads to this address.
    pub(crate) fn to(address: &str) -> Self {
        Self {
            to: address.into(),
            ..Self::default()
        }
    }

    /// The same with what the browser brings along: whether somebody was signed in before, and what was
    /// typed.
    pub(crate) fn after(self, was_signed_in: bool, text: String) -> Self {
        Self {
            was_signed_in,
            text,
            ..self
        }
    }

    /// The address of the page that leads to this one.
    pub(crate) fn address(to: &str) -> String {
        let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
        format!("/sign-in?to={to}")
    }

    /// Where to go. Nobody is led to another site, whoever has made the link to this page.
    fn target(&self) -> String {
        if !self.text.is_empty() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            return format!("/share?{}", query.append_pair("text", &self.text).finish());
        }
        let rest = self.to.strip_prefix('/');
        let is_path = |rest: &str| !rest.starts_with(['/', '\\']);
        let is_plain = self.to.bytes().all(|byte| byte.is_ascii_graphic());
        match rest {
            Some(rest) if is_path(rest) && is_plain => self.to.clone(),
            _ => "/".into(),
        }
    }
}

impl Pages {
    /// The page on which somebody signs in.
    pub(crate) fn sign_in(&self, status: StatusCode, sign_in: SignIn) -> Response {
        let body = html::render(&self.assets, Script::None, || sign_in_view(sign_in));
        (status, html(body)).into_response()
    }
}

fn sign_in_view(sign_in: SignIn) -> impl IntoView {
    let has_text = !sign_in.text.is_empty();
    let was_signed_in = sign_in.was_signed_in.then(was_signed_in_view);
    view! {
        <main class="page">
            <header class="top">
                <h1>"My To-Do List"</h1>
            </header>
            <form id="sign-in-form" class="card" method="post" action="/sign-in">
                <h2>"Sign In"</h2>
                {sign_in.refusal.map(|refusal| view! { <p class="error" role="alert">{refusal}</p> })}
                {has_text.then(|| view! {
                    <p class="hint">"Your text is not lost: it is in the field again when you have signed in."</p>
                })}
                <input type="hidden" name="to" value=sign_in.to/>
                <input type="hidden" name="text" value=sign_in.text/>
                // Programs that keep passwords want to know whose it is.
                <input type="text" name="username" autocomplete="username" value="todo-list" hidden/>
                <p class="entry">
                    <label for="password">"Password"</label>
                    <input id="password" class="new-todo" type="password" name="password" autocomplete="current-password" required autofocus/>
                </p>
                {was_signed_in}
                <p class="tools">
                    <button>"Sign In"</button>
                </p>
            </form>
            {forget_kept_pages()}
        </main>
    }
}

fn was_signed_in_view() -> impl IntoView {
    view! {
        <fieldset>
            <legend>"Somebody was signed in here before"</legend>
            <p>
                <input id="before-mine" type="radio" name="before" value="mine" required/>
                <label for="before-mine">"That was me: send what could not be sent yet"</label>
            </p>
            <p>
                <input id="before-other" type="radio" name="before" value="other" required/>
                <label for="before-other">"That was somebody else: forget it"</label>
            </p>
        </fieldset>
    }
}

async fn show(
    State(pages): State<Pages>,
    headers: HeaderMap,
    sign_in: Result<Query<SignIn>, QueryRejection>,
) -> Response {
    let sign_in = sign_in.map(|Query(sign_in)| sign_in).unwrap_or_default();
    if pages.access.admit(&headers).is_some() {
        return Redirect::to(&sign_in.target()).into_response();
    }
    let was_signed_in = pages.access.was_signed_in(&headers);
    let sign_in = SignIn {
        was_signed_in,
        ..sign_in
    };
    pages.sign_in(StatusCode::OK, sign_in)
}

async fn submit(
    State(pages): State<Pages>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = match read_form(&pages, View::default(), &headers, body) {
        Ok(form) => form,
        Err(response) => return *response,
    };
    let field = |name| form.field(name).unwrap_or_default().to_owned();
    let was_signed_in = pages.access.was_signed_in(&headers);
    let sign_in = SignIn {
        to: field("to"),
        text: field("text"),
        was_signed_in,
        refusal: None,
    };
    let refuse = |status, refusal: String| {
        let refusal = Some(refusal);
        pages.sign_in(
            status,
            SignIn {
                refusal,
                ..sign_in.clone()
            },
        )
    };
    let before = match form.field("before") {
        Some("other") => Before::SomebodyElses,
        Some("mine") => Before::Mine,
        None if !was_signed_in => Before::Mine,
        None => {
            let refusal = "Say who was signed in here before.".into();
            return refuse(StatusCode::BAD_REQUEST, refusal);
        }
        Some(_) => return malformed(&pages),
    };
    let address = client_address(&extensions);
    let password = field("password");
    let signed_in = pages.access.sign_in(&password, address, &headers, before);
    let signed_in = tokio::select! {
        signed_in = signed_in => signed_in,
        // Nobody keeps the server from stopping by waiting for a turn.
        () = closing(&extensions) => Err(SignInError::Unavailable),
    };
    match signed_in {
        Ok(cookies) => {
            let mut response = (cookies, Redirect::to(&sign_in.target())).into_response();
            if before == Before::SomebodyElses {
                response.headers_mut().extend([FORGET]);
            }
            response
        }
        Err(error) => {
            let status = match error {
                SignInError::WrongPassword => StatusCode::FORBIDDEN,
                SignInError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
                SignInError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            };
            let mut response = refuse(status, error.to_string());
            if let SignInError::TooMany(wait) = error {
                let seconds = HeaderValue::from(wait.as_secs() + 1);
                response.headers_mut().insert(header::RETRY_AFTER, seconds);
            }
            response
        }
    }
}

async fn sign_out(State(pages): State<Pages>, headers: HeaderMap) -> Response {
    let SignedOut { cookies, is_kept } = pages.access.sign_out(&headers).await;
    let answer = match is_kept {
        true => Redirect::to("/sign-in").into_response(),
        false => pages.message(StatusCode::OK, "Signed out", NOT_KEPT),
    };
    (cookies, [FORGET], answer).into_response()
}

/// Done when the server stops.
async fn closing(extensions: &Extensions) {
    match extensions.get::<Closing>().cloned() {
        Some(mut closing) => closing.begun().await,
        None => std::future::pending().await,
    }
}

/// Without a connection nobody has come by the network.
fn client_address(extensions: &Extensions) -> IpAddr {
    let address = extensions.get();
    address.map_or(Ipv4Addr::LOCALHOST.into(), |ClientAddress(address)| {
        *address
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_a_page_of_this_server() {
        let check = |to: &str, text: &str, expected: &str| {
            let sign_in = SignIn {
                text: text.into(),
                ..SignIn::to(to)
            };
            assert_eq!(sign_in.target(), expected, "{to} {text}");
        };
        check("/", "", "/");
        check("/active?q=a%20b", "", "/active?q=a%20b");
        check("", "", "/");
        check("//evil.example/", "", "/");
        check("/\\evil.example/", "", "/");
        check("https://evil.example/", "", "/");
        check("/a\r\nSet-Cookie: a=b", "", "/");
        check("/\t/evil.example", "", "/");
        check(
            "/active",
            "Buy milk & eggs",
            "/share?text=Buy+milk+%26+eggs",
        );
        assert_eq!(
            SignIn::address("/active?q=a"),
            "/sign-in?to=%2Factive%3Fq%3Da"
        );
    }
}
