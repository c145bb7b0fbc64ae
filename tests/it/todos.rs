//! The todo resources: the Todo-Backend contract and its extensions.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::header::HeaderValue;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use todo_list::domain::{Command, List, Title};

use crate::event_reader::Events;
use crate::routes::routes_in_source;
use crate::spawn::{Server, header, status_and_json};

const TODOS: &str = "/api/v1/lists/home/todos";

async fn send(request: RequestBuilder) -> Response {
    request.send().await.unwrap()
}

async fn create(server: &Server, body: Value) -> Value {
    let (status, todo) =
        status_and_json(send(server.request("POST", TODOS).json(&body)).await).await;
    assert_eq!(status, 201, "{todo}");
    todo
}

/// The path of a todo, from its absolute URL.
fn path(server: &Server, todo: &Value) -> String {
    let url = todo["url"].as_str().unwrap();
    url.strip_prefix(&server.url)
        .unwrap_or_else(|| panic!("{url}"))
        .to_owned()
}

async fn todos(server: &Server) -> Vec<Value> {
    let (status, body) = status_and_json(server.get(TODOS).await).await;
    assert_eq!(status, 200);
    body.as_array().unwrap().clone()
}

async fn check_problem(response: Response, status: u16, code: &str) {
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    let found = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert_eq!((found, &body["code"]), (status, &json!(code)), "{body}");
}

#[tokio::test]
async fn the_contract_of_the_collection() {
    let server = Server::start().await;
    assert_eq!(send(server.request("DELETE", TODOS)).await.status(), 204);
    assert_eq!(todos(&server).await, Vec::<Value>::new());
    let response = send(
        server
            .request("POST", TODOS)
            .json(&json!({ "title": "walk the dog" })),
    )
    .await;
    let location = header(&response, "location").to_owned();
    let (status, todo) = status_and_json(response).await;
    assert_eq!(
        (status, &todo["title"], &todo["completed"]),
        (201, &json!("walk the dog"), &json!(false))
    );
    assert_eq!(todo["url"], location);
    assert_eq!(
        status_and_json(server.get(&path(&server, &todo)).await).await,
        (200, todo.clone())
    );
    assert_eq!(todos(&server).await, [todo]);
}

#[tokio::test]
async fn the_contract_of_a_todo() {
    let server = Server::start().await;
    let todo = create(
        &server,
        json!({ "title": "initial title", "order": 523, "completed": true }),
    )
    .await;
    assert_eq!(
        (&todo["order"], &todo["completed"]),
        (&json!(523), &json!(true))
    );
    let path = path(&server, &todo);
    for (field, value) in [
        ("title", json!("bathe the cat")),
        ("completed", json!(false)),
        ("order", json!(95)),
        ("order", json!(null)),
    ] {
        let change = server
            .request("PATCH", &path)
            .json(&json!({ field: value }));
        let (status, changed) = status_and_json(send(change).await).await;
        assert_eq!((status, &changed[field]), (200, &value));
        assert_eq!(
            status_and_json(server.get(&path).await).await,
            (200, changed.clone())
        );
        assert_eq!(todos(&server).await[2], changed);
    }
    assert_eq!(send(server.request("DELETE", &path)).await.status(), 204);
    assert_eq!(todos(&server).await.len(), 2);
    for method in ["GET", "DELETE"] {
        check_problem(send(server.request(method, &path)).await, 404, "not_found").await;
    }
    check_problem(
        send(server.request("PATCH", &path).json(&json!({}))).await,
        404,
        "not_found",
    )
    .await;
}

#[tokio::test]
async fn several_fields_are_one_change_or_none() {
    let server = Server::start().await;
    let before = server.store.revision();
    let todo = create(
        &server,
        json!({ "title": "a", "completed": true, "order": 7 }),
    )
    .await;
    assert_eq!(
        (&todo["completed"], &todo["order"]),
        (&json!(true), &json!(7))
    );
    assert!(todo["completed_at"].is_u64());
    assert_eq!(server.store.revision(), before + 1);
    let path = path(&server, &todo);
    let patch = async |body: Value| send(server.request("PATCH", &path).json(&body)).await;
    let fields = json!({ "title": "b", "completed": false, "order": null });
    assert_eq!(patch(fields).await.status(), 200);
    assert_eq!(server.store.revision(), before + 2);
    // A title that is none: nothing of the rest happens.
    let wrong = json!({ "title": "\u{0}", "completed": true, "order": 1 });
    check_problem(patch(wrong).await, 400, "invalid").await;
    assert_eq!(server.store.revision(), before + 2);
    let todo = status_and_json(server.get(&path).await).await.1;
    let found = (&todo["title"], &todo["completed"], &todo["order"]);
    assert_eq!(found, (&json!("b"), &json!(false), &Value::Null));
}

