//! The v1 API: following a list, and commands in batches.

use reqwest::Response;
use serde_json::{Value, json};

use todo_list::domain::Cursor;

use crate::spawn::{Server, header, status_and_json};

const CLIENT: &str = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";
const COMMANDS: &str = "/api/v1/lists/home/commands";

fn item(number: u8) -> String {
    format!("0190f3a0-0000-7000-8000-0000000000{number:02}")
}

fn add(number: u8, title: &str) -> Value {
    json!({ "add": { "id": item(number), "title": title, "at": "end" } })
}

/// Sends commands numbered from `first`, and returns the response.
async fn send(server: &Server, first: u64, commands: &[Value]) -> Response {
    let numbered = commands.iter().zip(first..);
    let commands: Vec<Value> = numbered
        .map(|(command, seq)| json!({ "seq": seq, "command": command }))
        .collect();
    let request = server.request("POST", COMMANDS);
    request
        .json(&json!({ "client": CLIENT, "commands": commands }))
        .send()
        .await
        .unwrap()
}

/// Sends commands that must all be decided, and returns the results.
async fn results(server: &Server, first: u64, commands: &[Value]) -> Vec<Value> {
    let (status, body) = status_and_json(send(server, first, commands).await).await;
    assert_eq!(status, 200, "{body}");
    body["results"].as_array().unwrap().clone()
}

/// Asserts that a response is a problem with this status and code, and returns it.
async fn problem(response: Response, status: u16, code: &str) -> Value {
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    assert_eq!(response.status(), status);
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (&body["status"], &body["code"]),
        (&json!(status), &json!(code)),
        "{body}"
    );
    assert!(
        body["detail"].is_string() && body["title"].is_string(),
        "{body}"
    );
    body
}

async fn list(server: &Server, query: &str) -> Value {
    let (status, body) =
        status_and_json(server.get(&format!("/api/v1/lists/home{query}")).await).await;
    assert_eq!(status, 200);
    body
}

#[tokio::test]
async fn a_list_tells_its_revision_and_its_items() {
    let server = Server::start().await;
    results(&server, 1, &[add(1, "Buy milk")]).await;
    let body = list(&server, "").await;
    assert_eq!(
        (&body["id"], &body["revision"]),
        (&json!("home"), &json!(3))
    );
    let expected = json!({ "id": item(1), "title": "Buy milk", "completed_at": null, "order": null, "removed_at": null });
    assert_eq!(
        (body["items"].as_array().unwrap().len(), &body["items"][2]),
        (3, &expected)
    );
    assert_eq!(body.get("changes"), None);
}

