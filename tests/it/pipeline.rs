//! An empty query changes neither the answer nor the metrics, whatever the pipeline decides; HEAD answers as GET.

use std::collections::BTreeMap;

use reqwest::{RequestBuilder, Response};

use crate::access::{protected, sign_in};
use crate::spawn::{Server, header};

const JSON: &str = "application/json";

/// Method, path, content type and body.
type Case = (&'static str, &'static str, &'static str, &'static str);

const CASES: [Case; 9] = [
    ("GET", "/", "", ""),
    ("GET", "/active", "", ""),
    ("GET", "/completed", "", ""),
    ("GET", "/api/items", "", ""),
    ("GET", "/api/v1/lists/home", "", ""),
    ("POST", "/api/items", JSON, r#"{"item": "x"}"#),
    ("POST", "/api/items", JSON, r#"{"item": 1}"#),
    ("POST", "/api/items", JSON, "{"),
    ("POST", "/api/items", "text/plain", r#"{"item": "x"}"#),
];

/// An answer without the parts that differ in every answer.
async fn comparable(response: Response) -> (u16, BTreeMap<String, String>, String) {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let mut headers: BTreeMap<_, _> = headers.collect();
    let id = headers.remove("x-request-id");
    assert!(id.is_some(), "{headers:?}");
    for name in ["date", "location"] {
        headers.remove(name);
    }
    (status, headers, response.text().await.unwrap())
}

async fn check_both(server: &Server, change: impl Fn(RequestBuilder) -> RequestBuilder) {
    for (method, path, kind, body) in CASES {
        let mut answers = Vec::new();
        for path in [path.to_owned(), format!("{path}?")] {
            let request = server.request(method, &path).header("content-type", kind);
            let request = change(request.header("accept", "text/html").body(body));
            answers.push(comparable(request.send().await.unwrap()).await);
        }
        assert_eq!(answers[0], answers[1], "{method} {path} {kind} {body}");
    }
}

#[tokio::test]
async fn an_empty_query_does_not_change_the_answer() {
    let server = Server::start().await;
    check_both(&server, |request| request).await;
    check_both(&server, |request| request.header("host", "evil.example")).await;
    check_both(&server, |request| request.header("origin", "null")).await;
    check_both(&server, |request| request.body("x".repeat(65_537))).await;

    let server = protected().await;
    check_both(&server, |request| request).await;
    let cookie = sign_in(&server).await;
    check_both(&server, |request| request.header("cookie", &cookie)).await;
}

#[tokio::test]
async fn an_empty_query_counts_as_the_same_route() {
    let server = Server::start().await;
    check_both(&server, |request| request).await;
    let text = server.store.metrics().as_text(&server.store.list());
    let counts = text.lines().filter_map(|line| {
        let (series, count) = line.split_once(' ')?;
        let is_count = series.starts_with("todo_list_http_requests_total{");
        Some((series, count)).filter(|_| is_count)
    });
    let counts: BTreeMap<&str, &str> = counts.collect();
    let series = |method: &str, route: &str, class: &str| {
        format!(
            "todo_list_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{class}\"}}"
        )
    };
    let expected = [
        (series("GET", "/", "2xx"), "2"),
        (series("GET", "/active", "2xx"), "2"),
        (series("GET", "/completed", "2xx"), "2"),
        (series("GET", "/api/items", "2xx"), "2"),
        (series("GET", "/api/v1/lists/{list}", "2xx"), "2"),
        (series("POST", "/api/items", "2xx"), "2"),
        (series("POST", "/api/items", "4xx"), "6"),
    ];
    let expected = expected
        .iter()
        .map(|(series, count)| (series.as_str(), *count));
    assert_eq!(counts, expected.collect());
}

#[tokio::test]
async fn a_head_has_the_headers_of_the_answer_and_no_body() {
    let server = Server::start().await;
    for path in ["/", "/api/items", "/api/v1/lists/home"] {
        let length = server.get(path).await.text().await.unwrap().len();
        let head = server.request("HEAD", path).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        assert_eq!(
            header(&head, "content-length"),
            length.to_string(),
            "{path}"
        );
        assert_eq!(head.text().await.unwrap(), "", "{path}");
    }
}
