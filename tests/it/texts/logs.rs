//! Hostile texts and the log: no text that a client sends makes a line of it, and no title is in it.

use std::io::{BufRead, BufReader, Read};
use std::process::Command;
use std::thread;

use reqwest::Client;
use reqwest::header::HeaderValue;
use serde_json::json;

use super::{FORM, encoded};
use crate::hostile::texts;
use crate::limits::wait;
use crate::program::program;
use crate::spawn::folder_with_page;

/// A text that is in every title, and in no message of the server.
const MARK: &str = "k7qz";

/// Runs the program with this log filter, sends all texts on several ways, stops it, and returns the log lines.
async fn log_of(filter: &str) -> Vec<String> {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    let mut child = command
        .args(["--addr", "127.0.0.1:0", "--log", filter])
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    let url = loop {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "it does not listen");
        if let Some((_, rest)) = line.split_once("listening on http://") {
            break format!("http://{}", rest.split('/').next().unwrap());
        }
    };
    let reader = thread::spawn(move || {
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        rest
    });
    send_all(&url).await;
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    assert!(wait(&mut child).success());
    reader
        .join()
        .unwrap()
        .split_terminator('\n')
        .map(String::from)
        .collect()
}

async fn send_all(url: &str) {
    let client = Client::new();
    for text in texts() {
        let title = format!("{MARK}{text}{MARK}");
        let (in_title, in_text) = (encoded(&title), encoded(&text));
        let mut requests = vec![
            client
                .post(format!("{url}/api/items"))
                .json(&json!({ "item": title })),
            client
                .post(format!("{url}/api/v1/lists/home/todos"))
                .json(&json!({ "title": title })),
            client
                .post(format!("{url}/share"))
                .header("content-type", FORM)
                .body(format!("title={in_title}")),
            client.get(format!("{url}/trash?q={in_title}")),
            client.get(format!("{url}/share?text={in_title}")),
            client.get(format!("{url}/{in_text}")),
            client.get(format!("{url}/api/v1/{in_text}")),
        ];
        if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
            for name in [
                "host",
                "origin",
                "user-agent",
                "cookie",
                "x-forwarded-for",
                "x-request-id",
            ] {
                requests.push(client.post(url).header(name, &value));
            }
        }
        for request in requests {
            // The server may close the connection on bytes that are not HTTP.
            let _ = request.send().await;
        }
        // Keeps the list short.
        let removed = client
            .delete(format!("{url}/api/v1/lists/home/todos"))
            .send()
            .await;
        assert_eq!(removed.unwrap().status(), 204);
    }
}

/// A line of the log, as the server writes it.
struct Line<'a> {
    level: &'a str,
    message: &'a str,
}

impl<'a> Line<'a> {
    /// Reads `2026-01-31T12:00:00.000000Z  INFO target: message`.
    fn parse(line: &'a str) -> Option<Self> {
        let (time, rest) = line.split_at_checked(27)?;
        let shape = time.replace(|c: char| c.is_ascii_digit(), "0");
        let (level, rest) = rest.trim_start().split_once(' ')?;
        let (target, message) = rest.trim_start().split_once(": ")?;
        let is_line = shape == "0000-00-00T00:00:00.000000Z" && !target.contains(' ');
        is_line.then_some(Self { level, message })
    }
}

/// Lines that the server has written, with nothing in them that ends a line or turns the order of its characters.
fn check_lines(lines: &[String]) {
    for line in lines {
        let is_invisible = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}');
        assert!(!line.contains(is_invisible), "{line:?}");
        let parsed = Line::parse(line);
        let Line { level, message } = parsed.unwrap_or_else(|| panic!("no line: {line:?}"));
        let levels = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
        assert!(levels.contains(&level), "{line:?}");
        assert!(!message.starts_with("forged"), "{line:?}");
        assert!(!line.contains(MARK), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_title_is_in_the_usual_log() {
    let lines = log_of("info").await;
    assert!(!lines.is_empty());
    check_lines(&lines);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_makes_a_line_of_the_log() {
    let lines = log_of("debug").await;
    // Paths are logged at this level, and one of the texts in them reads as a line.
    assert!(lines.iter().any(|line| line.contains("forged")));
    check_lines(&lines);
}
