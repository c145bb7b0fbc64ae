//! Gives each request an id, counts it in the metrics, and logs it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use uuid::Uuid;

use crate::server::telemetry::Metrics;

/// The target of the log lines, for the log filter.
const TARGET: &str = "todo_list::request";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that the server accepts, in bytes.
const MAX_ID_BYTES: usize = 64;

/// The longest part of a path that is logged, in `char`s.
const MAX_PATH_CHARS: usize = 256;

/// What the log and the metrics need to know about a request.
pub(crate) struct RequestLog {
    begin: Instant,
    id: HeaderValue,
    method: &'static str,
    /// `None` if the log filter drops the line.
    logged: Option<Logged>,
}

struct Logged {
    method: Method,
    /// Without the query, which may contain a text that a person has typed.
    path: String,
}

impl RequestLog {
    /// Starts the clock.
    pub(crate) fn begin(request: &Request) -> Self {
        let is_logged = tracing::enabled!(target: TARGET, tracing::Level::DEBUG);
        Self {
            begin: Instant::now(),
            id: given_id(request.headers()).unwrap_or_else(new_id),
            method: known_method(request.method()),
            logged: is_logged.then(|| Logged {
                method: request.method().clone(),
                path: request.uri().path().chars().take(MAX_PATH_CHARS).collect(),
            }),
        }
    }

    /// Counts the request under this route, logs it, and adds its id to the response. The time ends with the head of the
    /// response, because a stream has no end.
    pub(crate) fn end(self, metrics: &Metrics, route: &str, response: &mut Response) {
        let taken = self.begin.elapsed();
        metrics.observe_request(route, self.method, response.status(), taken);
        if let Some(Logged { method, path }) = self.logged {
            tracing::debug!(
                target: TARGET,
                method = method.as_str(),
                path,
                status = response.status().as_u16(),
                ms = taken.as_micros() as f64 / 1e3,
                request_id = self.id.to_str().unwrap_or_default(),
                "answered"
            );
        }
        response.headers_mut().insert(REQUEST_ID, self.id);
    }
}

/// The id that the client or a proxy has given to the request, if it is short and harmless.
fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let is_harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let is_short = (1..=MAX_ID_BYTES).contains(&id.len());
    (is_short && id.as_bytes().iter().all(is_harmless)).then(|| id.clone())
}

/// A new id of the process and a number. It is not secret.
fn new_id() -> HeaderValue {
    static PROCESS: LazyLock<u32> = LazyLock::new(|| Uuid::new_v4().as_u128() as u32);
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:08x}-{}", *PROCESS, NUMBER.fetch_add(1, Relaxed));
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
}

/// The method as a label of the metrics. A client can invent any number of other methods.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_accepted_if_it_is_short_and_harmless() {
        let check = |id: &[u8], expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_bytes(id).unwrap());
            let taken = given_id(&headers);
            assert_eq!(taken.is_some(), expected, "{id:?}");
        };
        check(b"8c2f-4_A.z", true);
        check(&[b'x'; 64], true);
        check(&[b'x'; 65], false);
        check(b"", false);
        check(b"a b", false);
        check(b"a\"b", false);
        check(b"a\tb", false);
        check("a\u{2028}".as_bytes(), false);
        assert_eq!(given_id(&HeaderMap::new()), None);
    }

    #[test]
    fn new_ids_are_unique() {
        let (first, second) = (new_id(), new_id());
        assert_ne!(first, second);
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, first.clone());
        assert_eq!(given_id(&headers), Some(first));
    }
}