#[tokio::test]
async fn what_changes_nothing_takes_no_place_in_the_history() {
    let server = Server::start().await;
    let todo = create(&server, json!({ "title": "a" })).await;
    let path = path(&server, &todo);
    let of = server.store.list().changes_since(2).unwrap()[0].command;
    let mut events = Events::after(&server, server.store.cursor()).await;
    events.expect("heartbeat", server.store.cursor()).await;
    for _ in 0..=List::MAX_HISTORY {
        for body in [
            json!({ "title": "a", "completed": false, "order": null }),
            json!({}),
        ] {
            let response = send(server.request("PATCH", &path).json(&body)).await;
            assert_eq!(response.status(), 200);
        }
    }
    // The next event is that of the next change, and what came before can still be undone.
    let add = server.store.add(Title::parse("b").unwrap()).await.unwrap();
    assert_eq!(Some(events.change().await), add.as_deref().cloned());
    let undone = server
        .store
        .run(None, Command::Revert { of })
        .await
        .unwrap();
    assert_eq!(undone.unwrap().events.len(), 1);
}

#[tokio::test]
async fn a_version_that_is_not_current_is_answered_412() {
    let server = Server::start().await;
    let todo = create(&server, json!({ "title": "a" })).await;
    let path = path(&server, &todo);
    let first = header(&server.get(&path).await, "etag").to_owned();
    let patch = |tag: &str, title: &str| {
        let request = server.request("PATCH", &path).header("if-match", tag);
        send(request.json(&json!({ "title": title, "completed": true })))
    };
    let response = patch(&first, "b").await;
    assert_eq!(response.status(), 200);
    let second = header(&response, "etag").to_owned();
    assert_ne!(second, first);
    check_problem(patch(&first, "c").await, 412, "changed").await;
    // An unreadable condition does not hold.
    for tag in [&b"\xff"[..], b"\"\xff\"", b"", b"*, *"] {
        let tag = HeaderValue::from_bytes(tag).unwrap();
        let request = server.request("DELETE", &path).header("if-match", &tag);
        check_problem(send(request).await, 412, "changed").await;
        let request = server.request("PATCH", &path).header("if-match", tag);
        let request = request.json(&json!({ "title": "c" }));
        check_problem(send(request).await, 412, "changed").await;
    }
    let remove = |tag: &str| send(server.request("DELETE", &path).header("if-match", tag));
    check_problem(remove(&first).await, 412, "changed").await;
    let known = server
        .request("GET", &path)
        .header("if-none-match", &second);
    assert_eq!(send(known).await.status(), 304);
    assert_eq!(patch("*", "d").await.status(), 200);
    let third = header(&server.get(&path).await, "etag").to_owned();
    assert_eq!(remove(&format!("\"x\", {third}")).await.status(), 204);
}

/// Sends a request with these conditions, each a header and its value. Returns the status.
async fn status_if(
    server: &Server,
    (method, path, body): (&str, &str, Value),
    conditions: &[(&str, &str)],
) -> u16 {
    let mut request = server.request(method, path);
    for (name, value) in conditions {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.json(&body);
    }
    let response = send(request).await;
    let status = response.status().as_u16();
    if status == 412 {
        let code = if path.starts_with("/api/v1") {
            "code"
        } else {
            "error"
        };
        let body: Value = response.json().await.unwrap();
        assert!(body[code].is_string(), "{body}");
    }
    status
}

