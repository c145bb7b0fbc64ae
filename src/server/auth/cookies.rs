//! The cookies of a session.

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

/// The request header with the id of the session in which the page was opened, and to which the changes that it sends
/// belong.
pub const SESSION_ID_HEADER: HeaderName = HeaderName::from_static("todo-list-session");

/// The name of the cookie with the token. Browsers accept a name with the prefix only from this host and over https.
const TOKEN_COOKIE: &str = "todo-list-token";
const TOKEN_COOKIE_HTTPS: &str = "__Host-todo-list-token";

/// The name of the cookie with the id of the session, which the page reads.
const SESSION_ID_COOKIE: &str = "todo-list-session";

/// The name of the cookie that the page to sign in sets, to learn whether the browser sends cookies back.
const TEST_COOKIE: &str = "todo-list-cookie-test";

/// The longest time that browsers keep a cookie. The server decides when a session ends.
const MAX_AGE: time::Duration = time::Duration::days(400);

/// The cookies of a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cookies {
    /// Whether browsers connect over https.
    pub(super) is_https: bool,
}

/// `Set-Cookie` headers for a response.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetCookies(Vec<HeaderValue>);

impl Cookies {
    fn token_name(self) -> &'static str {
        if self.is_https {
            TOKEN_COOKIE_HTTPS
        } else {
            TOKEN_COOKIE
        }
    }

    /// The token of a request.
    pub(super) fn token(self, headers: &HeaderMap) -> Option<String> {
        value_of(headers, self.token_name())
    }

    /// Sets the cookie that tells whether the browser sends cookies back: until it is closed.
    pub(super) fn test(self) -> SetCookies {
        let cookie = Cookie::build((TEST_COOKIE, "1"))
            .path("/")
            .same_site(SameSite::Lax)
            .secure(self.is_https)
            .http_only(true);
        SetCookies::of([cookie])
    }

    /// Whether the request has the cookie of [`Cookies::test`], or that of a session.
    pub(super) fn are_sent_back(self, headers: &HeaderMap) -> bool {
        value_of(headers, TEST_COOKIE).is_some() || self.token(headers).is_some()
    }

    /// Sets the cookies of a session.
    pub(super) fn set(self, token: &str, session_id: &str) -> SetCookies {
        self.both(token, session_id, MAX_AGE)
    }

    /// Removes the cookies of a session.
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
            cookie(SESSION_ID_COOKIE, session_id, false),
        ];
        SetCookies::of(cookies)
    }
}

impl SetCookies {
    fn of<'a>(cookies: impl IntoIterator<Item = CookieBuilder<'a>>) -> Self {
        let value = |cookie: CookieBuilder<'_>| HeaderValue::try_from(cookie.build().to_string());
        Self(cookies.into_iter().flat_map(value).collect())
    }
}

/// The value of a cookie of a request. Each cookie is parsed separately: another program at this host may have set one
/// that is not text.
fn value_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    let cookies = cookies.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    let cookies = cookies.filter_map(|cookie| str::from_utf8(cookie).ok());
    let mut cookies = cookies.filter_map(|cookie| Cookie::parse(cookie).ok());
    let cookie = cookies.find(|cookie| cookie.name() == name)?;
    Some(cookie.value().to_owned())
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

/// A token of 244 random bits, and its digest. A fast digest is enough: unlike a password, the token cannot be found by
/// trying.
pub(super) fn new_token() -> (String, TokenDigest) {
    let [a, b] = [Uuid::new_v4(), Uuid::new_v4()];
    let token = URL_SAFE_NO_PAD.encode([a.into_bytes(), b.into_bytes()].concat());
    let digest = Sha256::digest(&token).into();
    (token, digest)
}

/// A random id for a session.
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
        // Beside cookies of other programs that are not text.
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
