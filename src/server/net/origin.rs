//! Origins, and whether a request comes from a page of this server or from somebody else's.

use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, Method, header};
use serde::Deserialize;

use super::host::{Authority, Host, HostError};

/// What the browser says about the page that a request comes from (W3C Fetch Metadata). Pages cannot
/// set it. It is sent only to where nobody can listen in: by https, or on this machine.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// The scheme of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// A scheme, a host and a port: what browsers hold apart as one site or another (RFC 6454). The setting
/// `public-url` is one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

/// It is no address of a whole site.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Its scheme is missing, or is another one.
    #[error("{0:?} does not begin with http:// or https://")]
    Scheme(String),
    /// Something follows the host and the port.
    #[error("{0:?} has something behind its host and port; the list cannot lie below a path")]
    Path(String),
    /// The rest is not a host with or without a port.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl Origin {
    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Whether nobody can read or change what is sent there.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::Http, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::Https, rest),
            _ => return Err(OriginError::Scheme(text.to_owned())),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return Err(OriginError::Path(text.to_owned()));
        }
        let Authority { host, port } = rest.parse()?;
        let port = port.unwrap_or(scheme.default_port());
        Ok(Self { scheme, host, port })
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        text.parse()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https() { "https" } else { "http" };
        write!(formatter, "{scheme}://{}", self.host)?;
        if self.port != self.scheme.default_port() {
            write!(formatter, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Whether a request may do what it asks for, as far as it matters which page it comes from. Reading is
/// open: no other page can see the answer. `called` is the host that the request is for.
///
/// What comes from no browser says nothing about itself, and is none of this: no page can send it.
#[must_use]
pub(crate) fn may_act(
    method: &Method,
    headers: &HeaderMap,
    called: Option<&Authority>,
    public_url: Option<&Origin>,
) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return true;
    }
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
    if sites.peek().is_some() {
        // "none" is a person's own doing, such as a bookmark.
        return sites.all(|site| site == "same-origin" || site == "none");
    }
    let is_own = |origin: &HeaderValue| {
        let origin = origin.to_str().ok().and_then(|text| text.parse().ok());
        // "null" is a page that hides where it comes from, and any page can.
        origin.is_some_and(|origin| is_own(&origin, called, public_url))
    };
    headers.get_all(header::ORIGIN).iter().all(is_own)
}

fn is_own(origin: &Origin, called: Option<&Authority>, public_url: Option<&Origin>) -> bool {
    if public_url == Some(origin) {
        return true;
    }
    let Some(called) = called else { return false };
    // A request does not tell its scheme. Of the public host we know it, so that the same name without
    // encryption is a stranger there; elsewhere the origin is believed.
    let scheme = match public_url {
        Some(public) if public.host == called.host => public.scheme,
        _ => origin.scheme,
    };
    origin.host == called.host && origin.port == called.port.unwrap_or(scheme.default_port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        let check = |text: &str, expected: &str| {
            let origin: Origin = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(origin.to_string(), expected, "{text}");
        };
        check("https://Todo.Example", "https://todo.example");
        check("HTTPS://todo.example:443/", "https://todo.example");
        check("http://todo.example:443", "http://todo.example:443");
        check("http://192.168.1.5:80", "http://192.168.1.5");
        check("http://[::1]:5001/", "http://[::1]:5001");
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_reason() {
        let check = |text: &str, reason: &str| {
            let error = text.parse::<Origin>().expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        };
        for text in [
            "",
            "null",
            "todo.example",
            "ftp://a",
            "//a",
            "file:///a",
            " http://a",
        ] {
            check(text, "does not begin with http:// or https://");
        }
        for text in [
            "http://a/b",
            "http://a//",
            "http://a/?",
            "http://a?b",
            "https://a#b",
        ] {
            check(text, "cannot lie below a path");
        }
        for text in [
            "http://",
            "http:///",
            "http://:80",
            "http://a:x",
            "http://u@a",
            "http://a b",
            "http://ä",
        ] {
            check(text, "is not a host");
        }
    }

    #[test]
    fn an_origin_is_own_if_it_is_the_public_url_or_the_host_that_was_called() {
        let check = |origin: &str, called: &str, public_url: &str, expected: bool| {
            let origin = origin.parse().unwrap_or_else(|error| panic!("{error}"));
            let actual = is_own(
                &origin,
                called.parse().ok().as_ref(),
                public_url.parse().ok().as_ref(),
            );
            assert_eq!(
                actual, expected,
                "{origin} at {called}, public {public_url}"
            );
        };
        check("http://a:5001", "a:5001", "", true);
        check("http://A:5001", "a.:5001", "", true);
        check("http://a", "a:80", "", true);
        check("http://a:80", "a", "", true);
        check("https://a", "a", "", true);
        check("https://a", "a:443", "", true);
        check("http://a:5001", "a:5002", "", false);
        check("http://a:5001", "b:5001", "", false);
        check("http://a:5001", "a", "", false);
        check("https://a", "a:80", "", false);
        check("http://x.a", "a", "", false);
        check("http://a", "", "", false);
        // Behind a proxy that calls the server by another host.
        check("https://a", "127.0.0.1:5001", "https://a", true);
        check("https://a", "", "https://a", true);
        check("http://a", "127.0.0.1:5001", "https://a", false);
        check("https://a:444", "127.0.0.1:5001", "https://a", false);
        // The same name without encryption, or past the proxy.
        check("http://a", "a", "https://a", false);
        check("https://a", "a", "https://a", true);
        check("http://a:5001", "a:5001", "https://a", true);
        check("http://127.0.0.1:5001", "127.0.0.1:5001", "https://a", true);
    }
}
