//! What the door asks of every request, and what browsers may do with the answers. It knows nothing of what
//! lies behind the door.

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, Version, header};
use axum::response::Response;

use crate::server::config::Config;
use crate::server::net::Connection;

use super::headers::SecurityHeaders;
use crate::server::limits::Refusal;
use crate::server::net::{Authority, KnownHosts, Origin, may_act};

/// Who is let in, as the settings say.
pub(crate) struct Security(Rules);

struct Rules {
    known_hosts: KnownHosts,
    public_url: Option<Origin>,
    headers: SecurityHeaders,
}

impl Security {
    /// The rules of these settings. Pages contain these inline scripts.
    #[must_use]
    pub(crate) fn new(config: &Config, inline_scripts: [&str; 2]) -> Self {
        let public_url = config.public_url.clone();
        let listed = config.allowed_hosts.0.iter();
        let listed = listed.chain(public_url.as_ref().map(Origin::host)).cloned();
        let only_https = public_url.as_ref().is_some_and(Origin::is_https);
        // Set by `cargo leptos watch`.
        let developing = std::env::var_os("LEPTOS_WATCH").is_some();
        Self(Rules {
            known_hosts: KnownHosts::new(listed, config.site_addr.ip()),
            headers: SecurityHeaders::new(inline_scripts, only_https, developing),
            public_url,
        })
    }

    /// Whether a request is let in, which has come by this connection: without one not by the network.
    pub(crate) fn admit(
        &self,
        connection: Option<Connection>,
        request: &Request,
    ) -> Result<(), Refusal> {
        let Self(rules) = self;
        if connection.is_some_and(|connection| connection.is_too_much) {
            return Err(Refusal::TooManyConnections);
        }
        let (uri, headers) = (request.uri(), request.headers());
        let called = called_host(request.version(), uri, headers)?;
        if let Some(called) = &called
            && !rules.known_hosts.contains(&called.host)
        {
            return Err(Refusal::UnknownHost(called.host.clone()));
        }
        let public_url = rules.public_url.as_ref();
        if may_act(request.method(), headers, called.as_ref(), public_url) {
            Ok(())
        } else {
            Err(Refusal::CrossOrigin)
        }
    }

    /// Sets the headers that every answer has. `for_page` is whether the request was for a page.
    pub(crate) fn set_headers(&self, for_page: bool, response: &mut Response) {
        self.0.headers.set(for_page, response);
    }
}

/// The host that a request is for: the target of the request says so in HTTP/2 and to proxies, else the
/// one `Host` header. HTTP/1.0 knows neither: such a request comes from no browser, but from some old
/// check whether the server is alive, and is for none.
fn called_host(
    version: Version,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Authority>, Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let text = match (uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), ..) => Some(authority.as_str()),
        (None, Some(host), None) => host.to_str().ok(),
        (None, None, _) if version <= Version::HTTP_10 => return Ok(None),
        _ => None,
    };
    let called = text.and_then(|text| text.parse().ok());
    called.map(Some).ok_or(Refusal::InvalidHost)
}

/// Where the server is, for links that are to work elsewhere: the public URL, or else the host by which
/// this client has reached it.
#[must_use]
pub(crate) fn base_url(request: &Parts, public_url: Option<&Origin>) -> String {
    if let Some(public_url) = public_url {
        return public_url.to_string();
    }
    match called_host(request.version, &request.uri, &request.headers) {
        Ok(Some(called)) => format!("http://{called}"),
        _ => "http://localhost".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_request_is_for_one_host() {
        let check =
            |version: Version, uri: &str, hosts: &[&'static str], expected: Result<&str, ()>| {
                let uri: Uri = uri.parse().expect("a valid URI");
                let host = |host: &&'static str| (header::HOST, HeaderValue::from_static(host));
                let mut headers = HeaderMap::new();
                headers.extend(hosts.iter().map(host));
                let called = called_host(version, &uri, &headers);
                let called =
                    called.map(|called| called.map_or(String::new(), |host| host.to_string()));
                let expected = expected
                    .map(String::from)
                    .map_err(|()| Refusal::InvalidHost);
                assert_eq!(called, expected, "{version:?} {uri} {hosts:?}");
            };
        let (old, usual, new) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
        check(usual, "/", &["a:5001"], Ok("a:5001"));
        check(old, "/", &["a"], Ok("a"));
        check(new, "http://a:5001/", &[], Ok("a:5001"));
        check(new, "http://a/", &["b"], Ok("a"));
        check(usual, "http://a/", &["b"], Ok("a"));
        check(old, "/", &[], Ok(""));
        check(usual, "/", &[], Err(()));
        check(new, "/", &[], Err(()));
        for version in [old, usual] {
            check(version, "/", &["a", "a"], Err(()));
            check(version, "/", &[""], Err(()));
            check(version, "/", &["u@a"], Err(()));
            check(version, "/", &["a, b"], Err(()));
            check(version, "http://u@a/", &["a"], Err(()));
        }
    }
}
