//! The server functions, as the hydrated page calls them.

use leptos::server_fn::{Decodes, Encodes};
use serde::Serialize;
use serde::de::DeserializeOwned;

use todo_list::domain::{At, Change, ClientId, Command, CommandId, Listing, Rejection, Title};
use todo_list::server::store::new_item;
use todo_list::server_fns::{CallError, LoadList, RunCommand, SignedPostcard};

use crate::spawn::{Server, header};

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

/// Sends a command of the sender of these tests.
async fn run(server: &Server, seq: u64, command: &Command) -> (u16, Result<Change, CallError>) {
    let client = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39".parse().unwrap();
    let id = CommandId { client, seq };
    let command = command.clone();
    call(server, "/api/fn/run_command", &RunCommand { id, command }).await
}

fn add(text: &str) -> Command {
    let item = new_item(Title::parse(text).unwrap());
    Command::Add {
        id: item.id,
        title: item.title,
        at: At::End,
    }
}

#[tokio::test]
async fn a_command_is_answered_by_what_it_did_and_counts_once() {
    let server = Server::start().await;
    let command = add("Buy milk");
    let (status, first) = run(&server, 1, &command).await;
    assert_eq!(
        (status, first.as_ref().map(|change| change.revision)),
        (200, Ok(3))
    );
    for _ in 0..2 {
        assert_eq!(run(&server, 1, &command).await, (200, first.clone()));
    }
    assert_eq!(server.items().await[2..], ["Buy milk"]);
}

#[tokio::test]
async fn a_number_that_does_not_fit_is_refused() {
    let server = Server::start().await;
    let gap = |expected| (409, Err(CallError::OutOfOrder { expected }));
    assert_eq!(run(&server, 2, &add("x")).await, gap(1));
    assert_eq!(run(&server, 0, &add("x")).await, gap(1));
    assert_eq!(run(&server, 1, &add("Buy milk")).await.0, 200);
    assert_eq!(
        run(&server, 1, &add("Buy eggs")).await,
        (409, Err(CallError::NumberTaken))
    );
    assert_eq!(run(&server, 3, &add("x")).await, gap(2));
    assert_eq!(server.items().await[2..], ["Buy milk"]);
}

#[tokio::test]
async fn a_refused_command_has_used_up_its_number_and_stays_refused() {
    let server = Server::start().await;
    let id = new_item(Title::parse("x").unwrap()).id;
    let command = Command::Remove { id };
    let refused = (409, Err(CallError::Rejected(Rejection::NoSuchItem { id })));
    assert_eq!(run(&server, 1, &command).await, refused);
    assert_eq!(run(&server, 1, &command).await, refused);
    assert_eq!(run(&server, 2, &add("Buy milk")).await.0, 200);
}

#[tokio::test]
async fn nobody_speaks_for_the_server() {
    let server = Server::start().await;
    let id = CommandId {
        client: ClientId::SERVER,
        seq: 3,
    };
    let arguments = RunCommand {
        id,
        command: add("x"),
    };
    let answer = call::<_, Change>(&server, "/api/fn/run_command", &arguments).await;
    assert_eq!(answer, (400, Err(CallError::Malformed)));
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn loading_answers_the_whole_list() {
    let server = Server::start().await;
    let answer = call::<_, Listing>(&server, "/api/fn/load_list", &LoadList {}).await;
    assert_eq!(answer, (200, Ok(Listing::from(&*server.store.list()))));
}

#[tokio::test]
async fn a_refusal_tells_the_rule() {
    let server = Server::start_full().await;
    let refused = (409, Err(CallError::Rejected(Rejection::ListFull)));
    assert_eq!(run(&server, 1, &add("one more")).await, refused);
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_answered_400() {
    let server = Server::start().await;
    let blank = SignedPostcard::encode(&([1_u8; 16], 1_u64, 0_u8, [1_u8; 16], " ")).unwrap();
    for body in [
        Vec::new(),
        b"{}".to_vec(),
        vec![0xff; 1_000],
        blank.to_vec(),
    ] {
        let (status, body) = post(&server, "/api/fn/run_command", body).await;
        assert_eq!(status, 400);
        let error: CallError = SignedPostcard::decode(body).unwrap();
        assert_eq!(error, CallError::Malformed);
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_call_over_64_kib_is_answered_413_and_another_method_405() {
    let server = Server::start().await;
    let (status, _) = post(&server, "/api/fn/run_command", vec![b'x'; 65_537]).await;
    assert_eq!(status, 413);
    let response = server.get("/api/fn/run_command").await;
    assert_eq!(
        (response.status().as_u16(), header(&response, "allow")),
        (405, "POST")
    );
}
