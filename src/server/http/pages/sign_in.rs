//! Signing in with the shared password, and signing out. Both are forms, with and without script.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use leptos::prelude::*;
use serde::Deserialize;

use super::form::Form;
use super::session::drop_cached_pages;
use super::{HTML, Pages, fields};
use crate::server::auth::{PreviousUser, SignInError, SignedOut};
use crate::server::http::html::{self, Script};
use crate::server::net::{ClientAddress, Origin};
use crate::server::process::shutdown::Shutdown;

/// Tells a browser to delete what pages have stored, and its cached pages (<https://www.w3.org/TR/clear-site-data/>).
/// Browsers obey it over https and on `localhost` only.
const CLEAR_SITE_DATA: (HeaderName, HeaderValue) = (
    HeaderName::from_static("clear-site-data"),
    HeaderValue::from_static("\"cache\", \"storage\""),
);

/// The page after signing out if the server could not save the end of the session.
const SIGN_OUT_NOT_SAVED: &str = "You are signed out, and this browser has deleted its copy of the list. The server \
    could not save the end of your session yet and keeps trying. If it restarts before it succeeds, a copy of this \
    browser's cookie works again. Tell the administrator that the disk of the server may be full.";

/// The routes `/sign-in` and `/sign-out`.
pub(super) fn router() -> Router<Arc<Pages>> {
    Router::new()
        .route("/sign-in", get(show_sign_in).post(sign_in))
        .route("/sign-out", post(sign_out))
}

/// The page to sign in, and the page that follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in crate::server::http) struct SignIn {
    /// The address of the page that follows.
    #[serde(rename = "to")]
    target: String,
    /// What the person has typed before the server asked to sign in.
    #[serde(skip)]
    text: String,
    /// Whether a session of this browser has ended without signing out.
    #[serde(skip)]
    was_signed_in: bool,
    /// Why signing in has failed.
    #[serde(skip)]
    error: Option<String>,
    /// The address where it may succeed.
    #[serde(skip)]
    other_address: Option<String>,
}

impl SignIn {
    /// The page to sign in that leads to this address.
    pub(in crate::server::http) fn to(address: &str) -> Self {
        Self {
            target: address.into(),
            ..Self::default()
        }
    }

    /// Sets whether the browser was signed in before, and what the person has typed.
    pub(in crate::server::http) fn after(self, was_signed_in: bool, text: String) -> Self {
        Self {
            was_signed_in,
            text,
            ..self
        }
    }

    /// The address of the page to sign in that leads to `target`.
    pub(in crate::server::http) fn address(target: &str) -> String {
        let target: String = form_urlencoded::byte_serialize(target.as_bytes()).collect();
        format!("/sign-in?{}={target}", fields::TARGET)
    }

    /// The address to redirect to. It is a path of this server, even if a link to the page names another site.
    fn safe_target(&self) -> String {
        if !self.text.is_empty() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            return format!("/share?{}", query.append_pair("text", &self.text).finish());
        }
        let rest = self.target.strip_prefix('/');
        let is_path = |rest: &str| !rest.starts_with(['/', '\\']);
        let is_plain = self.target.bytes().all(|byte| byte.is_ascii_graphic());
        match rest {
            Some(rest) if is_path(rest) && is_plain => self.target.clone(),
            _ => "/".into(),
        }
    }
}

impl Pages {
    /// The page to sign in.
    pub(in crate::server::http) fn sign_in(&self, status: StatusCode, sign_in: SignIn) -> Response {
        let body = html::render(&self.assets, Script::None, || sign_in_view(sign_in));
        let cookie = self.auth.test_cookie();
        (status, cookie, [(header::CONTENT_TYPE, HTML)], body).into_response()
    }
}

fn sign_in_view(sign_in: SignIn) -> impl IntoView {
    let has_text = !sign_in.text.is_empty();
    let previous_user = sign_in.was_signed_in.then(previous_user_view);
    view! {
        <main>
            <form id="sign-in-form" class="note" method="post" action="/sign-in">
                <h1>"My To-Do List"</h1>
                <h2>"Sign in"</h2>
                {sign_in.error.map(|error| view! { <p class="error" role="alert">{error}</p> })}
                {sign_in.other_address.map(|address| {
                    let name = address.clone();
                    view! { <p class="hint">"Sign in at "<a href=address>{name}</a>"."</p> }
                })}
                {has_text.then(|| view! {
                    <p >"Your text is not lost. After you sign in, it is in the field again."</p>
                })}
                <input type="hidden" name=fields::TARGET value=sign_in.target/>
                <input type="hidden" name=fields::TEXT value=sign_in.text/>
                // Password managers store a password together with a user name.
                <input type="text" name="username" autocomplete="username" value="todo-list" hidden/>
                <p>
                    <label for="password">"Password"</label>
                    <input id="password" type="password" name=fields::PASSWORD autocomplete="current-password" required autofocus/>
                </p>
                {previous_user}
                <p>
                    <button>"Sign in"</button>
                </p>
            </form>
            {drop_cached_pages()}
        </main>
    }
}

fn previous_user_view() -> impl IntoView {
    view! {
        <fieldset>
            <legend>"Someone was signed in here before"</legend>
            <p>
                <input id="before-mine" type="radio" name=fields::PREVIOUS_USER value="mine" required/>
                <label for="before-mine">"That was me: send my unsent changes"</label>
            </p>
            <p>
                <input id="before-other" type="radio" name=fields::PREVIOUS_USER value="other" required/>
                <label for="before-other">"That was someone else: delete their unsent changes"</label>
            </p>
        </fieldset>
    }
}

