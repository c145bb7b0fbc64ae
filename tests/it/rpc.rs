//! The server functions, called as the hydrated page does.

use leptos::server_fn::{Decodes, Encodes};
use serde::Serialize;
use serde::de::DeserializeOwned;

use todo_list::domain::{
    At, ClientId, Command, CommandId, Cursor, ListId, Listing, Rejection, Title,
};
use todo_list::rpc::{CallEncoding, CallError, ErrorEncoding, Exchange, ExchangeResponse};
use todo_list::server::store::new_item;
use todo_list::sync::{ListUpdate, Outcome};

use crate::spawn::{Server, header};

/// Calls a server function. Returns the status and the decoded result.
async fn call<A: Serialize, R: DeserializeOwned>(
    server: &Server,
    path: &str,
    arguments: &A,
) -> (u16, Result<R, CallError>) {
    let body = CallEncoding::encode(arguments).unwrap();
    let (status, body) = post(server, path, body.to_vec()).await;
    let result = match status {
        200 => Ok(CallEncoding::decode(body).unwrap()),
        _ => Err(ErrorEncoding::decode(body).unwrap()),
    };
    (status, result)
}

async fn post(server: &Server, path: &str, body: Vec<u8>) -> (u16, bytes::Bytes) {
    let request = server.request("POST", path).header("accept", "text/html");
    let request = request.header("referer", "http://elsewhere.example/");
    let response = request.body(body).send().await.unwrap();
    assert_eq!(header(&response, "location"), "", "there is no redirect");
    (response.status().as_u16(), response.bytes().await.unwrap())
}

const PATH: &str = "/api/fn/exchange";
/// The sender of the commands.
const CLIENT: &str = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";

type Answer = (u16, Result<ExchangeResponse, CallError>);

/// Sends commands of a sender that knows the list of a fresh server.
async fn run(server: &Server, seq: u64, commands: &[Command]) -> Answer {
    exchange(server, 2, seq, commands).await
}

async fn exchange(server: &Server, revision: u64, seq: u64, commands: &[Command]) -> Answer {
    let client = CLIENT.parse().unwrap();
    let epoch = server.store.epoch();
    let arguments = Exchange {
        list: ListId::HOME,
        since: Cursor { epoch, revision },
        first: CommandId { client, seq },
        commands: commands.to_vec(),
    };
    call(server, PATH, &arguments).await
}

/// The current list, as the news for a client without a usable cursor.
fn listing(server: &Server) -> ListUpdate {
    ListUpdate::Listing(Listing::from(&*server.store.list()))
}

fn add(text: &str) -> Command {
    let item = new_item(Title::parse(text).unwrap());
    Command::add(item.id, item.title, At::End)
}

#[tokio::test]
async fn commands_are_answered_by_what_has_happened_and_count_once() {
    let server = Server::start().await;
    let commands = ["Buy milk", "Buy eggs"].map(add);
    let (status, first) = run(&server, 1, &commands).await;
    let first = first.unwrap();
    assert_eq!(status, 200);
    assert_eq!(first.cursor, server.store.cursor());
    assert_eq!(first.outcomes, [Outcome::Accepted, Outcome::Accepted]);
    let ListUpdate::Changes(changes) = &first.update else {
        panic!("the page could follow");
    };
    let revisions: Vec<u64> = changes.iter().map(|change| change.revision).collect();
    assert_eq!(revisions, [3, 4]);
    for _ in 0..2 {
        assert_eq!(run(&server, 1, &commands).await, (200, Ok(first.clone())));
    }
    // One of them repeated, with a new one.
    let more = [commands[1].clone(), add("Buy bread")];
    let (_, answer) = exchange(&server, 4, 2, &more).await;
    assert_eq!(
        answer.unwrap().outcomes,
        [Outcome::Accepted, Outcome::Accepted]
    );
    let items = server.items().await;
    assert_eq!(items[2..], ["Buy milk", "Buy eggs", "Buy bread"]);
}

#[tokio::test]
async fn a_number_that_does_not_fit_is_refused() {
    let server = Server::start().await;
    let gap = |expected| (409, Err(CallError::OutOfOrder { expected }));
    assert_eq!(run(&server, 2, &[add("x")]).await, gap(1));
    assert_eq!(run(&server, 0, &[add("x"), add("y")]).await, gap(1));
    assert_eq!(server.items().await.len(), 2);
    assert_eq!(run(&server, 1, &[add("Buy milk")]).await.0, 200);
    let taken = (409, Err(CallError::NumberTaken));
    let others = ["Buy eggs", "Buy bread"].map(add);
    assert_eq!(
        run(&server, 1, &others).await,
        taken,
        "nor what comes after"
    );
    assert_eq!(run(&server, 3, &[add("x")]).await, gap(2));
    assert_eq!(server.items().await[2..], ["Buy milk"]);
}

