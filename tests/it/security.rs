//! Security headers and the format of refusals. Which requests are
//! refused is tested in `origins` and `hosts`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use todo_list::server::config::Config;

use crate::spawn::{Server, header};

pub const ITEMS: &str = "/api/items";
pub const TODOS: &str = "/api/v1/lists/home/todos";

pub async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

/// A request that would change the list, from a page or a program.
pub fn change(server: &Server, path: &str, headers: &[(&str, &str)]) -> RequestBuilder {
    let (content_type, body) = match path {
        "/" => ("application/x-www-form-urlencoded", "title=x"),
        ITEMS => ("application/json", r#"{"item": "x"}"#),
        _ => ("application/json", r#"{"title": "x"}"#),
    };
    let request = server
        .request("POST", path)
        .header("content-type", content_type);
    let request = request.body(body);
    headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    })
}

pub async fn with_settings(public_url: Option<&str>, allowed_hosts: &str) -> Server {
    let config = Config {
        public_url: public_url.map(|url| url.parse().unwrap()),
        allowed_hosts: allowed_hosts.parse().unwrap(),
        ..Config::default()
    };
    Server::with_config(config).await
}

/// The properties of a response on which its headers depend.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Page,
    File,
    Other,
}
use Kind::{File, Other, Page};

/// Sends a request and asserts that the response has this status and each header exactly once.
async fn check_headers(request: RequestBuilder, status: u16, kind: Kind) {
    let response = send(request).await;
    let context = format!("{status} {} {kind:?}", response.url());
    assert_eq!(response.status(), status, "{context}");
    let values = |name: &str| -> Vec<String> {
        let values = response.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap().into()).collect()
    };
    let check = |name: &str, expected: &str| {
        assert_eq!(values(name), [expected], "{context}: {name}");
    };
    check("x-content-type-options", "nosniff");
    check("x-frame-options", "DENY");
    check("referrer-policy", "same-origin");
    check("cross-origin-opener-policy", "same-origin");
    check("cross-origin-resource-policy", "same-origin");
    let control = if kind == File {
        "no-cache, no-transform"
    } else {
        "no-store, no-transform"
    };
    check("cache-control", control);
    if kind == Page {
        let policies = values("content-security-policy");
        assert_eq!(policies.len(), 1, "{context}");
        let begin = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-";
        assert!(policies[0].starts_with(begin), "{context}: {policies:?}");
    } else {
        let policy = "default-src 'none'; frame-ancestors 'none'";
        check("content-security-policy", policy);
    }
    let features = values("permissions-policy");
    assert_eq!(features.len(), 1, "{context}");
    // The page may write to the clipboard, and may use no other feature.
    let is_closed = |feature: &str| feature.ends_with("=()") || feature == "clipboard-write=(self)";
    assert!(features[0].split(", ").all(is_closed), "{features:?}");
    for name in [
        "server",
        "x-powered-by",
        "strict-transport-security",
        "access-control-allow-origin",
    ] {
        assert_eq!(values(name), [""; 0], "{context}");
    }
}

#[tokio::test]
async fn every_page_and_file_carries_each_header_exactly_once() {
    let server = Server::start().await;
    let request = |method: &str, path: &str| server.request(method, path);
    check_headers(request("GET", "/"), 200, Page).await;
    check_headers(request("HEAD", "/"), 200, Page).await;
    let compressed = request("GET", "/").header("accept-encoding", "br");
    check_headers(compressed, 200, Page).await;
    check_headers(request("GET", "/nothing"), 404, Page).await;
    check_headers(request("POST", "/nothing"), 404, Page).await;
    check_headers(request("DELETE", "/"), 405, Other).await;
    check_headers(change(&server, "/", &[]), 303, Other).await;
    check_headers(request("POST", "/"), 415, Page).await;
    let large = change(&server, "/", &[]).body("x".repeat(65_537));
    check_headers(large, 413, Page).await;

    let file = |name, value| {
        let request = server.request("GET", "/pkg/todo-list.js");
        request.header(name, value)
    };
    let response = send(file("accept", "*/*")).await;
    let modified = header(&response, "last-modified").to_owned();
    check_headers(file("accept", "*/*"), 200, File).await;
    check_headers(file("accept-encoding", "br"), 200, File).await;
    check_headers(file("if-modified-since", modified.as_str()), 304, File).await;
    check_headers(file("range", "bytes=0-3"), 206, File).await;
    check_headers(file("range", "bytes=99-"), 416, File).await;
}

#[tokio::test]
async fn every_answer_of_the_api_carries_each_header_exactly_once() {
    let server = Server::start().await;
    let request = |method: &str, path: &str| server.request(method, path);
    check_headers(request("GET", ITEMS), 200, Other).await;
    check_headers(change(&server, ITEMS, &[]), 201, Other).await;
    check_headers(request("POST", ITEMS), 415, Other).await;
    let large = change(&server, ITEMS, &[]).body("x".repeat(65_537));
    check_headers(large, 413, Other).await;
    check_headers(request("PUT", ITEMS), 405, Other).await;
    check_headers(request("GET", "/api/nothing"), 404, Other).await;
    check_headers(request("POST", "/api/fn/exchange"), 400, Other).await;

    let list = "/api/v1/lists/home";
    let tag = header(&server.get(list).await, "etag").to_owned();
    check_headers(request("GET", list), 200, Other).await;
    let known = request("GET", list).header("if-none-match", tag);
    check_headers(known, 304, Other).await;
    check_headers(request("GET", "/api/v1/lists/other"), 404, Other).await;
    check_headers(change(&server, TODOS, &[]), 201, Other).await;
    check_headers(request("DELETE", TODOS), 204, Other).await;
    check_headers(request("POST", TODOS), 415, Other).await;
}

