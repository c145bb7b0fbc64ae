//! Refuses requests that change something and come from a page of another site (cross-site request forgery).
//!
//! The layer of tower-http reads the `Origin` header too, but neither knows a public URL behind a proxy nor several
//! headers of one name.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};

use crate::server::limits::Refusal;
use crate::server::net::{Authority, Origin};

/// What the browser says about the page that sends a request (W3C Fetch Metadata). Pages cannot set it. Browsers send it
/// only by https and to this machine.
const SEC_FETCH_SITE: &str = "sec-fetch-site";

/// Lets a request pass that only reads, that no browser has sent, or that a page of this server has sent. `host` is the
/// host that the request names.
///
/// Programs that are no browsers send neither `Origin` nor `Sec-Fetch-Site`, and no page can leave both out.
///
/// # Errors
///
/// [`Refusal::CrossOrigin`] for a page of another site.
pub(crate) fn check(
    request: &Request,
    host: Option<&Authority>,
    public_url: Option<&Origin>,
) -> Result<(), Refusal> {
    let is_read = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    // Pages of other sites cannot see the response to a read.
    if is_read || is_same_origin(request.headers(), host, public_url) {
        Ok(())
    } else {
        Err(Refusal::CrossOrigin)
    }
}

fn is_same_origin(
    headers: &HeaderMap,
    host: Option<&Authority>,
    public_url: Option<&Origin>,
) -> bool {
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter().peekable();
    if sites.peek().is_some() {
        // "none": the person did it, by a bookmark for example.
        return sites.all(|site| site == "same-origin" || site == "none");
    }
    let is_own = |origin: &HeaderValue| {
        let origin: Option<Origin> = origin.to_str().ok().and_then(|text| text.parse().ok());
        // "null" is a page that hides its origin, as every page can.
        origin.is_some_and(|origin| origin.is_own(host, public_url))
    };
    headers.get_all(header::ORIGIN).iter().all(is_own)
}
