//! The log: a line for each request, which no client can forge, and no text that a person typed.

use std::process::Command;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::program::{Running, add, last_words, program};
use crate::spawn::{Server, folder_with_page, header};

/// Characters that could begin a line, control a terminal, or reverse the text.
const HOSTILE: &str = "\u{2028}\u{2029}\u{85}\u{9b}31m\u{202e}";

fn start(arguments: &[&str]) -> (tempfile::TempDir, Running) {
    let folder = folder_with_page();
    let mut command: Command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]).args(arguments);
    (folder, Running::start(command))
}

/// Sends a raw request and returns the status.
async fn send(url: &str, path: &str, more: &str) -> u16 {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://"))
        .await
        .unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Whether a terminal shows the line unchanged, from left to right.
fn is_plain(line: &str) -> bool {
    !line
        .chars()
        .any(|char| char.is_control() || HOSTILE.contains(char) && !char.is_ascii())
}

#[tokio::test]
async fn each_request_is_one_line_without_its_query() {
    let (_folder, running) = start(&["--log", "todo_list=trace"]);
    assert_eq!(send(&running.url, "/api/items?q=secret", "").await, 200);
    assert_eq!(
        send(&running.url, "/nowhere", "X-Request-Id: mine-1\r\n").await,
        404
    );
    assert_eq!(add(&running.url, "secret").await, 201);
    let log = running.stop_and_read();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("::request:"))
        .collect();
    assert_eq!(lines.len(), 3, "{log}");
    assert!(!log.contains("secret"), "{log}");
    let begin =
        " DEBUG todo_list::request: answered method=\"GET\" path=\"/api/items\" status=200 ms=";
    assert!(lines[0].contains(begin), "{log}");
    assert!(lines[0].contains(" request_id=\""), "{log}");
    assert!(lines[1].contains(" path=\"/nowhere\" status=404 "), "{log}");
    assert!(lines[1].ends_with(" request_id=\"mine-1\""), "{log}");
    assert!(lines[2].contains(" method=\"POST\" "), "{log}");
}

#[tokio::test]
async fn in_json_each_line_is_an_object() {
    let (_folder, running) = start(&["--log", "todo_list=trace", "--log-format", "json"]);
    let path = format!("/x{HOSTILE}");
    assert_eq!(
        send(&running.url, &path, "X-Request-Id: mine-1\r\n").await,
        404
    );
    let log = running.stop_and_read();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(log.lines().all(is_plain), "{log}");
    let line = &lines[0];
    assert_eq!(line["level"], "DEBUG");
    assert_eq!(line["target"], "todo_list::request");
    assert_eq!(line["message"], "answered");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["path"], path);
    assert_eq!(line["status"], 404);
    assert!(line["ms"].is_f64(), "{log}");
    assert_eq!(line["request_id"], "mine-1");
    assert!(line["timestamp"].is_string(), "{log}");
    assert_eq!(lines[1]["message"], "stopped");
}

#[test]
fn in_json_the_last_words_are_an_object_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    command.env("TODO_LIST_LOG_FORMAT", "json");
    let words = last_words(&mut command);
    let line: Value = serde_json::from_str(&words).expect(&words);
    assert_eq!(line["level"], "ERROR");
    let message = line["message"].as_str().unwrap();
    assert!(message.starts_with("the page is not built: "), "{message}");
}

#[tokio::test]
async fn no_request_can_forge_a_log_line() {
    let (_folder, running) = start(&["--log", "trace"]);
    let forged = "\" status=200\n2026-01-01T00:00:00Z ERROR todo_list: forged";
    let encoded = "/a%0A2026-01-01%1B%5B31m\"b";
    let mut answered = 0;
    for path in [encoded, &format!("/a{HOSTILE}b")] {
        assert_eq!(send(&running.url, path, "").await, 404, "{path:?}");
        answered += 1;
    }
    // Bytes that are not HTTP are refused before they become a request.
    for path in ["/a\u{1b}[31m", "/a\u{7f}"] {
        assert_eq!(send(&running.url, path, "").await, 400, "{path:?}");
    }
    for header in ["X-Request-Id", "User-Agent", "Referer", "X-Forwarded-For"] {
        let status = send(
            &running.url,
            "/",
            &format!("{header}: a{HOSTILE}\u{1b}b\r\n"),
        )
        .await;
        assert!(matches!(status, 200 | 400), "{header}");
        let given = format!("{header}: forged{HOSTILE}\r\n");
        assert_eq!(send(&running.url, "/", &given).await, 200, "{header}");
        answered += 1 + usize::from(status == 200);
    }
    for title in [
        forged,
        "\u{1b}[31mforged",
        &format!("forged{HOSTILE}"),
        "forged\u{2028}",
    ] {
        let expected = if title == "forged\u{2028}" { 201 } else { 400 };
        assert_eq!(add(&running.url, title).await, expected, "{title:?}");
        answered += 1;
    }
    let log = running.stop_and_read();
    let lines = log.lines().filter(|line| line.contains("::request:"));
    assert_eq!(lines.count(), answered, "{log}");
    assert!(!log.contains("forged"), "{log}");
    for line in log.lines() {
        assert!(is_plain(line), "{line:?}");
        assert!(
            line.contains("Z DEBUG ") || line.contains("Z  INFO ") || line.contains("Z TRACE ")
        );
    }
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_a_harmless_one_is_kept() {
    let server = Server::start().await;
    let mut seen = Vec::new();
    for path in ["/", "/pkg/todo-list.js", "/api/nothing", "/healthz"] {
        seen.push(header(&server.get(path).await, "x-request-id").to_owned());
    }
    let refused = server.request("GET", "/").header("host", "evil.example");
    let refused = refused.send().await.unwrap();
    assert_eq!(refused.status(), 421);
    seen.push(header(&refused, "x-request-id").to_owned());
    for given in [
        "from-a-proxy_1.2",
        "two words",
        &"x".repeat(65),
        "a\u{2028}",
    ] {
        let request = server.request("GET", "/").header("x-request-id", given);
        let id = header(&request.send().await.unwrap(), "x-request-id").to_owned();
        assert_eq!(id == given, given == "from-a-proxy_1.2", "{id}");
        seen.push(id);
    }
    assert!(seen.iter().all(|id| !id.is_empty()), "{seen:?}");
    seen.sort();
    let count = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), count, "{seen:?}");
}