#[tokio::test]
async fn a_list_that_is_known_is_not_sent_again() {
    let server = Server::start().await;
    let etag = header(&server.get("/api/v1/lists/home").await, "etag").to_owned();
    let cursor = server.store.cursor();
    assert_eq!(
        (etag.as_str(), cursor.revision),
        (format!("\"{cursor}\"").as_str(), 2)
    );
    let get = || {
        server
            .request("GET", "/api/v1/lists/home")
            .header("if-none-match", &etag)
    };
    assert_eq!(get().send().await.unwrap().status(), 304);
    results(&server, 1, &[add(1, "Buy milk")]).await;
    assert_eq!(get().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_cursor_gets_the_changes_or_the_whole_list() {
    let server = Server::start().await;
    let done = results(&server, 1, &[add(1, "a"), add(2, "b")]).await;
    let body = list(&server, "?since=2").await;
    assert_eq!(
        body["changes"],
        json!([done[0]["change"], done[1]["change"]])
    );
    assert_eq!((body.get("items"), &body["revision"]), (None, &json!(4)));
    assert_eq!(list(&server, "?since=4").await["changes"], json!([]));
    // A cursor of another epoch, or older than the history, gets the whole list.
    assert_eq!(
        list(&server, "?since=5").await["items"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    let many: Vec<Value> = (0..300)
        .map(|n| json!({ "rename": { "id": item(1), "title": format!("a{n}") } }))
        .collect();
    results(&server, 3, &many).await;
    assert_eq!(
        list(&server, "?since=4").await["items"]
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert_eq!(
        list(&server, "?since=290").await["changes"]
            .as_array()
            .unwrap()
            .len(),
        14
    );
    problem(
        server.get("/api/v1/lists/home?since=x").await,
        400,
        "invalid",
    )
    .await;
}

#[tokio::test]
async fn a_cursor_of_another_history_or_ahead_of_the_list_gets_the_whole_list() {
    let server = Server::start().await;
    let body = list(&server, "").await;
    let cursor: Cursor = body["cursor"].as_str().unwrap().parse().unwrap();
    assert_eq!(cursor, server.store.cursor());
    let done = results(&server, 1, &[add(1, "a")]).await;
    let since = |epoch: u64, revision: u64| list_since(&server, Cursor { epoch, revision });

    let body = since(cursor.epoch, 2).await;
    assert_eq!(body["changes"], json!([done[0]["change"]]));
    assert_eq!(
        body["cursor"].as_str(),
        Some(format!("{}-3", cursor.epoch).as_str())
    );
    assert_eq!(since(cursor.epoch, 3).await["changes"], json!([]));
    for (epoch, revision) in [(cursor.epoch, 4), (cursor.epoch ^ 1, 2)] {
        let body = since(epoch, revision).await;
        assert_eq!(body["items"].as_array().unwrap().len(), 3, "{body}");
        assert_eq!(body.get("changes"), None);
    }
    for since in ["-1", "1-", "-", "1-2-3", "a-1", "1 2"] {
        let path = format!("/api/v1/lists/home?since={since}");
        problem(server.get(&path).await, 400, "invalid").await;
    }
    // A restarted list in memory has another epoch.
    let other = Server::start().await.store.cursor();
    assert_ne!(other.epoch, cursor.epoch);
}

async fn list_since(server: &Server, cursor: Cursor) -> Value {
    list(server, &format!("?since={cursor}")).await
}

#[tokio::test]
async fn every_command_of_a_batch_is_answered_also_a_refused_one() {
    let server = Server::start().await;
    let commands = [
        add(1, "  Buy milk  "),
        json!({ "complete": { "id": item(1), "completed": true } }),
        json!({ "remove": { "id": item(9) } }),
        json!({ "move": { "id": item(1), "at": "start" } }),
        json!({ "revert": { "of": { "client": CLIENT, "seq": 2 } } }),
        json!("expire"),
    ];
    let first = results(&server, 1, &commands).await;
    let status: Vec<&str> = first
        .iter()
        .map(|result| result["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        status,
        [
            "accepted",
            "accepted",
            "refused",
            "accepted",
            "accepted",
            "unchanged"
        ]
    );
    assert_eq!(
        first[2]["rejection"],
        json!({ "no_such_item": { "id": item(9) } })
    );
    assert_eq!(
        first[0]["change"]["events"][0]["added"]["title"],
        "Buy milk"
    );
    assert_eq!(server.items().await[0], "Buy milk");
    // Repeated commands get the first answers and change nothing.
    assert_eq!(results(&server, 1, &commands).await, first);
    assert_eq!(list(&server, "").await["revision"], 6);
}

#[tokio::test]
async fn a_gap_and_a_number_that_is_taken_are_refused() {
    let server = Server::start().await;
    let body = problem(send(&server, 3, &[add(1, "a")]).await, 409, "out_of_order").await;
    assert_eq!(
        (&body["expected"], &body["seq"], &body["results"]),
        (&json!(1), &json!(3), &json!([]))
    );
    results(&server, 1, &[add(1, "a")]).await;
    let body = problem(send(&server, 1, &[add(2, "b")]).await, 409, "number_taken").await;
    assert_eq!(body["seq"], 1);
    assert_eq!(server.items().await.len(), 3);
}

#[tokio::test]
async fn a_wrong_command_is_named_with_its_field_and_nothing_of_the_batch_happens() {
    let server = Server::start().await;
    let check = async |wrong: Value, field: &str, words: &[&str]| {
        let response = send(&server, 5, &[add(1, "a"), wrong]).await;
        let body = problem(response, 400, "invalid").await;
        let named = (&body["index"], &body["seq"], &body["field"]);
        assert_eq!(named, (&json!(1), &json!(6), &json!(field)), "{body}");
        let detail = body["detail"].as_str().unwrap();
        for word in ["Command 2", "seq 6", field].iter().chain(words) {
            assert!(detail.contains(word), "{detail}");
        }
    };
    check(add(2, " "), "command.add.title", &["no text"]).await;
    let done = json!({ "edit": { "id": item(1), "done": true } });
    check(done, "command.edit.done", &["no field"]).await;
    let place = json!({ "move": { "id": item(1), "at": "middle" } });
    check(place, "command.move.at", &["start", "after"]).await;
    let unknown = json!({ "frobnicate": {} });
    check(
        unknown,
        "command.frobnicate",
        &["no such command", "add_all"],
    )
    .await;
    assert_eq!(list(&server, "").await["revision"], 2);
    for (body, words) in [
        (json!({ "commands": [] }), ["client", "missing"]),
        (
            json!({ "client": "me", "commands": [] }),
            ["client", "UUID"],
        ),
        (
            json!({ "client": CLIENT, "commands": {} }),
            ["commands", "array"],
        ),
        (
            json!({ "client": CLIENT, "commands": [{}] }),
            ["Command 1", "seq: It is missing"],
        ),
        (
            json!({ "client": CLIENT, "commands": [], "more": 1 }),
            ["more", "no field"],
        ),
    ] {
        let response = server.request("POST", COMMANDS).json(&body).send().await;
        let body = problem(response.unwrap(), 400, "invalid").await;
        let detail = body["detail"].as_str().unwrap();
        assert!(words.iter().all(|word| detail.contains(word)), "{detail}");
    }
}

#[tokio::test]
async fn what_is_not_a_batch_is_refused() {
    let server = Server::start().await;
    let nil = "00000000-0000-0000-0000-000000000000";
    let long = "x".repeat(501);
    let command = |command: Value| json!({ "client": CLIENT, "commands": [{ "seq": 1, "command": command }] });
    for body in [
        json!({}),
        json!([]),
        json!({ "client": "me", "commands": [] }),
        json!({ "client": nil, "commands": [] }),
        json!({ "client": CLIENT, "commands": [], "more": 1 }),
        command(json!("frobnicate")),
        command(json!({ "add": { "id": item(1) } })),
        command(add(1, " ")),
        command(add(1, &long)),
        command(add(1, "a\nb")),
        command(json!({ "move": { "id": item(1), "at": "middle" } })),
        json!({ "client": CLIENT, "commands": [{ "seq": -1, "command": "expire" }] }),
    ] {
        let response = server
            .request("POST", COMMANDS)
            .json(&body)
            .send()
            .await
            .unwrap();
        problem(response, 400, "invalid").await;
    }
    let post = || server.request("POST", COMMANDS);
    problem(
        post().body("{}").send().await.unwrap(),
        415,
        "unsupported_media_type",
    )
    .await;
    let large = post()
        .header("content-type", "application/json")
        .body(" ".repeat(65_537));
    problem(large.send().await.unwrap(), 413, "body_too_large").await;
    problem(server.get("/api/v1/lists/other").await, 404, "not_found").await;
    let response = server.get(COMMANDS).await;
    assert_eq!(
        (response.status().as_u16(), header(&response, "allow")),
        (405, "POST")
    );
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_missing_resource_is_a_problem() {
    let server = Server::start().await;
    for path in [
        "/api/v1",
        "/api/v1/",
        "/api/v1/lists",
        "/api/v1/lists/%ff",
        "/api/v1/lists/%ff/todos",
        "/api/v1/lists/home/todos/%ff",
        "/api/v1/lists/home/commands/1",
    ] {
        problem(server.get(path).await, 404, "not_found").await;
    }
    for path in [COMMANDS, "/api/v1/lists/home/todos", "/api/v1/events"] {
        let response = server.request("PUT", path).send().await.unwrap();
        assert_ne!(header(&response, "allow"), "", "{path}");
        problem(response, 405, "method_not_allowed").await;
    }
}
