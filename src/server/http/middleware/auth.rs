//! Admits only clients that are signed in, and tells other clients how to sign in.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::server::auth::{Auth, SESSION_ID_HEADER};
use crate::server::http::body::is_form;
use crate::server::http::error::{ErrorFormat, ErrorRenderer, RequestError};
use crate::server::http::pages::{Pages, SignIn};
use crate::server::limits::MAX_BODY_BYTES;

pub(in crate::server::http) use crate::server::auth::Authenticated;

/// The authentication scheme, which every 401 response must name (RFC 9110, section 11.6.1): a cookie that a form sets.
const SCHEME: HeaderValue =
    HeaderValue::from_static("Cookie realm=\"todo-list\", form-action=\"/sign-in\"");

/// The check of sessions; a clone is two counted references.
#[derive(Clone)]
pub(crate) struct AuthLayer {
    auth: Auth,
    pages: Arc<Pages>,
}

impl AuthLayer {
    /// Checks the sessions that `auth` knows; `pages` renders the page to sign in.
    #[must_use]
    pub(crate) fn new(auth: Auth, pages: Arc<Pages>) -> Self {
        Self { auth, pages }
    }

    /// The session of a request; `None` if the client must sign in first.
    pub(crate) fn check(&self, request: &Request) -> Option<Authenticated> {
        let authenticated = self.auth.authenticate(request.headers())?;
        is_session_of_page(&authenticated, request).then_some(authenticated)
    }

    /// The response to a request whose client must sign in first.
    pub(crate) async fn refuse(&self, errors: &ErrorRenderer, request: Request) -> Response {
        let path = request.uri().path();
        let mut response = match ErrorFormat::of_path(path) {
            ErrorFormat::Page => self.sign_in(request).await,
            ErrorFormat::Problem | ErrorFormat::Call | ErrorFormat::Api => {
                errors.render(RequestError::SignedOut, path)
            }
        };
        if response.status() == StatusCode::UNAUTHORIZED {
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, SCHEME);
        }
        response
    }

    /// Redirects to the sign-in page, which redirects back to the address of the request.
    async fn sign_in(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let address = parts.uri.path_and_query();
        let address = address.map_or("/", |address| address.as_str());
        if matches!(parts.method, Method::GET | Method::HEAD) {
            return Redirect::to(&SignIn::address(address)).into_response();
        }
        // A person whose session has ended while typing must not lose the text.
        let body = to_bytes(body, MAX_BODY_BYTES).await.unwrap_or_default();
        let text = posted_text(&parts.headers, &body);
        let was_signed_in = self.auth.was_signed_in(&parts.headers);
        let sign_in = SignIn::to(parts.uri.path()).after(was_signed_in, text);
        self.pages.sign_in(StatusCode::UNAUTHORIZED, sign_in)
    }
}

/// Whether a call comes from a page of the session that its cookie names. All pages of a browser send the same cookie, even
/// a page with unsent changes that another person has left open.
fn is_session_of_page(authenticated: &Authenticated, request: &Request) -> bool {
    let Some(session_id) = &authenticated.session_id else {
        return true;
    };
    let of_page = request.headers().get(SESSION_ID_HEADER);
    ErrorFormat::of_path(request.uri().path()) != ErrorFormat::Call
        || of_page.is_some_and(|id| id.as_bytes() == session_id.as_bytes())
}

/// The title in a form that a browser has sent; empty if there is none.
fn posted_text(headers: &HeaderMap, body: &Bytes) -> String {
    let mut fields = form_urlencoded::parse(body);
    let title = is_form(headers).then(|| fields.find(|(name, _)| name == "title"));
    title
        .flatten()
        .map_or_else(String::new, |(_, text)| text.into_owned())
}
