//! The todo resources: the Todo-Backend contract and its extensions.

use std::collections::BTreeSet;

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
    for tag in [&b"\xff"[..], b"\"\xff\"", b""] {
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