#[tokio::test]
async fn a_change_of_the_whole_list_takes_conditions_too() {
    let server = Server::start().await;
    let batch = json!({ "client": "01900000-0000-7000-8000-0000000000ff", "commands": [] });
    for (path, change, success) in [
        (TODOS, ("POST", TODOS, json!({ "title": "a" })), 201),
        (
            "/api/items",
            ("POST", "/api/items", json!({ "item": "a" })),
            201,
        ),
        (
            "/api/v1/lists/home",
            ("POST", TODOS, json!({ "title": "a" })),
            201,
        ),
        (TODOS, ("DELETE", TODOS, Value::Null), 204),
    ] {
        for accept in ["identity", "gzip", "br"] {
            let get = server
                .request("GET", path)
                .header("accept-encoding", accept);
            let tag = header(&send(get).await, "etag").to_owned();
            let check = async |conditions: &[(&str, &str)], status: u16| {
                let actual = status_if(&server, change.clone(), conditions).await;
                assert_eq!(actual, status, "{change:?} {conditions:?}");
            };
            check(&[("if-match", "\"old\"")], 412).await;
            check(&[("if-match", &format!("W/{tag}"))], 412).await;
            check(&[("if-match", "x")], 412).await;
            check(&[("if-none-match", "*")], 412).await;
            check(&[("if-none-match", &tag)], 412).await;
            check(&[("if-none-match", &format!("W/{tag}"))], 412).await;
            check(&[("if-match", &tag), ("if-none-match", "\"old\"")], success).await;
            if change.0 == "POST" {
                // The first change has made the tag old.
                check(&[("if-match", &tag)], 412).await;
            }
            check(&[("if-match", "*")], success).await;
        }
    }
    let commands = "/api/v1/lists/home/commands";
    for (conditions, status) in [
        (("if-match", "*"), 412),
        (("if-match", "\"a\""), 412),
        (("if-none-match", "*"), 200),
    ] {
        let change = ("POST", commands, batch.clone());
        assert_eq!(status_if(&server, change, &[conditions]).await, status);
    }
    // Forms and server functions have no conditions.
    for path in ["/", "/trash", "/api/fn/exchange"] {
        let request = server.request("POST", path).header("if-match", "*");
        assert_eq!(send(request).await.status(), 412, "{path}");
    }
}

#[tokio::test]
async fn a_change_of_a_todo_takes_if_none_match_too() {
    let server = Server::start().await;
    let todo = create(&server, json!({ "title": "a" })).await;
    let path = path(&server, &todo);
    let tag = header(&server.get(&path).await, "etag").to_owned();
    for (method, body) in [("PATCH", json!({ "title": "b" })), ("DELETE", Value::Null)] {
        for condition in ["*", &tag, &format!("W/{tag}"), "x"] {
            let conditions = [("if-none-match", condition)];
            let status = status_if(&server, (method, &path, body.clone()), &conditions).await;
            assert_eq!(status, 412, "{method} {condition}");
        }
    }
    let change = ("PATCH", &*path, json!({ "title": "b" }));
    let conditions = [("if-none-match", "\"old\"")];
    assert_eq!(status_if(&server, change, &conditions).await, 200);
    // What is wrong with the request comes before its conditions.
    let wrong = ("PATCH", &*path, json!({ "done": true }));
    let conditions = [("if-match", "\"old\"")];
    assert_eq!(status_if(&server, wrong, &conditions).await, 400);
    let read = ("GET", &*path, Value::Null);
    assert_eq!(status_if(&server, read.clone(), &conditions).await, 412);
    assert_eq!(status_if(&server, read, &[("if-match", "*")]).await, 200);
    for path in [
        TODOS,
        "/api/items",
        "/api/v1/lists/home",
        "/api/v1/lists/home?since=1",
    ] {
        let read = ("GET", path, Value::Null);
        assert_eq!(status_if(&server, read, &conditions).await, 412, "{path}");
    }
}

#[tokio::test]
async fn of_many_changes_with_the_same_condition_one_happens() {
    let server = Server::start().await;
    let todo = create(&server, json!({ "title": "a" })).await;
    let todo = path(&server, &todo);
    for (path, method) in [(&*todo, "PATCH"), (TODOS, "POST")] {
        let tag = header(&server.get(path).await, "etag").to_owned();
        let requests = (0..20).map(|number| {
            let request = server.request(method, path).header("if-match", &tag);
            send(request.json(&json!({ "title": format!("{number}") })))
        });
        let answers = join_all(requests).await;
        let done = answers.iter().filter(|answer| answer.status() != 412);
        assert_eq!(done.count(), 1, "{method}");
    }
}

