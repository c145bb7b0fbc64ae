//! Checks that a request names this server. Otherwise a page of another site could read the list under a name of its own
//! that resolves to this machine (DNS rebinding).
//!
//! The `Host` extractor of axum-extra believes `X-Forwarded-Host` from every client and takes the first of several `Host`
//! headers.

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Uri, Version, header};

use crate::server::config::Config;
use crate::server::http::error::RequestError;
use crate::server::net::{Authority, KnownHosts, Origin};

/// The hosts that this server answers for.
pub(crate) struct HostCheck {
    known_hosts: KnownHosts,
    public_url: Option<Origin>,
}

impl HostCheck {
    /// The hosts of the settings `site-addr`, `allowed-hosts` and `public-url`.
    #[must_use]
    pub(crate) fn new(config: &Config) -> Self {
        let public_url = config.public_url.clone();
        let listed = config.allowed_hosts.0.iter();
        let listed = listed.chain(public_url.as_ref().map(Origin::host)).cloned();
        Self {
            known_hosts: KnownHosts::new(listed, config.site_addr.ip()),
            public_url,
        }
    }

    /// The address at which people reach the server, if the settings name one.
    #[must_use]
    pub(crate) fn public_url(&self) -> Option<&Origin> {
        self.public_url.as_ref()
    }

    /// The host that a request names; `None` for a request of HTTP/1.0 that names none.
    ///
    /// # Errors
    ///
    /// [`RequestError::InvalidHost`] if the request does not name one host, [`RequestError::UnknownHost`] if the host is not one of
    /// this server.
    pub(crate) fn check(&self, request: &Request) -> Result<Option<Authority>, RequestError> {
        let host = requested_host(request.version(), request.uri(), request.headers())?;
        match &host {
            Some(named) if !self.known_hosts.contains(&named.host) => {
                Err(RequestError::UnknownHost(named.host.clone()))
            }
            _ => Ok(host),
        }
    }
}

/// The host that a request names: in its target (HTTP/2, and requests to proxies), otherwise in its only `Host` header. A
/// request of HTTP/1.0 may name none: no browser sends it, but an old health check may.
fn requested_host(
    version: Version,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Option<Authority>, RequestError> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let text = match (uri.authority(), hosts.next(), hosts.next()) {
        (Some(authority), ..) => Some(authority.as_str()),
        (None, Some(host), None) => host.to_str().ok(),
        (None, None, _) if version <= Version::HTTP_10 => return Ok(None),
        _ => None,
    };
    let host = text.and_then(|text| text.parse().ok());
    host.map(Some).ok_or(RequestError::InvalidHost)
}

/// The base of absolute URLs of this server: the public URL, otherwise the host that the request names.
#[must_use]
pub(crate) fn base_url(request: &Parts, public_url: Option<&Origin>) -> String {
    if let Some(public_url) = public_url {
        return public_url.to_string();
    }
    match requested_host(request.version, &request.uri, &request.headers) {
        Ok(Some(host)) => format!("http://{host}"),
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
                let called = requested_host(version, &uri, &headers);
                let called =
                    called.map(|called| called.map_or(String::new(), |host| host.to_string()));
                let expected = expected
                    .map(String::from)
                    .map_err(|()| RequestError::InvalidHost);
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
