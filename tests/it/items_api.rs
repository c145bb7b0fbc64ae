//! `/api/items`, and unknown paths below `/api`.

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::spawn::{Server, header, status_and_json};

const MISSING: &str = "Missing item data in request";

async fn post(
    server: &Server,
    content_type: Option<&str>,
    body: impl Into<reqwest::Body>,
) -> (u16, Value) {
    let mut request = server.request("POST", "/api/items").body(body);
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    status_and_json(request.send().await.unwrap()).await
}

/// Posts JSON that must be refused, and asserts that the list is unchanged.
async fn check_refused(body: impl Into<reqwest::Body>, status: u16, message: &str) {
    let server = Server::start().await;
    let answer = post(&server, Some("application/json"), body).await;
    assert_eq!(answer, (status, json!({ "error": message })));
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn get_answers_the_titles_in_order() {
    let server = Server::start().await;
    let response = server.get("/api/items").await;
    assert_eq!(header(&response, "cache-control"), "no-store, no-transform");
    let expected = json!(["Build the front-end", "Connect to the back-end"]);
    assert_eq!(status_and_json(response).await, (200, expected));
}

#[tokio::test]
async fn post_adds_to_the_end_and_answers_the_trimmed_title() {
    let server = Server::start().await;
    for (sent, item) in [
        ("New task", "New task"),
        ("  x\u{301}\t<b>\"&\\ \n", "x\u{301}\t<b>\"&\\"),
    ] {
        let body = json!({ "item": sent }).to_string();
        let answer = post(&server, Some("application/json; charset=utf-8"), body).await;
        assert_eq!(answer, (201, json!({"status": "success", "item": item})));
        assert_eq!(server.items().await.last().map(String::as_str), Some(item));
    }
    assert_eq!(server.items().await.len(), 4);
}

#[tokio::test]
async fn the_longest_title_is_accepted() {
    let server = Server::start().await;
    let item = "\u{1f600}".repeat(500);
    let answer = post(
        &server,
        Some("application/json"),
        json!({ "item": item }).to_string(),
    )
    .await;
    assert_eq!(answer.0, 201);
    assert_eq!(server.items().await[2], item);
}

#[tokio::test]
async fn an_item_that_is_missing_or_blank_is_refused() {
    for body in [
        "{}",
        "[]",
        "null",
        "7",
        "\"item\"",
        r#"{"title": "x"}"#,
        r#"{"item": null}"#,
        r#"{"item": " \t "}"#,
    ] {
        check_refused(body, 400, MISSING).await;
    }
}

#[tokio::test]
async fn an_item_that_is_wrong_is_refused_with_the_reason() {
    for body in [
        r#"{"item": 1}"#,
        r#"{"item": ["x"]}"#,
        r#"{"item": {}}"#,
        r#"{"item": false}"#,
    ] {
        check_refused(body, 400, "The item must be a string").await;
    }
    let long = json!({ "item": "x".repeat(501) }).to_string();
    check_refused(
        long,
        400,
        "The item has 501 characters; at most 500 are allowed",
    )
    .await;
    for body in [
        r#"{"item": "a\nb"}"#,
        r#"{"item": "a\u0000b"}"#,
        r#"{"item": "a\u009fb"}"#,
    ] {
        check_refused(body, 400, "The item contains a control character").await;
    }
}

#[tokio::test]
async fn a_body_that_is_not_json_is_refused() {
    let not_json = "The request body is not valid JSON";
    for body in [
        "",
        "{",
        "item=x",
        r#"{"item": "x"} x"#,
        r#"{"item": "\ud800"}"#,
    ] {
        check_refused(body, 400, not_json).await;
    }
    check_refused(b"{\"item\": \"\xff\"}".to_vec(), 400, not_json).await;
    check_refused("[".repeat(60_000), 400, not_json).await;
}

#[tokio::test]
async fn another_content_type_or_none_is_refused() {
    let server = Server::start().await;
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonp",
        "x",
    ];
    for content_type in types.map(Some).into_iter().chain([None]) {
        let answer = post(&server, content_type, r#"{"item": "x"}"#).await;
        let expected = json!({"error": "The Content-Type must be application/json"});
        assert_eq!(answer, (415, expected), "{content_type:?}");
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_body_of_64_kib_is_read_and_a_longer_one_refused() {
    let body = |bytes: usize| {
        let json = r#"{"item": "x"}"#;
        json.to_owned() + &" ".repeat(bytes - json.len())
    };
    let server = Server::start().await;
    assert_eq!(
        post(&server, Some("application/json"), body(65_536))
            .await
            .0,
        201
    );
    check_refused(
        body(65_537),
        413,
        "The request body is larger than 65536 bytes",
    )
    .await;
}

#[tokio::test]
async fn a_long_body_of_unknown_length_is_refused_too() {
    let server = Server::start().await;
    let mut request = b"POST /api/items HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
        content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for _ in 0..5 {
        request.extend(format!("{:x}\r\n{}\r\n", 16_384, "[".repeat(16_384)).bytes());
    }
    request.extend(b"0\r\n\r\n");
    let answer = server.send_raw(&request).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(
        answer.ends_with(r#"{"error":"The request body is larger than 65536 bytes"}"#),
        "{answer}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_does_not_stop_the_server() {
    let server = Server::start().await;
    let address = server.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request =
        b"POST /api/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
        content-length: 100\r\n\r\n{\"item\": ";
    stream.write_all(request).await.unwrap();
    drop(stream);
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn bytes_that_are_not_http_are_answered_400() {
    let server = Server::start().await;
    for request in [
        "\0\x01\x02\r\n\r\n",
        "GET\r\n\r\n",
        "POST /api/items HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    ] {
        let answer = server.send_raw(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn another_method_is_refused_with_those_that_are_allowed() {
    let server = Server::start().await;
    for method in ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let response = server.request(method, "/api/items").send().await.unwrap();
        assert_eq!(header(&response, "allow"), "GET,HEAD,POST", "{method}");
        let (status, body) = status_and_json(response).await;
        assert_eq!(status, 405, "{method}");
        assert!(body["error"].is_string(), "{method}");
    }
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let server = Server::start().await;
    let response = server.request("HEAD", "/api/items").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "application/json");
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn an_unknown_path_below_api_is_answered_in_json() {
    let server = Server::start().await;
    for path in [
        "/api",
        "/api/",
        "/api/item",
        "/api/items/",
        "/api/items/1",
        "/api/fn/nothing",
        "/api/%00",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let response = server
                .request(method, path)
                .body("{}")
                .send()
                .await
                .unwrap();
            let expected = json!({"error": "There is nothing at this path"});
            assert_eq!(
                status_and_json(response).await,
                (404, expected),
                "{method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn additions_at_the_same_time_are_all_there_once() {
    let server = Server::start().await;
    let add = |n: usize| {
        let body = json!({ "item": format!("task {n}") }).to_string();
        let request = server
            .request("POST", "/api/items")
            .header("content-type", "application/json");
        tokio::spawn(async move { request.body(body).send().await.unwrap().status() })
    };
    let tasks: Vec<_> = (0..100).map(add).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), 201);
    }
    let mut items = server.items().await.split_off(2);
    items.sort_by_key(|item| item["task ".len()..].parse::<usize>().unwrap());
    let expected: Vec<String> = (0..100).map(|n| format!("task {n}")).collect();
    assert_eq!(items, expected);
}
