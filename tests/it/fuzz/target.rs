//! Random requests, the router that receives them without a socket, and the rules for every answer.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::Read;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, header};
use leptos::server_fn::Decodes;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use todo_list::domain::{At, Command, Title};
use todo_list::rpc::{CallError, ErrorEncoding};
use todo_list::server::auth::Auth;
use todo_list::server::config::Config;
use todo_list::server::http::assets::Assets;
use todo_list::server::http::router;
use todo_list::server::process::shutdown::{Shutdown, ShutdownTrigger};
use todo_list::server::store::Store;

use super::{EXCHANGE, JSON, KNOWN};
use crate::spawn::build_site;

/// How many requests a property sends, unless `PROPTEST_CASES` is set.
const CASES: u32 = 1_000;
/// The longest list of a target: a new target replaces it then, because pages of long lists are slow.
const MAX_ITEMS: usize = 60;

/// The router with its own list.
struct Target {
    router: Router,
    closing: Shutdown,
    store: Store,
    _close: ShutdownTrigger,
    _site: TempDir,
}

impl Target {
    async fn new() -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let config = Config {
            site_root: site.path().into(),
            ..Config::default()
        };
        let store = Store::in_memory().unwrap();
        let auth = Auth::open(None, &config).unwrap();
        let (close, closing) = Shutdown::channel();
        let assets = Assets::with_hashes(&config, "");
        let router = router(&store, &auth, assets, &config, Shutdown::never());
        let id = KNOWN.parse().unwrap();
        let title = Title::parse("Buy milk").unwrap();
        store
            .run(None, Command::add(id, title, At::End))
            .await
            .unwrap();
        Self {
            router,
            closing,
            store,
            _close: close,
            _site: site,
        }
    }
}

/// A request.
#[derive(Clone)]
pub struct TestRequest {
    pub method: &'static str,
    pub path: String,
    pub headers: Vec<(&'static str, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl fmt::Debug for TestRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        for (name, value) in &self.headers {
            write!(f, "\n{name}: {}", value.escape_ascii())?;
        }
        write!(f, "\n\n{}", self.body.escape_ascii())
    }
}

impl TestRequest {
    pub fn new(method: &'static str, path: impl Into<String>) -> Self {
        let (path, headers, body) = (
            path.into(),
            vec![("host", b"localhost".to_vec())],
            Vec::new(),
        );
        Self {
            method,
            path,
            headers,
            body,
        }
    }

    pub fn with(mut self, kind: &'static str, body: Vec<u8>) -> Self {
        self.headers.push(("content-type", kind.into()));
        Self { body, ..self }
    }

    /// Builds the request. Returns `None` for one that hyper would refuse.
    fn build(&self) -> Option<Request<Body>> {
        let mut request = Request::builder().method(self.method).uri(&self.path);
        for (name, value) in &self.headers {
            let value = HeaderValue::from_bytes(value).ok()?;
            request = request.header(HeaderName::from_static(name), value);
        }
        request.body(Body::from(self.body.clone())).ok()
    }
}

/// Sends the requests of a strategy and checks the answers.
pub fn check_answers(strategy: impl Strategy<Value = TestRequest>) {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() {
        Cases::default().cases
    } else {
        CASES
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let target = RefCell::new(runtime.block_on(Target::new()));
    let mut runner = TestRunner::new(Cases {
        cases,
        failure_persistence: None,
        ..Cases::default()
    });
    let [sent, dropped] = [Cell::new(0_u32), Cell::new(0)];
    let answered = runner.run(&strategy, |request| {
        if target.borrow().store.list().len() > MAX_ITEMS {
            target.replace(runtime.block_on(Target::new()));
        }
        let count = match request.build() {
            Some(request) => {
                answer(&runtime, &target.borrow(), request);
                &sent
            }
            None => &dropped,
        };
        count.set(count.get() + 1);
        Ok(())
    });
    answered.unwrap_or_else(|error| panic!("{error}"));
    let (sent, dropped) = (sent.get(), dropped.get());
    assert!(dropped * 4 < sent, "{sent} sent, {dropped} are no requests");
}

fn answer(runtime: &Runtime, target: &Target, mut request: Request<Body>) {
    let path = request.uri().path().to_owned();
    let is_head = request.method() == Method::HEAD;
    request.extensions_mut().insert(target.closing.clone());
    let response = runtime.block_on(target.router.clone().oneshot(request));
    let response = response.unwrap_or_else(|impossible| match impossible {});
    let status = response.status().as_u16();
    assert!(status < 500, "{status}");
    let kind = content_type(&response);
    if kind == "text/event-stream" || is_head || status == 304 {
        return;
    }
    let [encoding, range] = [header::CONTENT_ENCODING, header::CONTENT_RANGE]
        .map(|name| response.headers().get(name).cloned());
    let body = runtime
        .block_on(to_bytes(response.into_body(), usize::MAX))
        .unwrap();
    let body = decoded(body, encoding.as_ref());
    if path.starts_with("/api/v1/") {
        check_v1(status, &kind, &body);
    } else if path == EXCHANGE
        && matches!(status, 400 | 401 | 409)
        && kind != JSON
        && kind != "application/problem+json"
    {
        let error: CallError = ErrorEncoding::decode(body).expect("an error of ours");
        assert_ne!(error, CallError::Failed);
    } else if path.starts_with("/api/") && status >= 400 {
        assert_eq!(kind, JSON);
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(body["error"].is_string(), "{body}");
    } else if status == 416 {
        // A file has no such range: the headers of the file, and its length instead of a body (RFC 9110, section 15.5.17).
        let range = range.expect("the length of the file");
        assert!(range.as_bytes().starts_with(b"bytes */"), "{range:?}");
        assert_eq!(body, Bytes::new());
    } else if status >= 400 && status != 405 {
        assert_eq!(kind, "text/html; charset=utf-8", "{status}");
        assert!(body.ends_with(b"</html>"), "{}", body.escape_ascii());
    }
}

/// A body without its content encoding. A request may ask for one.
fn decoded(body: Bytes, encoding: Option<&HeaderValue>) -> Bytes {
    let mut plain = Vec::new();
    match encoding.map(HeaderValue::as_bytes) {
        None => return body,
        Some(b"br") => brotli::Decompressor::new(&body[..], 4_096).read_to_end(&mut plain),
        Some(b"gzip") => flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut plain),
        Some(other) => panic!("an unknown encoding: {}", other.escape_ascii()),
    }
    .expect("a body in its encoding");
    plain.into()
}

fn content_type(response: &Response<Body>) -> String {
    let kind = response.headers().get(header::CONTENT_TYPE);
    kind.map_or(String::new(), |kind| kind.to_str().unwrap().to_owned())
}

/// Checks that a refusal of the v1 API is a problem, and any other answer is JSON.
fn check_v1(status: u16, kind: &str, body: &Bytes) {
    if status < 400 {
        let is_json = body.is_empty() || serde_json::from_slice::<Value>(body).is_ok();
        assert!(is_json, "{}", body.escape_ascii());
        return;
    }
    assert_eq!(kind, "application/problem+json", "{status}");
    let body: Value = serde_json::from_slice(body).expect("JSON");
    assert_eq!(body["status"], json!(status), "{body}");
    for member in ["code", "title", "detail", "type"] {
        assert!(body[member].is_string(), "{member}: {body}");
    }
}
