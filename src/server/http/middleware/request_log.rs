//! One line in the log and one tick of the counters for each request, and a name by which both ends can
//! talk about it.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::Response;
use uuid::Uuid;

use crate::server::telemetry::Metrics;

/// Under this name the log filter finds the lines.
const TARGET: &str = "todo_list::request";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken over, in bytes.
const MAX_ID_BYTES: usize = 64;

/// As much of a path as is logged, in `char`s.
const MAX_PATH_CHARS: usize = 256;

/// What is noted of a request until it is answered.
pub(crate) struct RequestLog {
    begin: Instant,
    id: HeaderValue,
    method: &'static str,
    /// Only where it is logged.
    logged: Option<Logged>,
}

struct Logged {
    method: Method,
    /// Without the query, which may hold what somebody has typed.
    path: String,
}

impl RequestLog {
    /// The request has come.
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

    /// Counts the request under this route, names it in the answer, and logs it. The time is that until the head
    /// of the answer: a stream has no end.
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

/// The id that somebody before us has given to the request, if it is short and harmless.
fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let is_harmless = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let is_short = (1..=MAX_ID_BYTES).contains(&id.len());
    (is_short && id.as_bytes().iter().all(is_harmless)).then(|| id.clone())
}

/// A fresh id: this process, and a number. It is no secret.
fn new_id() -> HeaderValue {
    static PROCESS: LazyLock<u32> = LazyLock::new(|| Uuid::new_v4().as_u128() as u32);
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:08x}-{}", *PROCESS, NUMBER.fetch_add(1, Relaxed));
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("none"))
}

/// The method as a label. Anybody can make up more of them, too.
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
    fn an_id_is_taken_over_if_it_is_short_and_harmless() {
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
    fn no_two_fresh_ids_are_the_same() {
        let (first, second) = (new_id(), new_id());
        assert_ne!(first, second);
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, first.clone());
        assert_eq!(given_id(&headers), Some(first));
    }
}
