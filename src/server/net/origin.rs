//! Origins: scheme, host and port.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use super::host::{Authority, Host, HostError};

/// The scheme of an origin.
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

/// A scheme, a host and a port, by which browsers distinguish sites (RFC 6454). The setting `public-url` is one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Origin {
    scheme: Scheme,
    host: Host,
    port: u16,
}

/// The text is not an origin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// The scheme is missing, or is neither `http` nor `https`.
    #[error("{0:?} does not begin with http:// or https://")]
    Scheme(String),
    /// A path, a query or a fragment follows the host and the port.
    #[error("{0:?} has a path after its host and port; the list cannot lie below a path")]
    Path(String),
    /// The rest is not a host with an optional port.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl Origin {
    /// The host.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.scheme == Scheme::Https
    }

    /// Whether this is the origin of a page of this server. `host` is the host that the request names, `public_url` the
    /// address that people use.
    #[must_use]
    pub(crate) fn is_own(&self, host: Option<&Authority>, public_url: Option<&Self>) -> bool {
        if public_url == Some(self) {
            return true;
        }
        let Some(named) = host else { return false };
        // A request does not contain its scheme. The scheme of the public host is known, so the same name with the other
        // scheme is another site; for other hosts the server believes the origin.
        let scheme = match public_url {
            Some(public) if public.host == named.host => public.scheme,
            _ => self.scheme,
        };
        self.host == named.host && self.port == named.port.unwrap_or(scheme.default_port())
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
    fn a_text_that_is_not_an_origin_is_refused_with_the_reason() {
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
    fn an_origin_is_own_if_it_is_the_public_url_or_the_host_of_the_request() {
        let check = |origin: &str, called: &str, public_url: &str, expected: bool| {
            let origin: Origin = origin.parse().unwrap_or_else(|error| panic!("{error}"));
            let actual = origin.is_own(
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
        // Behind a proxy that sends another host.
        check("https://a", "127.0.0.1:5001", "https://a", true);
        check("https://a", "", "https://a", true);
        check("http://a", "127.0.0.1:5001", "https://a", false);
        check("https://a:444", "127.0.0.1:5001", "https://a", false);
        // The same name without encryption, or not through the proxy.
        check("http://a", "a", "https://a", false);
        check("https://a", "a", "https://a", true);
        check("http://a:5001", "a:5001", "https://a", true);
        check("http://127.0.0.1:5001", "127.0.0.1:5001", "https://a", true);
    }
}
