//! The JSON of the API. It is still of version 1: newer commands and fields are additions, and changes are written as
//! version 1 has written them.

use std::fmt::Write;

use serde_json::{Value, json};

use todo_list::domain::version_1::{Change, Command};
use todo_list::domain::{self, Item, List, Timestamp, Title};
use todo_list::sync::PROTOCOL_VERSION;

use super::{as_json, catalogue, check, lines};
use crate::spawn::{KEY, Server};

const VERSION: i64 = 1;

#[tokio::test]
async fn the_api_understands_the_commands_of_version_1() {
    let server = Server::start().await;
    for (index, text) in lines("public-values", VERSION, "command, ")
        .iter()
        .enumerate()
    {
        let command: Value = serde_json::from_str(text).unwrap();
        let numbered = json!({ "seq": index + 1, "command": command });
        let body = json!({ "client": catalogue::client(), "commands": [numbered] });
        let request = server.request("POST", "/api/v1/lists/home/commands");
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200, "{text}");
        // The writer knows what the command was: it compares a repeated one with the first.
        let command: Command = serde_json::from_str(text).unwrap();
        let id = catalogue::command_id(index as u64 + 1);
        let repeated = server.store.run(Some(id), command.into()).await;
        let is_same = !matches!(
            repeated,
            Err(todo_list::server::store::StoreError::NumberTaken)
        );
        assert!(is_same, "{text}");
    }
}

#[test]
fn changes_are_written_as_version_1_has_written_them() {
    for text in lines("public-values", VERSION, "event, ") {
        let change = format!(
            r#"{{"revision":7,"command":{},"events":[{text}]}}"#,
            as_json(&catalogue::command_id(1))
        );
        let read: Change = serde_json::from_str(&change).unwrap();
        let today = domain::Change::from(read.clone());
        assert_eq!(as_json(&Change::from(&today)), change);
    }
    // An item that was added with fields: it is added, and then they are set.
    let change = Change::from(&catalogue::change());
    check("public-change", VERSION, &format!("{}\n", as_json(&change)));
}

#[test]
fn items_and_rejections_stay_the_same() {
    let rejections = catalogue::rejections().into_iter();
    let rejections: Vec<String> = rejections
        .map(|(_, rejection)| as_json(&rejection))
        .collect();
    assert_eq!(rejections, lines("public-values", VERSION, "rejection, "));
    assert_eq!(
        [as_json(&catalogue::item(1))],
        lines("public-values", VERSION, "item")[..]
    );
}

/// The server for the public answers: two items, one of them completed.
async fn server() -> Server {
    let title = |text| Title::parse(text).unwrap();
    let completed = Item {
        completed_at: Some(Timestamp(1_700_000_000_123)),
        order: Some(3),
        ..Item::new(catalogue::id(2), title("Caf\u{e9} <b>"))
    };
    let open = Item::new(catalogue::id(1), title("Buy milk"));
    Server::with_list(List::at_revision(KEY, 5, [open, completed])).await
}

/// Replaces the address, the epoch and the request ids, which differ in every run.
fn normalised(server: &Server, text: &str) -> String {
    let epoch = server.store.epoch().to_string();
    text.replace(&server.url, "URL").replace(&epoch, "EPOCH")
}

#[tokio::test]
async fn the_public_answers_stay_the_same() {
    let server = server().await;
    let mut text = String::new();
    let todo = format!("/api/v1/lists/home/todos/{}", catalogue::id(2));
    let commands = |first: u64, commands: Vec<Value>| {
        let number = |(seq, command)| json!({ "seq": seq, "command": command });
        let commands: Vec<Value> = (first..).zip(commands).map(number).collect();
        json!({ "client": catalogue::client(), "commands": commands })
    };
    let rename = |number| json!({ "rename": { "id": catalogue::id(number), "title": "Tea" } });
    let accepted_and_refused = commands(1, vec![rename(1), rename(9)]);
    let steps = [
        ("GET", "/api/items", None),
        ("POST", "/api/items", Some(json!({ "item": " " }))),
        ("POST", "/api/items", Some(json!({ "item": 1 }))),
        ("GET", "/api/nothing", None),
        ("GET", "/api/v1/lists/home", None),
        ("GET", "/api/v1/lists/other", None),
        ("GET", "/api/v1/lists/home?since=x", None),
        ("GET", "/api/v1/lists/home/todos", None),
        ("GET", &todo, None),
        ("PATCH", &todo, Some(json!({ "title": "" }))),
        ("PATCH", &todo, Some(json!({ "order": null }))),
        (
            "POST",
            "/api/v1/lists/home/commands",
            Some(accepted_and_refused.clone()),
        ),
        // The first answers repeated.
        (
            "POST",
            "/api/v1/lists/home/commands",
            Some(accepted_and_refused),
        ),
        (
            "POST",
            "/api/v1/lists/home/commands",
            Some(commands(3, vec![rename(2), json!({ "flip": {} })])),
        ),
        (
            "POST",
            "/api/v1/lists/home/commands",
            Some(commands(9, vec![rename(2)])),
        ),
        (
            "POST",
            "/api/v1/lists/home/commands",
            Some(commands(2, vec![rename(2)])),
        ),
        ("GET", "/api/v1/lists/home?since=6", None),
        ("GET", "/api/v1/lists/home?since=1", None),
    ];
    for (method, path, body) in steps {
        let mut request = server.request(method, path);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let answer = normalised(&server, &answer.text().await.unwrap());
        let body = body.map_or_else(String::new, |body| format!(" {body}"));
        writeln!(text, "{method} {path}{body}\n{status} {answer}\n").unwrap();
    }
    check("public-answers", VERSION, &text);
}

#[tokio::test]
async fn the_events_of_the_stream_stay_the_same() {
    for (format, file, version) in [
        ("json", "public-stream", VERSION),
        ("compact", "page-stream", PROTOCOL_VERSION.into()),
    ] {
        let mut text = String::new();
        let server = server().await;
        let rename = domain::Command::rename(catalogue::id(1), catalogue::unusual_title());
        let id = catalogue::command_id(1);
        server.store.run(Some(id), rename).await.unwrap();
        let cursor = server.store.cursor();
        let path = format!(
            "/api/v1/events?format={format}&version={version}&cursor={}-{}",
            cursor.epoch,
            cursor.revision - 1
        );
        let mut answer = server.get(&path).await;
        let mut stream = String::new();
        // The reconnection time is random for each reader.
        while !stream.contains("event: heartbeat\ndata: ") || !stream.ends_with("\n\n") {
            let piece = answer.chunk().await.unwrap().unwrap();
            stream += std::str::from_utf8(&piece).unwrap();
        }
        let lines = stream.lines().filter(|line| !line.starts_with("retry: "));
        for line in lines {
            writeln!(text, "{format}: {}", normalised(&server, line)).unwrap();
        }
        check(file, version, &text);
    }
}
