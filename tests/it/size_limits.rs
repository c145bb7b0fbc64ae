//! Size limits of requests and of the list, on every way in.

use serde_json::Value;

use todo_list::domain::{Command, Title};
use todo_list::server::store::{Store, new_item};

use crate::spawn::{Server, header};

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Every way in: method, path and content type.
pub fn ways_in(store: &Store) -> Vec<(&'static str, String, &'static str)> {
    let todo = store.list().items().next().unwrap().id;
    let mut ways = Vec::new();
    for path in ["/", "/active", "/completed", "/share", "/trash"] {
        ways.push(("POST", path.into(), FORM));
    }
    let list = "/api/v1/lists/home";
    ways.push(("POST", "/api/items".into(), JSON));
    ways.push((
        "POST",
        "/api/fn/exchange".into(),
        "application/octet-stream",
    ));
    ways.push(("POST", format!("{list}/commands"), JSON));
    ways.push(("POST", format!("{list}/todos"), JSON));
    ways.push(("PATCH", format!("{list}/todos/{todo}"), JSON));
    ways
}

/// The content type of the errors of a path.
pub fn error_content_type(path: &str) -> &'static str {
    if path.starts_with("/api/v1/") {
        "application/problem+json"
    } else if path.starts_with("/api/") {
        JSON
    } else {
        "text/html; charset=utf-8"
    }
}

#[tokio::test]
async fn a_body_over_64_kib_is_413_on_every_way_in_also_if_it_does_not_say_its_length() {
    let server = Server::start().await;
    for (method, path, content_type) in ways_in(&server.store) {
        let request = || {
            server
                .request(method, &path)
                .header("content-type", content_type)
        };
        let answer = request().body("x".repeat(65_537)).send().await.unwrap();
        assert_eq!(answer.status(), 413, "{path}");
        assert_eq!(
            header(&answer, "content-type"),
            error_content_type(&path),
            "{path}"
        );
        let answer = request().body("x".repeat(65_536)).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{path}");

        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-type: {content_type}\r\ntransfer-encoding: chunked\r\n\r\n"
        );
        let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
        let answer = server
            .send_raw(format!("{head}{}1\r\nx\r\n", chunk.repeat(4)).as_bytes())
            .await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_client_that_asks_first_is_spared_sending_a_body_that_is_too_long() {
    let server = Server::start().await;
    for (method, path, content_type) in ways_in(&server.store) {
        let head = |length: usize| {
            format!(
                "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                 content-type: {content_type}\r\nexpect: 100-continue\r\n\
                 content-length: {length}\r\n\r\n"
            )
        };
        // Without any byte of the body.
        let answer = server.send_raw(head(65_537).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{path}: {answer}");
        let body = "x".repeat(65_536);
        let request = format!("{}{body}", head(65_536));
        let answer = server.send_raw(request.as_bytes()).await;
        assert!(answer.contains("HTTP/1.1 400 "), "{path}: {answer}");
    }
}

#[tokio::test]
async fn an_encoded_body_is_415_on_every_way_in() {
    let server = Server::start().await;
    for (method, path, content_type) in ways_in(&server.store) {
        for (encoding, status) in [("gzip", 415), ("br, gzip", 415), ("Identity", 400)] {
            let request = server
                .request(method, &path)
                .header("content-type", content_type)
                .header("content-encoding", encoding);
            let answer = request.body("x").send().await.unwrap();
            assert_eq!(answer.status(), status, "{path} {encoding}");
            if status == 415 {
                let expected = error_content_type(&path);
                assert_eq!(header(&answer, "content-type"), expected, "{path}");
            }
        }
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_deep_document_is_400_on_every_way_in() {
    let server = Server::start().await;
    let deep = ["[".repeat(60_000), "{\"a\":".repeat(10_000)];
    let hidden = |name: &str| {
        format!(
            "{{\"{name}\":{}{}}}",
            "[".repeat(20_000),
            "]".repeat(20_000)
        )
    };
    for (method, path, content_type) in ways_in(&server.store) {
        for body in deep
            .clone()
            .into_iter()
            .chain(["item", "title", "commands", "x"].map(hidden))
        {
            let request = server
                .request(method, &path)
                .header("content-type", content_type);
            let answer = request.body(body).send().await.unwrap();
            assert_eq!(answer.status(), 400, "{path}");
        }
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_head_over_32_kib_or_100_headers_is_431() {
    let server = Server::start().await;
    let check = async |headers: String, status: &str| {
        let begin = "GET /api/items HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n";
        let answer = server
            .send_raw(format!("{begin}{headers}\r\n").as_bytes())
            .await;
        assert!(answer.starts_with(status), "{answer}");
    };
    let long = |bytes: usize| format!("x: {}\r\n", "y".repeat(bytes));
    check(long(32_000), "HTTP/1.1 200 ").await;
    check(long(33_000), "HTTP/1.1 431 ").await;
    check(long(10_000).repeat(4), "HTTP/1.1 431 ").await;
    check("x: y\r\n".repeat(98), "HTTP/1.1 200 ").await;
    check("x: y\r\n".repeat(99), "HTTP/1.1 431 ").await;
}

#[tokio::test]
async fn a_full_list_refuses_another_item_on_every_way_in() {
    let server = Server::start_full().await;
    let title = "one more";
    let form = |path: &str| {
        let request = server.request("POST", path).header("content-type", FORM);
        request.body(format!("title={title}"))
    };
    let json = |path: &str, body: Value| server.request("POST", path).json(&body);
    let add = serde_json::json!({ "add": { "id": new_item(Title::parse(title).unwrap()).id, "title": title, "at": "end" } });
    let batch = serde_json::json!({
        "client": "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39",
        "commands": [{ "seq": 1, "command": add }],
    });
    // `rpc` tests the exchange of the page, the tests of the program an import.
    for (request, status, words) in [
        (form("/"), 409, "The list is full"),
        (form("/active"), 409, "The list is full"),
        (form("/share"), 409, "The list is full"),
        (
            json("/api/items", serde_json::json!({ "item": title })),
            409,
            "The list is full",
        ),
        (
            json(
                "/api/v1/lists/home/todos",
                serde_json::json!({ "title": title }),
            ),
            409,
            "rejected",
        ),
        (
            json("/api/v1/lists/home/commands", batch),
            200,
            "\"list_full\"",
        ),
    ] {
        let answer = request.send().await.unwrap();
        let url = answer.url().to_string();
        assert_eq!(answer.status(), status, "{url}");
        let text = answer.text().await.unwrap();
        assert!(
            text.contains(words),
            "{url}: {}",
            &text[..text.len().min(500)]
        );
    }
    // After a removal another client fills the list, so the removal can no longer be undone.
    let id = server.store.list().items().next().unwrap().id;
    server
        .store
        .run(None, Command::Remove { id })
        .await
        .unwrap();
    let answer = form("/").send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let restore = server
        .request("POST", "/trash")
        .header("content-type", FORM);
    let answer = restore.body(format!("restore={id}")).send().await.unwrap();
    assert_eq!(answer.status(), 409);
    assert_eq!(server.store.list().len(), 100_000);
}
