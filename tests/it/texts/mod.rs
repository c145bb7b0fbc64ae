//! Hostile texts through every way into the list: each comes back exactly as typed, except for the surrounding white
//! space, or is refused with a reason and kept in its field.

mod files;
mod logs;
mod pages;

use form_urlencoded::byte_serialize;
use leptos::server_fn::Encodes;
use reqwest::{RequestBuilder, Response};
use serde::Serialize;
use serde_json::{Value, json};

use todo_list::domain::{At, CommandId, Cursor, ItemId, ListId, Timestamp, Title, TitleError};
use todo_list::rpc::CallEncoding;
use todo_list::server::store::new_item;

use crate::access::FORM;
use crate::hostile::texts;
use crate::spawn::Server;

const TODOS: &str = "/api/v1/lists/home/todos";

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// A text as an attribute value. Only characters that would end the attribute or begin a reference are
/// escaped.
fn attribute(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    format!("value=\"{}\"", text.replace('"', "&quot;"))
}

/// Returns the status and the body. Asserts that the server did not fail and that the text set no cookie.
async fn read(response: Response, text: &str) -> (u16, String) {
    assert!(
        response.status().as_u16() < 500,
        "{text:?}: {}",
        response.status()
    );
    for (name, value) in response.headers() {
        let is_test = value.as_bytes().starts_with(b"todo-list-cookie-test=1;");
        let sets = name.as_str().starts_with("set-cookie");
        assert!(is_test || !sets, "{text:?}");
    }
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn send(request: RequestBuilder, text: &str) -> (u16, String) {
    read(request.send().await.unwrap(), text).await
}

async fn post_form(server: &Server, path: &str, fields: &[(&str, &str)]) -> Response {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = server.request("POST", path).header("content-type", FORM);
    request.body(body).send().await.unwrap()
}

/// The last title of the list, and the number of items.
fn last(server: &Server) -> (Option<String>, usize) {
    let list = server.store.list();
    let title = list.items().last().map(|item| item.title.to_string());
    (title, list.items().count())
}

/// Asserts that the last title of the list is the trimmed text, or, if the text is no valid title, the title
/// before.
fn check(server: &Server, way: &str, text: &str, before: (Option<String>, usize), adds: bool) {
    let (said, count) = last(server);
    match Title::parse(text) {
        Ok(title) => {
            assert_eq!(said.as_deref(), Some(title.as_str()), "{way}: {text:?}");
            assert_eq!(count, before.1 + usize::from(adds), "{way}: {text:?}");
        }
        Err(_) => assert_eq!((said, count), before, "{way}: {text:?}"),
    }
}

fn is_title(text: &str) -> bool {
    Title::parse(text).is_ok()
}

#[tokio::test]
async fn each_comes_back_as_typed_through_the_small_api() {
    let server = Server::start().await;
    let mut expected = server.items().await;
    for text in texts() {
        let before = last(&server);
        let request = server
            .request("POST", "/api/items")
            .json(&json!({ "item": text }));
        let (status, body) = send(request, &text).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        match Title::parse(&text) {
            Ok(title) => {
                assert_eq!(
                    (status, &body["item"]),
                    (201, &json!(title.as_str())),
                    "{text:?}"
                );
                expected.push(title.into());
            }
            Err(_) => assert!(
                status == 400 && body["error"].is_string(),
                "{text:?}: {body}"
            ),
        }
        check(&server, "POST /api/items", &text, before, true);
    }
    assert_eq!(server.items().await, expected);
    let text = server.get("/list.txt").await.text().await.unwrap();
    assert_eq!(text, expected.join("\n") + "\n");
}

#[tokio::test]
async fn each_comes_back_as_typed_through_the_resources() {
    let server = Server::start().await;
    for text in texts() {
        let before = last(&server);
        let request = server
            .request("POST", TODOS)
            .json(&json!({ "title": text }));
        let (status, body) = send(request, &text).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        check(&server, "POST todos", &text, before, true);
        if !is_title(&text) {
            assert_eq!(
                (status, &body["code"], &body["field"]),
                (400, &json!("invalid"), &json!("title"))
            );
            continue;
        }
        assert_eq!((status, &body["title"]), (201, &json!(text.trim())));
        let url = body["url"]
            .as_str()
            .unwrap()
            .strip_prefix(&server.url)
            .unwrap();
        let request = server
            .request("PATCH", url)
            .json(&json!({ "title": "something else" }));
        assert_eq!(send(request, &text).await.0, 200);
        let before = last(&server);
        let request = server.request("PATCH", url).json(&json!({ "title": text }));
        assert_eq!(send(request, &text).await.0, 200, "{text:?}");
        check(&server, "PATCH", &text, before, false);
        let (_, body) = send(server.request("GET", url), &text).await;
        assert_eq!(
            serde_json::from_str::<Value>(&body).unwrap()["title"],
            json!(text.trim())
        );
        assert_eq!(send(server.request("DELETE", url), &text).await.0, 204);
    }
}

#[tokio::test]
async fn each_comes_back_as_typed_through_commands() {
    let server = Server::start().await;
    let client = uuid::Uuid::from_u128(7);
    let mut seq = 1;
    for text in texts() {
        let before = last(&server);
        let add = json!({ "add": { "id": uuid::Uuid::now_v7(), "title": text, "at": "end" } });
        let batch = json!({ "client": client, "commands": [{ "seq": seq, "command": add }] });
        let request = server
            .request("POST", "/api/v1/lists/home/commands")
            .json(&batch);
        let (status, body) = send(request, &text).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        let title = &body["results"][0]["change"]["events"][0]["added"]["title"];
        match is_title(&text) {
            true => assert_eq!((status, title), (200, &json!(text.trim())), "{body}"),
            false => assert_eq!(
                (status, &body["code"]),
                (400, &json!("invalid")),
                "{text:?}"
            ),
        }
        check(&server, "commands", &text, before, true);
        seq += u64::from(is_title(&text));
    }
}

/// The arguments of the page's call, with a text that no [`Title`] has checked.
#[derive(Serialize)]
struct Call {
    list: ListId,
    since: Cursor,
    first: CommandId,
    commands: Vec<Add>,
}

#[derive(Serialize)]
enum Add {
    Add { item: NewItem, at: At },
}

/// An [`Item`] with a text that no [`Title`] has checked.
#[derive(Serialize)]
struct NewItem {
    id: ItemId,
    title: String,
    completed_at: Option<Timestamp>,
    order: Option<i64>,
    removed_at: Option<Timestamp>,
}

#[tokio::test]
async fn each_comes_back_as_typed_through_the_call_of_the_page() {
    let server = Server::start().await;
    let client = uuid::Uuid::from_u128(7).into();
    let mut seq = 1;
    for text in texts() {
        let before = last(&server);
        let id = new_item(Title::parse("x").unwrap()).id;
        let item = NewItem {
            id,
            title: text.clone(),
            completed_at: None,
            order: None,
            removed_at: None,
        };
        let call = Call {
            list: ListId::HOME,
            since: server.store.cursor(),
            first: CommandId { client, seq },
            commands: vec![Add::Add { item, at: At::End }],
        };
        let body = CallEncoding::encode(&call).unwrap();
        let request = server.request("POST", "/api/fn/exchange").body(body);
        let status = request.send().await.unwrap().status();
        // A page of an older version may have kept a title of invisible characters.
        let title = Title::try_from(text.clone());
        assert_eq!(status, if title.is_ok() { 200 } else { 400 }, "{text:?}");
        let expected = match &title {
            Ok(title) => (Some(title.to_string()), before.1 + 1),
            Err(_) => before,
        };
        assert_eq!(last(&server), expected, "{text:?}");
        seq += u64::from(title.is_ok());
    }
}

#[tokio::test]
async fn each_comes_back_as_typed_through_the_forms_or_stays_in_its_field() {
    let server = Server::start().await;
    let id = server.store.list().items().last().unwrap().id.to_string();
    for text in texts() {
        let before = last(&server);
        let (status, page) = read(post_form(&server, "/", &[("title", &text)]).await, &text).await;
        check(&server, "the form", &text, before, true);
        match Title::parse(&text) {
            Ok(_) | Err(TitleError::Blank) => assert_eq!(status, 303, "{text:?}"),
            Err(error) => {
                assert_eq!(status, 400, "{text:?}");
                let is_there =
                    |part: &str| assert!(page.contains(part), "{text:?}: {part}: {page}");
                is_there(&error.to_string());
                is_there(&attribute(&text));
            }
        }
        // Remove the added items, so that the list stays short.
        let list = server.store.list();
        for item in list.items().filter(|item| item.id.to_string() != id) {
            let fields = [("do", "remove"), ("item", &*item.id.to_string())];
            assert_eq!(post_form(&server, "/", &fields).await.status(), 303);
        }
        if Title::parse(&text) == Err(TitleError::Blank) {
            // In the editor, a blank text removes the item.
            continue;
        }
        let before = last(&server);
        let fields = [("do", "save"), ("item", &*id), ("title", &*text)];
        let (status, page) = read(post_form(&server, "/", &fields).await, &text).await;
        check(&server, "the editor", &text, before, false);
        if is_title(&text) {
            assert_eq!(status, 303, "{text:?}");
            let page = server
                .get(&format!("/?item={id}"))
                .await
                .text()
                .await
                .unwrap();
            assert!(page.contains(&attribute(text.trim())), "{text:?}: {page}");
        } else {
            assert_eq!(status, 400, "{text:?}");
            assert!(page.contains(&attribute(&text)), "{text:?}: {page}");
        }
    }
}

#[tokio::test]
async fn invalid_utf_8_is_refused_or_replaced() {
    let server = Server::start().await;
    let todo = format!("{TODOS}/{}", server.store.list().items().next().unwrap().id);
    for bytes in [
        &b"\\ud800"[..],
        b"\\udfff\\ud800",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xc0\x80",
        b"\xf4\x90\x80\x80",
    ] {
        for (method, path, field) in [
            ("POST", "/api/items", "item"),
            ("POST", TODOS, "title"),
            ("PATCH", &todo, "title"),
        ] {
            let body = [b"{\"", field.as_bytes(), b"\": \"a", bytes, b"\"}"].concat();
            let request = server
                .request(method, path)
                .header("content-type", "application/json");
            assert_eq!(
                request.body(body).send().await.unwrap().status(),
                400,
                "{bytes:?} {path}"
            );
        }
    }
    assert_eq!(server.items().await.len(), 2);
    // Forms are decoded as the URL standard says. No browser sends such bytes.
    for (bytes, expected) in [
        ("a%FFb", "a\u{fffd}b"),
        ("%ED%A0%80", "\u{fffd}\u{fffd}\u{fffd}"),
        ("%", "%"),
        ("%4", "%4"),
    ] {
        let request = server.request("POST", "/").header("content-type", FORM);
        let response = request.body(format!("title={bytes}")).send().await.unwrap();
        assert_eq!(response.status(), 303);
        assert_eq!(last(&server).0.as_deref(), Some(expected));
    }
}
