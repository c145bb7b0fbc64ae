//! The way to everything that belongs to the list. Whoever has to sign in first is told so in the language
//! of the path.

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::domain::encoding::encode;
use crate::rpc::CallError;
use crate::server::auth::{Access, SESSION_ID_HEADER, Ticket};
use crate::server::http::api::items::{ApiError, MAX_BODY_BYTES};
use crate::server::http::error::problem::Problem;
use crate::server::http::fallback::{is_api_path, is_call_path, is_v1_path};
use crate::server::http::pages::{Pages, SignIn};

/// Names the scheme, as every answer 401 must (RFC 9110, section 11.6.1): a cookie, to be had by a form.
const SCHEME: HeaderValue =
    HeaderValue::from_static("Cookie realm=\"todo-list\", form-action=\"/sign-in\"");

/// Whether a request may pass.
pub(crate) fn admit(access: &Access, request: &Request) -> Option<Ticket> {
    let ticket = access.admit(request.headers())?;
    is_work_of(&ticket, request).then_some(ticket)
}

/// The answer to a request that may not.
pub(crate) async fn refuse(access: &Access, pages: &Pages, request: Request) -> Response {
    let mut response = send_to_sign_in(access, pages, request).await;
    if response.status() == StatusCode::UNAUTHORIZED {
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, SCHEME);
    }
    response
}

/// Whether the page that calls was opened by the one who has the session now. All pages of a browser have
/// the same cookie, also one that somebody else has left open, with work that was never sent.
fn is_work_of(ticket: &Ticket, request: &Request) -> bool {
    let Some(session_id) = &ticket.session_id else {
        return true;
    };
    let by = request.headers().get(SESSION_ID_HEADER);
    !is_call_path(request.uri().path())
        || by.is_some_and(|by| by.as_bytes() == session_id.as_bytes())
}

async fn send_to_sign_in(access: &Access, pages: &Pages, request: Request) -> Response {
    let path = request.uri().path();
    if is_call_path(path) {
        let body = encode(&CallError::SignedOut).unwrap_or_default();
        return (StatusCode::UNAUTHORIZED, body).into_response();
    }
    if is_v1_path(path) {
        return Problem::signed_out().into_response();
    }
    if is_api_path(path) {
        return ApiError::SignedOut.into_response();
    }
    let (parts, body) = request.into_parts();
    let address = parts.uri.path_and_query();
    let address = address.map_or("/", |address| address.as_str());
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Redirect::to(&SignIn::address(address)).into_response();
    }
    // Whoever was signed in while typing must not lose the text.
    let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
    let text = posted_text(&parts.headers, &body);
    let was_signed_in = access.was_signed_in(&parts.headers);
    let sign_in = SignIn::to(parts.uri.path()).after(was_signed_in, text);
    pages.sign_in(StatusCode::UNAUTHORIZED, sign_in)
}

/// The text in the form that was sent; empty if there is none.
fn posted_text(headers: &HeaderMap, body: &Bytes) -> String {
    let is_form = headers.get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    });
    let mut fields = form_urlencoded::parse(body);
    let text = is_form.then(|| fields.find(|(name, _)| name == "title"));
    text.flatten()
        .map_or_else(String::new, |(_, text)| text.into_owned())
}