#[tokio::test]
async fn a_tag_of_another_history_never_matches() {
    let (one, other) = (Server::start().await, Server::start().await);
    let todo = |server: &Server| {
        let list = server.store.list();
        let item = list.items().next().unwrap();
        format!("{TODOS}/{}", item.id)
    };
    let tag = header(&one.get(&todo(&one)).await, "etag").to_owned();
    let path = todo(&other);
    let remove = ("DELETE", &*path, Value::Null);
    let conditions = [("if-match", &*tag)];
    assert_eq!(status_if(&other, remove, &conditions).await, 412);
    for path in [TODOS, "/api/items", "/api/v1/lists/home"] {
        let tag = header(&one.get(path).await, "etag").to_owned();
        let read = ("GET", path, Value::Null);
        let status = status_if(&other, read, &[("if-none-match", &tag)]).await;
        assert_eq!(status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_todo_can_be_sent_back_as_it_was_received() {
    let server = Server::start().await;
    let mut todo = create(&server, json!({ "title": "a" })).await;
    let path = path(&server, &todo);
    todo["title"] = json!("b");
    let response = send(server.request("PATCH", &path).json(&todo)).await;
    let (status, changed) = status_and_json(response).await;
    assert_eq!((status, &changed), (200, &todo));
}

#[tokio::test]
async fn a_field_that_a_todo_does_not_have_is_refused_by_name() {
    let server = Server::start().await;
    let todo = create(&server, json!({ "title": "a" })).await;
    let path = path(&server, &todo);
    let before = todos(&server).await;
    let check = async |method: &str, path: &str, body: Value, field: &str| {
        let response = send(server.request(method, path).json(&body)).await;
        assert_eq!(response.status(), 400);
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["field"], field, "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains(field),
            "{problem}"
        );
    };
    for (body, field) in [
        (json!({ "done": true }), "done"),
        (json!({ "title": "b", "Completed": true }), "Completed"),
        (json!({ "title": 1 }), "title"),
        (json!({ "title": "b", "completed": "yes" }), "completed"),
        (json!({ "title": "b", "order": "1" }), "order"),
    ] {
        check("PATCH", &path, body.clone(), field).await;
        check("POST", TODOS, body, field).await;
    }
    for (body, field) in [
        (
            json!({ "id": "01900000-0000-7000-8000-000000000001" }),
            "id",
        ),
        (json!({ "url": "https://example.org/" }), "url"),
        (json!({ "completed_at": 1 }), "completed_at"),
    ] {
        check("PATCH", &path, body, field).await;
    }
    check(
        "POST",
        TODOS,
        json!({ "title": "b", "id": todo["id"] }),
        "id",
    )
    .await;
    assert_eq!(todos(&server).await, before);
}

#[tokio::test]
async fn what_is_not_a_todo_is_refused_and_changes_nothing() {
    let server = Server::start().await;
    let todo = create(&server, json!({ "title": "a" })).await;
    let path = path(&server, &todo);
    let before = todos(&server).await;
    let long = "x".repeat(501);
    for body in [
        json!({ "title": " " }),
        json!({ "title": long }),
        json!({ "title": "a\nb" }),
        json!({ "title": 1 }),
        json!({ "completed": "yes" }),
        json!({ "title": null }),
        json!({ "title": "x", "completed": null }),
        json!({ "order": 1.5 }),
        json!([1]),
        json!([]),
        json!("x"),
    ] {
        for (method, path) in [("POST", TODOS), ("PATCH", &path)] {
            check_problem(
                send(server.request(method, path).json(&body)).await,
                400,
                "invalid",
            )
            .await;
        }
    }
    check_problem(
        send(server.request("POST", TODOS).json(&json!({}))).await,
        400,
        "invalid",
    )
    .await;
    check_problem(
        send(server.request("POST", TODOS).body("{}")).await,
        415,
        "unsupported_media_type",
    )
    .await;
    check_problem(
        server.get("/api/v1/lists/home/todos/x").await,
        404,
        "not_found",
    )
    .await;
    check_problem(
        server.get("/api/v1/lists/other/todos").await,
        404,
        "not_found",
    )
    .await;
    assert_eq!(todos(&server).await, before);
}

#[tokio::test]
async fn the_document_describes_exactly_the_routes_that_are_there() {
    let server = Server::start().await;
    let (status, document) = status_and_json(server.get("/api/openapi.json").await).await;
    assert_eq!((status, &document["openapi"]), (200, &json!("3.1.0")));
    let id = todos(&server).await[0]["id"].as_str().unwrap().to_owned();
    for (template, operations) in document["paths"].as_object().unwrap() {
        let path = template.replace("{list}", "home").replace("{id}", &id);
        let response = send(server.request("OPTIONS", &path)).await;
        let mut allowed: Vec<String> = header(&response, "allow")
            .split(',')
            .map(str::to_lowercase)
            .collect();
        allowed.retain(|method| method != "head");
        allowed.sort();
        let mut described: Vec<&String> = operations.as_object().unwrap().keys().collect();
        described.retain(|key| *key != "parameters");
        assert_eq!(allowed.iter().collect::<Vec<_>>(), described, "{template}");
    }
    // Conversely, every API route is described. The server functions of the page are not part of the API.
    let described: BTreeSet<String> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let routes = routes_in_source().into_iter().map(|(path, _)| path);
    let is_public = |path: &String| path.starts_with("/api/") && !path.starts_with("/api/fn/");
    let routes: BTreeSet<String> = routes.filter(is_public).collect();
    assert_eq!(routes, described);
    // References resolve.
    let text = document.to_string();
    let references: Vec<&str> = text.split("\"$ref\":\"#").skip(1).collect();
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.split('"').next().unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{pointer} leads nowhere"
        );
    }
}