#[tokio::test]
async fn a_refused_command_has_used_up_its_number_and_stays_refused() {
    let server = Server::start().await;
    let id = new_item(Title::parse("x").unwrap()).id;
    let commands = [Command::Remove { id }, add("Buy milk")];
    for _ in 0..2 {
        let (status, answer) = run(&server, 1, &commands).await;
        let refused = Outcome::Rejected(Rejection::NoSuchItem { id });
        assert_eq!(status, 200, "the page is told, command by command");
        assert_eq!(answer.unwrap().outcomes, [refused, Outcome::Accepted]);
    }
    assert_eq!(server.items().await[2..], ["Buy milk"]);
}

#[tokio::test]
async fn numbers_that_have_no_end_are_answered_too() {
    let server = Server::start().await;
    for first in [0, u64::MAX - 1, u64::MAX] {
        let (status, answer) = run(&server, first, &[add("a"), add("b"), add("c")]).await;
        assert_eq!(status, 409);
        assert_eq!(answer, Err(CallError::OutOfOrder { expected: 1 }));
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn no_client_can_use_the_id_of_the_server() {
    let server = Server::start().await;
    let arguments = Exchange {
        list: ListId::HOME,
        since: server.store.cursor(),
        first: CommandId {
            client: ClientId::SERVER,
            seq: 3,
        },
        commands: vec![add("x")],
    };
    let answer = call::<_, ExchangeResponse>(&server, PATH, &arguments).await;
    assert_eq!(answer, (400, Err(CallError::Malformed)));
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_call_without_commands_gets_the_changes_or_the_whole_list() {
    let server = Server::start().await;
    run(&server, 1, &[add("Buy milk")]).await.1.unwrap();
    for (revision, epoch, changes) in [(3, 0, Some(0)), (2, 0, Some(1)), (9, 0, None), (2, 1, None)]
    {
        let epoch = server.store.epoch().wrapping_add(epoch);
        let arguments = Exchange {
            list: ListId::HOME,
            since: Cursor { epoch, revision },
            first: CommandId {
                client: ClientId::default(),
                seq: 0,
            },
            commands: Vec::new(),
        };
        let (status, answer) = call::<_, ExchangeResponse>(&server, PATH, &arguments).await;
        let answer = answer.unwrap();
        assert_eq!((status, answer.cursor), (200, server.store.cursor()));
        assert_eq!(answer.outcomes, []);
        match answer.update {
            ListUpdate::Changes(told) => assert_eq!(Some(told.len()), changes),
            told => assert_eq!((told, changes), (listing(&server), None)),
        }
    }
}

#[tokio::test]
async fn a_refusal_tells_the_rule() {
    let server = Server::start_full().await;
    let (status, answer) = run(&server, 1, &[add("one more")]).await;
    let outcomes = answer.unwrap().outcomes;
    assert_eq!(
        (status, outcomes),
        (200, vec![Outcome::Rejected(Rejection::ListFull)])
    );
}

#[tokio::test]
async fn arguments_that_cannot_be_read_are_answered_400() {
    let server = Server::start().await;
    let call = |text: &str| {
        let arguments = Exchange {
            list: ListId::HOME,
            since: server.store.cursor(),
            first: CommandId {
                client: CLIENT.parse().unwrap(),
                seq: 1,
            },
            commands: vec![add(text)],
        };
        CallEncoding::encode(&arguments).unwrap().to_vec()
    };
    let valid = call("QQ");
    // A `Title` is never blank, so the blank title replaces another one of the same length in the encoded bytes.
    let title = valid.windows(2).position(|bytes| bytes == b"QQ").unwrap();
    let mut blank = valid.clone();
    blank[title..title + 2].copy_from_slice(b"  ");
    let cut = valid[..valid.len() - 1].to_vec();
    for body in [Vec::new(), b"{}".to_vec(), vec![0xff; 1_000], cut, blank] {
        let (status, body) = post(&server, PATH, body).await;
        assert_eq!(status, 400);
        let error: CallError = ErrorEncoding::decode(body).unwrap();
        assert_eq!(error, CallError::Malformed);
    }
    assert_eq!(server.items().await.len(), 2);
    // With the original title, the same bytes are a valid call.
    assert_eq!(post(&server, PATH, valid).await.0, 200);
    assert_eq!(server.items().await[2..], ["QQ"]);
}

#[tokio::test]
async fn a_call_over_64_kib_is_answered_413_and_another_method_405() {
    let server = Server::start().await;
    let (status, _) = post(&server, PATH, vec![b'x'; 65_537]).await;
    assert_eq!(status, 413);
    let response = server.get(PATH).await;
    assert_eq!(
        (response.status().as_u16(), header(&response, "allow")),
        (405, "POST")
    );
}
