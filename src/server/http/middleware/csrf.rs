//! Refuses requests that change something and come from a page of another site (cross-site request forgery).
//!
//! The layer of tower-http reads the `Origin` header too, but neither knows a public URL behind a proxy nor several
//! headers of one name.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};

use crate::server::http::error::RequestError;
use crate::server::net::{Authority, Origin};

/// The header in which a browser describes the page that sends a request (W3C Fetch Metadata). Pages cannot set it. Browsers
/// send it only over https and to their own machine.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Admits a request that only reads, that a program other than a browser sends, or that a page of this server sends. `host`
/// is the host that the request names.
///
/// Other programs send neither `Origin` nor `Sec-Fetch-Site`, and no page can omit both.
///
/// # Errors
///
/// [`RequestError::CrossOrigin`] for a page of another site.
pub(crate) fn check(
    request: &Request,
    host: Option<&Authority>,
    public_url: Option<&Origin>,
) -> Result<(), RequestError> {
    let is_read = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    // Pages of other sites cannot see the response to a read.
    if is_read || is_same_origin(request.headers(), host, public_url) {
        Ok(())
    } else {
        Err(RequestError::CrossOrigin)
    }
}

fn is_same_origin(
    headers: &HeaderMap,
    host: Option<&Authority>,
    public_url: Option<&Origin>,
) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
    if sites.peek().is_some() {
        // "none": the person caused the request, by a bookmark for example.
        return sites.all(|site| site == "same-origin" || site == "none");
    }
    let is_own = |origin: &HeaderValue| {
        let origin: Option<Origin> = origin.to_str().ok().and_then(|text| text.parse().ok());
        // "null" is a page that hides its origin, which every page can do.
        origin.is_some_and(|origin| origin.is_own(host, public_url))
    };
    headers.get_all(header::ORIGIN).iter().all(is_own)
}
