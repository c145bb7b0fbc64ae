//! The server functions, as the hydrated page calls them.

use leptos::server_fn::{Decodes, Encodes};
use serde::Serialize;
use serde::de::DeserializeOwned;

use todo_list::domain::{Item, List, Rejection, Title};
use todo_list::server::store::{Store, new_item};
use todo_list::server_fns::{AddItem, CallError, LoadList, SignedPostcard};

use crate::spawn::{Server, header};

fn item(text: &str) -> Item {
    new_item(Title::parse(text).unwrap())
}

/// Calls a function; the answer is its status and, decoded, its result.
async fn call<A: Serialize, R: DeserializeOwned>(
    server: &Server,
    path: &str,
    arguments: &A,
) -> (u16, Result<R, CallError>) {
    let body = SignedPostcard::encode(arguments).unwrap();
    let (status, body) = post(server, path, body.to_vec()).await;
    let result = match status {
        200 => Ok(SignedPostcard::decode(body).unwrap()),
        _ => Err(SignedPostcard::decode(body).unwrap()),
    };
    (status, result)
}

async fn post(server: &Server, path: &str, body: Vec<u8>) -> (u16, bytes::Bytes) {
    let request = server.request("POST", path).header("accept", "text/html");
    let request = request.header("referer", "http://elsewhere.example/");
    let response = request.body(body).send().await.unwrap();
    assert_eq!(
        header(&response, "location"),
        "",
        "no redirect, whoever asks"
    );
    (response.status().as_u16(), response.bytes().await.unwrap())
}

#[tokio::test]
async fn adding_answers_the_revision_and_the_same_item_counts_once() {
    let server = Server::start().await;
    let arguments = AddItem {
        item: item("Buy milk"),
    };
    for _ in 0..2 {
        let answer = call::<_, u64>(&server, "/api/fn/add_item", &arguments).await;
        assert_eq!(answer, (200, Ok(1)));
    }
    assert_eq!(server.items().await[2..], ["Buy milk"]);
}

#[tokio::test]
async fn loading_answers_the_whole_list() {
    let server = Server::start().await;
    let answer = call::<_, List>(&server, "/api/fn/load_list", &LoadList {}).await;
    assert_eq!(answer, (200, Ok(server.store.list())));
}

#[tokio::test]
async fn a_refusal_tells_the_rule() {
    let items = (0..List::MAX_ITEMS).map(|_| item("x")).collect();
    let server = Server::with_store(Store::new(List::at_revision(1, items))).await;
    let arguments = AddItem {
        item: item("one more"),
    };
    let answer = call::<_, u64>(&server, "/api/fn/add_item", &arguments).await;
    assert_eq!(answer, (409, Err(CallError::Rejected(Rejection::ListFull))));
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_answered_400() {
    let server = Server::start().await;
    let blank = SignedPostcard::encode(&(item("x").id, String::from(" "))).unwrap();
    for body in [
        Vec::new(),
        b"{}".to_vec(),
        vec![0xff; 1_000],
        blank.to_vec(),
    ] {
        let (status, body) = post(&server, "/api/fn/add_item", body).await;
        assert_eq!(status, 400);
        let error: CallError = SignedPostcard::decode(body).unwrap();
        assert_eq!(error, CallError::Malformed);
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_call_over_64_kib_is_answered_413_and_another_method_405() {
    let server = Server::start().await;
    let (status, _) = post(&server, "/api/fn/add_item", vec![b'x'; 65_537]).await;
    assert_eq!(status, 413);
    let response = server.get("/api/fn/add_item").await;
    assert_eq!(
        (response.status().as_u16(), header(&response, "allow")),
        (405, "POST")
    );
}