async fn show_sign_in(
    State(pages): State<Arc<Pages>>,
    headers: HeaderMap,
    sign_in: Result<Query<SignIn>, QueryRejection>,
) -> Response {
    let sign_in = sign_in.map(|Query(sign_in)| sign_in).unwrap_or_default();
    if pages.auth.authenticate(&headers).is_some() {
        return Redirect::to(&sign_in.safe_target()).into_response();
    }
    let was_signed_in = pages.auth.was_signed_in(&headers);
    let sign_in = SignIn {
        was_signed_in,
        ..sign_in
    };
    pages.sign_in(StatusCode::OK, sign_in)
}

async fn sign_in(
    State(pages): State<Arc<Pages>>,
    extensions: Extensions,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let form = match pages.read_form(&headers, body) {
        Ok(form) => form,
        Err(response) => return *response,
    };
    let field = |name| form.field(name).unwrap_or_default().to_owned();
    let page = SignIn {
        target: field(fields::TARGET),
        text: field(fields::TEXT),
        was_signed_in: pages.auth.was_signed_in(&headers),
        error: None,
        other_address: None,
    };
    // Without a cookie, a session would be of no use, and the person would see this page again without a reason. Programs
    // send no `Origin`, and need no page before.
    if headers.contains_key(header::ORIGIN) && !pages.auth.gets_cookies_back(&headers) {
        return pages.sign_in(StatusCode::BAD_REQUEST, pages.without_cookies(page));
    }
    let before = match previous_user(&form, page.was_signed_in) {
        Ok(before) => before,
        Err(PreviousUserError::Missing) => {
            let error = Some("Choose who was signed in here before.".into());
            return pages.sign_in(StatusCode::BAD_REQUEST, SignIn { error, ..page });
        }
        Err(PreviousUserError::Malformed) => return pages.malformed_form(),
    };
    let address = client_address(&extensions);
    let password = field(fields::PASSWORD);
    let signed_in = pages.auth.sign_in(&password, address, &headers, before);
    let signed_in = tokio::select! {
        signed_in = signed_in => signed_in,
        // A client that waits for its turn does not delay the end of the server.
        () = closing(&extensions) => Err(SignInError::Unavailable),
    };
    let cookies = match signed_in {
        Ok(cookies) => cookies,
        Err(error) => return pages.sign_in_error(page, error),
    };
    let mut response = (cookies, Redirect::to(&page.safe_target())).into_response();
    if before == PreviousUser::Other {
        response.headers_mut().extend([CLEAR_SITE_DATA]);
    }
    response
}

impl Pages {
    fn without_cookies(&self, page: SignIn) -> SignIn {
        let error = match &self.public_url {
            Some(url) if url.is_https() => {
                "You are not signed in: your browser has sent no cookie. At this server it \
                                            sends cookies over https only."
            }
            _ => {
                "You are not signed in: your browser has sent no cookie. Allow cookies for this address, and try again."
            }
        };
        let https = self.public_url.as_ref().filter(|url| url.is_https());
        SignIn {
            error: Some(error.into()),
            other_address: https.map(Origin::to_string),
            ..page
        }
    }

    fn sign_in_error(&self, page: SignIn, error: SignInError) -> Response {
        let status = match error {
            SignInError::WrongPassword => StatusCode::FORBIDDEN,
            SignInError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            SignInError::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        };
        let message = Some(error.to_string());
        let page = SignIn {
            error: message,
            ..page
        };
        let mut response = self.sign_in(status, page);
        if let SignInError::TooMany(wait) = error {
            let seconds = HeaderValue::from(wait.as_secs() + 1);
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}

/// Why a form does not tell who was signed in before.
enum PreviousUserError {
    Missing,
    Malformed,
}

/// Who was signed in in this browser before. A form without an answer is valid only if no session has ended here.
fn previous_user(form: &Form, was_signed_in: bool) -> Result<PreviousUser, PreviousUserError> {
    match form.field(fields::PREVIOUS_USER) {
        Some("other") => Ok(PreviousUser::Other),
        Some("mine") => Ok(PreviousUser::Same),
        Some(_) => Err(PreviousUserError::Malformed),
        None if was_signed_in => Err(PreviousUserError::Missing),
        None => Ok(PreviousUser::Same),
    }
}

async fn sign_out(State(pages): State<Arc<Pages>>, headers: HeaderMap) -> Response {
    let SignedOut { cookies, is_saved } = pages.auth.sign_out(&headers).await;
    let response = match is_saved {
        true => Redirect::to("/sign-in").into_response(),
        false => pages.message(StatusCode::OK, "Signed out", SIGN_OUT_NOT_SAVED),
    };
    (cookies, [CLEAR_SITE_DATA], response).into_response()
}

/// Completes when the server begins to stop.
async fn closing(extensions: &Extensions) {
    match extensions.get::<Shutdown>().cloned() {
        Some(mut closing) => closing.begun().await,
        None => std::future::pending().await,
    }
}

/// The address of the client. A request without a connection, in a test, counts as local.
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
        let check = |target: &str, text: &str, expected: &str| {
            let sign_in = SignIn {
                text: text.into(),
                ..SignIn::to(target)
            };
            assert_eq!(sign_in.safe_target(), expected, "{target} {text}");
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
