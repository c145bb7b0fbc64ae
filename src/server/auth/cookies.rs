//! How a browser shows that somebody has signed in.

use std::convert::Infallible;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponseParts, ResponseParts};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, CookieBuilder, SameSite, time};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::TokenDigest;

/// The header in which the page says whose work it sends: the id of the session that it was opened in.
pub const SESSION_ID_HEADER: HeaderName = HeaderName::from_static("todo-list-session");

/// The cookie with the token. The prefix makes browsers take it from this very host only, and by https.
const TOKEN: &str = "todo-list-token";
const TOKEN_BY_HTTPS: &str = "__Host-todo-list-token";

/// The cookie that the page reads: the id of the session.
const SESSION_ID: &str = "todo-list-session";

/// As long as browsers keep any cookie. The server decides when a session is over.
const MAX_AGE: time::Duration = time::Duration::days(400);

/// The cookies of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    /// Whether browsers come by https.
    pub(super) is_https: bool,
}

/// Headers that set cookies.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetCookies(Vec<HeaderValue>);

impl Cookies {
    fn token_name(self) -> &'static str {
        if self.is_https { TOKEN_BY_HTTPS } else { TOKEN }
    }

    /// The token that a request brings along. Each cookie is read by itself: another program on this machine may have
    /// set one that is no text.
    pub(super) fn token(self, headers: &HeaderMap) -> Option<String> {
        let cookies = headers.get_all(header::COOKIE).iter();
        let cookies = cookies.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        let cookies = cookies.filter_map(|cookie| str::from_utf8(cookie).ok());
        let mut cookies = cookies.filter_map(|cookie| Cookie::parse(cookie).ok());
        let token = cookies.find(|cookie| cookie.name() == self.token_name())?;
        Some(token.value().to_owned())
    }

    pub(super) fn set(self, token: &str, session_id: &str) -> SetCookies {
        self.both(token, session_id, MAX_AGE)
    }

    pub(super) fn remove(self) -> SetCookies {
        self.both("", "", time::Duration::ZERO)
    }

    fn both(self, token: &str, session_id: &str, max_age: time::Duration) -> SetCookies {
        let cookie = |name, value, http_only| -> CookieBuilder<'_> {
            Cookie::build((name, value))
                .path("/")
                .max_age(max_age)
                .same_site(SameSite::Lax)
                .secure(self.is_https)
                .http_only(http_only)
        };
        let cookies = [
            cookie(self.token_name(), token, true),
            cookie(SESSION_ID, session_id, false),
        ];
        let value = |cookie: CookieBuilder<'_>| HeaderValue::try_from(cookie.build().to_string());
        SetCookies(cookies.into_iter().flat_map(value).collect())
    }
}

impl IntoResponseParts for SetCookies {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        for value in self.0 {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        Ok(response)
    }
}

/// 244 random bits, and what is kept of them. They are no password: nobody can try them all, however fast
/// the digest is.
pub(super) fn new_token() -> (String, TokenDigest) {
    let [a, b] = [Uuid::new_v4(), Uuid::new_v4()];
    let token = URL_SAFE_NO_PAD.encode([a.into_bytes(), b.into_bytes()].concat());
    let digest = Sha256::digest(&token).into();
    (token, digest)
}

/// A name for a session.
pub(super) fn new_session_id() -> Arc<str> {
    Uuid::new_v4().simple().to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_for_the_server_alone() {
        let check = |is_https: bool, expected: [&str; 2]| {
            let SetCookies(set) = Cookies { is_https }.set("t", "i");
            assert_eq!(set, expected);
        };
        check(
            false,
            [
                "todo-list-token=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000",
                "todo-list-session=i; SameSite=Lax; Path=/; Max-Age=34560000",
            ],
        );
        check(
            true,
            [
                "__Host-todo-list-token=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000",
                "todo-list-session=i; SameSite=Lax; Secure; Path=/; Max-Age=34560000",
            ],
        );
    }

    #[test]
    fn a_token_is_found_among_other_cookies() {
        let check = |is_https: bool, cookies: &[&[u8]], expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            for cookie in cookies {
                let cookie = HeaderValue::from_bytes(cookie).expect("a header");
                headers.append(header::COOKIE, cookie);
            }
            assert_eq!(Cookies { is_https }.token(&headers).as_deref(), expected);
        };
        check(false, &[], None);
        check(false, &[b"todo-list-token=t"], Some("t"));
        check(false, &[b"a=b; todo-list-token=t; c=d"], Some("t"));
        check(false, &[b"a=b", b"todo-list-token=t"], Some("t"));
        check(false, &[b"=; ;;todo-list-token"], None);
        check(true, &[b"todo-list-token=t"], None);
        check(true, &[b"__Host-todo-list-token=t"], Some("t"));
        // Beside cookies of others that are no text.
        check(false, &[b"a=\xff; todo-list-token=t"], Some("t"));
        check(false, &[b"todo-list-token=t; \xe9=b"], Some("t"));
        check(false, &[b"todo-list-token=\xff"], None);
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let [(a, _), (b, digest)] = [new_token(), new_token()];
        assert_ne!(a, b);
        assert_eq!(b.len(), 43);
        assert_eq!(digest, <TokenDigest>::from(Sha256::digest(&b)));
    }
}
