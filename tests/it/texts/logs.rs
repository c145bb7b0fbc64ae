//! Hostile texts and the log: nobody can forge a line of it by what they send, and no text of a person is in it
//! unless it is asked for more than usual. It holds for whatever format the log has.

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
use crate::spawn::build_site;

/// What is in every title, and in nothing that the server itself says.
const MARK: &str = "k7qz";

/// Runs the program with this log, sends it all texts by several ways, stops it, and answers what it logged.
async fn log_of(filter: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    build_site(&folder.path().join("target/site"));
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
            // What no server would read as HTTP may be answered by closing the connection.
            let _ = request.send().await;
        }
        // The list stays short.
        let removed = client
            .delete(format!("{url}/api/v1/lists/home/todos"))
            .send()
            .await;
        assert_eq!(removed.unwrap().status(), 204);
    }
}

fn check_lines(lines: &[String]) {
    for line in lines {
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        let levels = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
        assert!(levels.iter().any(|level| line.contains(level)), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_of_a_person_is_in_the_usual_log() {
    let lines = log_of("info").await;
    check_lines(&lines);
    for line in &lines {
        assert!(!line.contains(MARK), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_text_makes_a_line_of_the_log() {
    let lines = log_of("debug").await;
    assert!(!lines.is_empty());
    check_lines(&lines);
    for line in &lines {
        assert!(
            !line.contains("INFO todo_list: forged") && !line.contains(MARK)
                || line.contains("DEBUG"),
            "{line:?}"
        );
    }
}
