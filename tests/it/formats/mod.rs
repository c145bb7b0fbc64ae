//! The bytes of all stored and transferred formats: the public JSON, the rows of the journal, the calls between page
//! and
//! server, and the entries that the page stores in the browser. `tests/golden` holds them; a change to these files is a
//! change of a format.
//!
//! `TODO_LIST_GOLDEN=write` rewrites the files.

mod catalogue;
mod page;

use std::fmt::{Debug, Write};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use todo_list::domain::encoding::{decode, encode};
use todo_list::domain::{Change, Item, List, Rejection, Snapshot, Timestamp, Title};
use todo_list::server::journal::{Journal, Record, SqliteJournal};

use crate::spawn::{KEY, Server};

/// Compares a text with a golden file.
fn check(file: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(file);
    if std::env::var("TODO_LIST_GOLDEN").is_ok_and(|how| how == "write") {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    for (number, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(expected, found, "{file}, line {}", number + 1);
    }
    assert_eq!(expected.lines().count(), found.lines().count(), "{file}");
}

/// Encodes a value as JSON, and asserts that it decodes to the same value.
fn as_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value);
    text
}

/// Encodes a signed value in base64, and asserts that it decodes to the same value.
fn as_signed<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let bytes = encode(value).unwrap();
    assert_eq!(decode::<T>(&bytes).unwrap(), *value);
    STANDARD.encode(bytes)
}

#[test]
fn the_public_json_of_each_value_stays_the_same() {
    let mut text = String::new();
    for (name, command) in catalogue::commands() {
        writeln!(text, "command, {name}: {}", as_json(&command)).unwrap();
    }
    for (name, event) in catalogue::events() {
        writeln!(text, "event, {name}: {}", as_json(&event)).unwrap();
    }
    for (name, rejection) in catalogue::rejections() {
        writeln!(text, "rejection, {name}: {}", as_json(&rejection)).unwrap();
    }
    writeln!(text, "item: {}", as_json(&catalogue::item(1))).unwrap();
    check("public-values.txt", &text);
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
    check("public-answers.txt", &text);
}

#[tokio::test]
async fn the_events_of_the_stream_stay_the_same() {
    let mut text = String::new();
    for format in ["json", "compact"] {
        let server = server().await;
        let add = catalogue::commands().swap_remove(4).1;
        let id = catalogue::command_id(1);
        server.store.run(Some(id), add).await.unwrap();
        let cursor = server.store.cursor();
        let path = format!(
            "/api/v1/events?format={format}&cursor={}-{}",
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
    }
    check("stream.txt", &text);
}

#[test]
fn the_bytes_of_calls_and_answers_stay_the_same() {
    let mut text = String::new();
    let call = encode(&page::call()).unwrap();
    writeln!(text, "call: {}", STANDARD.encode(call)).unwrap();
    for (name, answer) in page::answers() {
        writeln!(text, "answer, {name}: {}", as_signed(&answer)).unwrap();
    }
    for (name, error) in page::call_errors() {
        writeln!(text, "error, {name}: {}", as_signed(&error)).unwrap();
    }
    writeln!(text, "change: {}", as_signed(&catalogue::change())).unwrap();
    check("page-protocol.txt", &text);
}

#[test]
fn what_the_page_stores_in_the_browser_stays_the_same() {
    let mut text = String::new();
    for (name, entry) in page::entries() {
        let key = STANDARD.encode(entry.key());
        writeln!(text, "{name}: {key} {}", as_signed(&entry)).unwrap();
    }
    check("browser-storage.txt", &text);
}

/// One record for each command and each rejection, and as many more as a snapshot needs.
fn records() -> (Vec<Record>, List) {
    let mut list = List::new(KEY);
    let at = Timestamp(1_700_000_000_456);
    let mut records = Vec::new();
    let mut take = |command, answer: Result<Vec<_>, Rejection>| {
        let id = catalogue::command_id(records.len() as u64 + 1);
        let answer = answer.map(|events| {
            Arc::new(Change {
                revision: list.revision() + 1,
                command: id,
                events,
            })
        });
        match &answer {
            Ok(change) => list.apply(change.clone()),
            Err(_) => list.reject(id),
        }
        records.push(Record {
            id,
            at,
            command,
            answer,
        });
    };
    let added = |number| catalogue::id(number);
    for number in [2, 1, 3] {
        let event = todo_list::domain::Event::Added {
            id: added(number),
            title: Title::parse("Buy milk").unwrap(),
            after: None,
        };
        take(catalogue::commands().swap_remove(0).1, Ok(vec![event]));
    }
    for (_, command) in catalogue::commands() {
        take(command, Ok(Vec::new()));
    }
    for (_, event) in catalogue::events() {
        take(catalogue::commands().swap_remove(4).1, Ok(vec![event]));
    }
    for (_, rejection) in catalogue::rejections() {
        take(catalogue::commands().swap_remove(4).1, Err(rejection));
    }
    (records, list)
}

#[test]
fn the_rows_of_the_journal_stay_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (records, mut list) = records();
    let (mut journal, loaded) = SqliteJournal::open(folder.path()).unwrap();
    journal.append_at_end(&records, || {}).unwrap();
    journal.acknowledge(loaded.id, list.revision()).unwrap();
    // A snapshot is due after a thousand commands.
    let refused = (records.len() as u64 + 1..=1_000).map(|seq| Record {
        id: catalogue::command_id(seq),
        ..records.last().unwrap().clone()
    });
    let refused: Vec<_> = refused.collect();
    for record in &refused {
        list.reject(record.id);
    }
    journal.append_at_end(&refused, || {}).unwrap();
    journal.save_snapshot_if_due(&list).unwrap();
    drop(journal);
    let (mut journal, read) = SqliteJournal::open(folder.path()).unwrap();
    assert_eq!(read.list, list);
    for record in &records {
        let found = journal.find(read.id, record.id).unwrap();
        assert_eq!(found.as_ref(), Some(record));
    }
    drop(journal);

    let connection = Connection::open(folder.path().join("todo-list.db")).unwrap();
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    let mut text = format!("version: {version}\n");
    let mut select = connection
        .prepare("SELECT number, hex(list), hex(client), seq, at, command, answer, checksum FROM entry ORDER BY number LIMIT ?")
        .unwrap();
    let mut rows = select.query([records.len() as i64]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let number = |index| row.get::<_, i64>(index).unwrap();
        let column = |index| row.get::<_, String>(index).unwrap();
        writeln!(
            text,
            "row {} {} {} {} {}\n  {}\n  {}\n  {}",
            number(0),
            column(1),
            column(2),
            number(3),
            number(4),
            column(5),
            column(6),
            number(7),
        )
        .unwrap();
    }
    let (body, checksum): (String, i64) = connection
        .query_row("SELECT body, checksum FROM snapshot", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    let snapshot: Snapshot = serde_json::from_str(&body).unwrap();
    assert_eq!(snapshot.into_list(KEY).unwrap(), list);
    writeln!(text, "snapshot {checksum}\n  {body}").unwrap();
    check("journal.txt", &text);
}