#[tokio::test]
async fn every_refusal_carries_each_header_exactly_once() {
    let server = Server::start().await;
    for (path, kind) in [("/", Page), (ITEMS, Other), (TODOS, Other)] {
        for (name, value, status) in [
            ("host", "a b", 400),
            ("host", "evil.example", 421),
            ("origin", "null", 403),
        ] {
            check_headers(change(&server, path, &[(name, value)]), status, kind).await;
        }
    }
}

#[tokio::test]
async fn a_page_allows_its_own_inline_scripts_and_nothing_else_inline() {
    let server = Server::start().await;
    let response = server.get("/").await;
    let policy = header(&response, "content-security-policy").to_owned();
    let page = response.text().await.unwrap();
    let hash = |script: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    // A script with another media type is data, which the policy does not concern.
    let scripts = page.split("<script").skip(1);
    let scripts = scripts.filter(|script| !script.starts_with(" type=\"application/json\""));
    let hashes: Vec<String> = scripts
        .map(|script| {
            script
                .split_once('>')
                .unwrap()
                .1
                .split_once("</script>")
                .unwrap()
                .0
        })
        .filter(|script| !script.is_empty())
        .map(hash)
        .collect();
    assert_eq!(hashes.len(), 2, "{page}");
    let directives: Vec<&str> = policy.split("; ").collect();
    let [session, hydration] = [&hashes[0], &hashes[1]];
    let scripts = format!("script-src 'self' 'wasm-unsafe-eval' {hydration} {session}");
    let expected = [
        "default-src 'none'",
        &scripts,
        "script-src-attr 'none'",
        "style-src 'self'",
        "style-src-attr 'none'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ];
    assert_eq!(directives, expected);
    // The page contains nothing that the policy would block silently.
    for inline in [
        " style=",
        " onclick=",
        " onsubmit=",
        " oninput=",
        "<style",
        "javascript:",
    ] {
        assert!(!page.contains(inline), "{inline} in {page}");
    }
}

#[tokio::test]
async fn an_https_public_url_enables_strict_transport_security() {
    for (public_url, expected) in [
        (None, ""),
        (Some("http://todo.example"), ""),
        (Some("https://todo.example"), "max-age=31536000"),
    ] {
        let server = with_settings(public_url, "").await;
        for path in ["/", ITEMS, "/pkg/todo-list.css", "/nothing"] {
            let response = server.get(path).await;
            assert_eq!(
                header(&response, "strict-transport-security"),
                expected,
                "{public_url:?} {path}"
            );
        }
    }
}

#[tokio::test]
async fn a_refusal_names_the_setting_in_the_format_of_the_path() {
    let server = Server::start().await;
    let foreign = ("origin", "http://evil.example");
    let unknown = ("host", "todo.lan:5001");
    for (header, status, code, parts) in [
        (foreign, 403, "cross_origin", ["another site", "public-url"]),
        (unknown, 421, "unknown_host", ["todo.lan", "allowed-hosts"]),
        (
            ("host", ""),
            400,
            "invalid_host",
            ["Host header", "one valid"],
        ),
    ] {
        let text = async |path: &str, content_type: &str| {
            let response = send(change(&server, path, &[header])).await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(
                crate::spawn::header(&response, "content-type"),
                content_type,
                "{path}"
            );
            let text = response.text().await.unwrap();
            for part in parts {
                assert!(text.contains(part), "{part} is missing in {text}");
            }
            text
        };
        let page = text("/", "text/html; charset=utf-8").await;
        assert!(page.contains("<h1>Error: Refused.</h1>"), "{page}");
        let body: Value = serde_json::from_str(&text(ITEMS, "application/json").await).unwrap();
        assert_eq!(body, json!({ "error": body["error"] }));
        assert!(body["error"].is_string());
        let body: Value =
            serde_json::from_str(&text(TODOS, "application/problem+json").await).unwrap();
        assert_eq!(
            (&body["code"], &body["status"]),
            (&json!(code), &json!(status))
        );
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn links_begin_with_the_public_url_or_the_host_that_was_called() {
    for (public_url, host, expected) in [
        (None, "localhost:5001", "http://localhost:5001"),
        (
            Some("https://todo.example/"),
            "localhost:5001",
            "https://todo.example",
        ),
        (
            Some("http://todo.example:81"),
            "todo.example:81",
            "http://todo.example:81",
        ),
    ] {
        let server = with_settings(public_url, "").await;
        let response = send(change(&server, TODOS, &[("host", host)])).await;
        let location = header(&response, "location").to_owned();
        let todo: Value = response.json().await.unwrap();
        let url = format!("{expected}{TODOS}/{}", todo["id"].as_str().unwrap());
        assert_eq!(
            (location.as_str(), &todo["url"]),
            (url.as_str(), &json!(url))
        );
    }
}
