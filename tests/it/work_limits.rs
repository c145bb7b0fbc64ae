//! Work limits of one request and one client.

use std::time::Instant;

use reqwest::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use todo_list::domain::{Command, CommandId, Cursor, List, ListId, Title};
use todo_list::rpc::{CallEncoding, CallError, ErrorEncoding, Exchange, ExchangeResponse};
use todo_list::server::config::Config;
use todo_list::server::config::LimitSettings;
use todo_list::server::store::{Store, new_item};
use todo_list::sync::ListUpdate;

use leptos::server_fn::{Decodes, Encodes};

use crate::event_reader::Events;
use crate::spawn::{KEY, Server, header};

const COMMANDS: &str = "/api/v1/lists/home/commands";
const TODOS: &str = "/api/v1/lists/home/todos";

/// Starts a server with this many items.
async fn server(items: usize, limits: LimitSettings) -> Server {
    let title = Title::parse("x").unwrap();
    let items = (0..items).map(|_| new_item(title.clone()));
    let list = List::at_revision(KEY, 1, items);
    let config = Config {
        limits,
        ..Config::default()
    };
    Server::with_settings(Store::in_memory_with(list).unwrap(), config).await
}

fn client(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn batch(client: Uuid, first: u64, commands: impl IntoIterator<Item = Value>) -> Value {
    let number = |(seq, command)| json!({ "seq": seq, "command": command });
    let commands: Vec<Value> = (first..).zip(commands).map(number).collect();
    json!({ "client": client, "commands": commands })
}

async fn send(server: &Server, batch: &Value) -> Response {
    let request = server.request("POST", COMMANDS).json(batch);
    request.send().await.unwrap()
}

async fn body(response: Response) -> Value {
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

fn rename(server: &Server) -> Value {
    let id = server.store.list().items().next().unwrap().id;
    json!({ "rename": { "id": id, "title": "renamed" } })
}

/// Reverts that revert each other. The first reverts the removal of all items.
fn reverts(client: Uuid, removal: u64, count: u64) -> Vec<Value> {
    let server = Uuid::nil();
    let of = |seq: u64| match seq {
        1 => json!({ "client": server, "seq": removal }),
        seq => json!({ "client": client, "seq": seq - 1 }),
    };
    let revert = |seq| json!({ "revert": { "of": of(seq) } });
    (1..=count).map(revert).collect()
}

#[tokio::test]
async fn a_batch_of_reverts_ends_after_so_many_events_and_can_go_on() {
    let limits = LimitSettings {
        changes_per_second: 0,
        ..LimitSettings::default()
    };
    let server = server(9_800, limits).await;
    let removed = server.request("DELETE", TODOS).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    let commands = reverts(client(1), 1, 60);
    let answer = send(&server, &batch(client(1), 1, commands.clone())).await;
    let text = answer.text().await.unwrap();
    // Only the items came back.
    assert!(text.len() < 5 << 20, "{} bytes", text.len());
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["results"].as_array().unwrap().len(), 1);
    assert_eq!(answer["results"][0]["status"], "accepted");
    assert_eq!(answer["next"], 2);
    assert_eq!(server.store.list().len(), 9_800);
    // The next batch continues there.
    let rest = batch(client(1), 2, commands[1..].to_vec());
    let answer = body(send(&server, &rest).await).await;
    assert_eq!(answer["results"][0]["seq"], 2);
    assert_eq!(answer["next"], 3);
    assert_eq!(server.store.list().len(), 0);
}

#[tokio::test]
async fn a_batch_runs_so_many_commands_and_says_which_is_next() {
    let limits = LimitSettings {
        changes_per_second: 0,
        ..LimitSettings::default()
    };
    let server = server(1, limits).await;
    let commands = vec![json!("expire"); 1_500];
    let answer = body(send(&server, &batch(client(1), 1, commands)).await).await;
    assert_eq!(answer["results"].as_array().unwrap().len(), 1_024);
    assert_eq!(answer["next"], 1_025);
    let answer = body(send(&server, &batch(client(1), 1_025, [json!("expire")])).await).await;
    assert_eq!(answer.get("next"), None);
}

/// Checks `Retry-After`, which was `seconds` at `begin` and counts down.
fn assert_retry_after(answer: &Response, seconds: u64, begin: Instant) {
    let stated: u64 = header(answer, "retry-after").parse().unwrap();
    let passed = begin.elapsed().as_secs() + 1;
    assert!(
        (seconds.saturating_sub(passed)..=seconds).contains(&stated),
        "{stated}, {passed} seconds after {seconds}"
    );
}

#[tokio::test]
async fn an_expensive_command_runs_whole_and_delays_the_next() {
    // The burst is 20 units, and the removal of 4,000 items costs 250.
    let limits = LimitSettings {
        changes_per_second: 2,
        ..LimitSettings::default()
    };
    let server = server(4_000, limits).await;
    let begin = Instant::now();
    let removed = server.request("DELETE", TODOS).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(server.store.list().len(), 0);
    let answer = send(&server, &batch(client(1), 1, [json!("expire")])).await;
    assert_eq!(answer.status(), 429);
    // The debt is never more than a minute of the budget.
    assert_retry_after(&answer, 61, begin);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "rate_limited");
}

#[tokio::test]
async fn a_batch_beyond_the_budget_stops_with_a_retry_time() {
    let limits = LimitSettings {
        changes_per_second: 1,
        ..LimitSettings::default()
    };
    let server = server(1, limits).await;
    let commands = vec![rename(&server); 30];
    let answer = send(&server, &batch(client(1), 1, commands)).await;
    assert_eq!(header(&answer, "retry-after"), "1");
    let answer = body(answer).await;
    let count = answer["results"].as_array().unwrap().len();
    assert!((10..=12).contains(&count), "{count}");
    assert_eq!(answer["next"], json!(count + 1));
}

/// Bodies that the client sends only after all requests are admitted.
#[tokio::test]
async fn concurrent_requests_do_not_spend_the_same_units() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let limits = LimitSettings {
        changes_per_second: 2,
        ..LimitSettings::default()
    };
    let server = server(4_000, limits).await;
    let address = server.url.trim_start_matches("http://").to_owned();
    let ids: Vec<_> = server.store.list().items().map(|item| item.id).collect();
    let mut streams = Vec::new();
    for (number, ids) in ids.chunks(400).enumerate() {
        let command = json!({ "remove_all": { "ids": ids } });
        let body = batch(client(number as u128 + 1), 1, [command]).to_string();
        let mut stream = tokio::net::TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST {COMMANDS} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        streams.push((stream, body));
    }
    // An answer on another connection shows that the server has read those heads.
    for _ in 0..20 {
        server.get("/api/items").await;
    }
    let mut allowed = 0;
    for (mut stream, body) in streams {
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        allowed += usize::from(answer.starts_with("HTTP/1.1 200"));
    }
    // Each costs 26 of 20 units.
    assert_eq!(allowed, 1);
    assert_eq!(server.store.list().len(), 3_600);
}

#[tokio::test]
async fn the_answer_to_a_repeated_command_costs_units() {
    let limits = LimitSettings {
        changes_per_second: 20,
        ..LimitSettings::default()
    };
    let server = server(4_000, limits).await;
    let id = CommandId {
        client: client(1).into(),
        seq: 1,
    };
    let ids = server.store.list().items().map(|item| item.id).collect();
    let command = Command::RemoveAll { ids };
    // Through the store, which costs nothing.
    server.store.run(Some(id), command.clone()).await.unwrap();
    let again = CommandId { seq: 2, ..id };
    let revert = Command::Revert { of: id };
    server.store.run(Some(again), revert).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..3 {
        let revert = json!({ "revert": { "of": { "client": client(1), "seq": 1 } } });
        let answer = send(&server, &batch(client(1), 2, [revert])).await;
        answers.push(answer.status().as_u16());
    }
    assert_eq!(answers, [200, 429, 429]);
}

async fn exchange(
    server: &Server,
    seq: u64,
    commands: Vec<Command>,
) -> Result<ExchangeResponse, CallError> {
    let arguments = Exchange {
        list: ListId::HOME,
        since: Cursor {
            epoch: server.store.epoch(),
            revision: 0,
        },
        first: CommandId {
            client: client(1).into(),
            seq,
        },
        commands,
    };
    let body = CallEncoding::encode(&arguments).unwrap();
    let request = server.request("POST", "/api/fn/exchange").body(body);
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let wait = header(&answer, "retry-after").to_owned();
    let body = answer.bytes().await.unwrap();
    if status == 200 {
        return Ok(CallEncoding::decode(body).unwrap());
    }
    let error: CallError = ErrorEncoding::decode(body).unwrap();
    if let CallError::Busy { seconds } | CallError::TooManySenders { seconds } = error {
        assert_eq!((status.as_u16(), wait), (429, seconds.to_string()));
    }
    Err(error)
}

#[tokio::test]
async fn an_expensive_call_gets_a_partial_answer_and_then_a_retry_time() {
    let limits = LimitSettings {
        changes_per_second: 1,
        ..LimitSettings::default()
    };
    let server = server(1, limits).await;
    let commands = vec![Command::Expire; 30];
    let exchanged = exchange(&server, 1, commands.clone()).await.unwrap();
    let done = exchanged.outcomes.len();
    assert!((10..=12).contains(&done), "{done}");
    let next = done as u64 + 1;
    let mut busy = exchange(&server, next, commands[done..].to_vec()).await;
    while busy.is_ok() {
        // A second has passed meanwhile.
        busy = exchange(&server, next, commands[done..].to_vec()).await;
    }
    assert_eq!(busy, Err(CallError::Busy { seconds: 1 }));
}

#[tokio::test]
async fn a_page_gets_the_list_if_it_is_shorter_than_the_changes() {
    let server = server(5_000, LimitSettings::default()).await;
    let removed = server.request("DELETE", TODOS).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    let exchanged = {
        let arguments = Exchange {
            list: ListId::HOME,
            since: Cursor {
                epoch: server.store.epoch(),
                revision: 1,
            },
            first: CommandId {
                client: client(1).into(),
                seq: 1,
            },
            commands: Vec::new(),
        };
        let body = CallEncoding::encode(&arguments).unwrap();
        let request = server.request("POST", "/api/fn/exchange").body(body);
        let body = request.send().await.unwrap().bytes().await.unwrap();
        let exchanged: ExchangeResponse = CallEncoding::decode(body).unwrap();
        exchanged
    };
    assert!(matches!(exchanged.update, ListUpdate::Listing(listing) if listing.items.is_empty()));
}

#[tokio::test]
async fn new_senders_of_a_client_are_limited_and_known_ones_continue() {
    let limits = LimitSettings {
        changes_per_second: 0,
        ..LimitSettings::default()
    };
    let server = server(1, limits).await;
    let rename = rename(&server);
    let begin = Instant::now();
    for number in 1..=200 {
        let answer = send(&server, &batch(client(number), 1, [rename.clone()])).await;
        assert_eq!(answer.status(), 200, "{number}");
    }
    let refused = send(&server, &batch(client(201), 1, [rename.clone()])).await;
    assert_eq!(refused.status(), 429);
    assert_retry_after(&refused, 60, begin);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "too_many_senders");
    // The refused sender is not known.
    assert_eq!(server.store.list().expected_seq(client(201).into()), 1);
    assert_eq!(server.store.list().senders(), 200);
    // Known senders, and commands without a sender, are still accepted.
    let answer = send(&server, &batch(client(1), 2, [rename.clone()])).await;
    assert_eq!(answer.status(), 200);
    let added = server
        .request("POST", "/api/items")
        .json(&json!({ "item": "a" }));
    assert_eq!(added.send().await.unwrap().status(), 201);
    // A page gets the same refusal, distinct from a lost connection.
    let error = exchange_as(&server, 202).await;
    assert_eq!(error, CallError::TooManySenders { seconds: 60 });
}

async fn exchange_as(server: &Server, number: u128) -> CallError {
    let arguments = Exchange {
        list: ListId::HOME,
        since: Cursor::default(),
        first: CommandId {
            client: client(number).into(),
            seq: 1,
        },
        commands: vec![Command::Expire],
    };
    let body = CallEncoding::encode(&arguments).unwrap();
    let request = server.request("POST", "/api/fn/exchange").body(body);
    let body = request.send().await.unwrap().bytes().await.unwrap();
    ErrorEncoding::decode(body).unwrap()
}

/// Starts a server with titles of two kilobytes.
async fn server_of_long_titles(items: usize) -> Server {
    let title = Title::parse(&"\u{1F600}".repeat(500)).unwrap();
    let items = (0..items).map(|_| new_item(title.clone()));
    Server::with_list(List::at_revision(KEY, 1, items)).await
}

#[tokio::test]
async fn a_few_long_titles_are_as_much_as_many_short_ones() {
    let server = server_of_long_titles(1_000).await;
    let mut events = Events::after(&server, server.store.cursor()).await;
    events.expect("heartbeat", server.store.cursor()).await;
    let removed = server.request("DELETE", TODOS).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    assert_eq!(events.change().await.events.len(), 1_000);
    // Restored items carry their titles: two megabytes. A batch answers with at most one, a stream with none.
    let commands = reverts(client(1), 1, 10);
    let answer = body(send(&server, &batch(client(1), 1, commands)).await).await;
    assert_eq!(
        (answer["results"].as_array().unwrap().len(), &answer["next"]),
        (1, &json!(2))
    );
    events.expect("reset", server.store.cursor()).await;
    // The burst is two thousand units; another revert costs 62 for its events and 488 for its titles.
    let mut seq = 2;
    let status = loop {
        let commands = reverts(client(1), 1, seq).split_off(seq as usize - 1);
        let answer = send(&server, &batch(client(1), seq, commands)).await;
        if answer.status() != 200 || seq > 30 {
            break answer.status();
        }
        seq += 1;
    };
    assert_eq!((status.as_u16(), seq < 12), (429, true), "{seq}");
}

#[tokio::test]
async fn a_change_of_many_items_tells_streams_to_reload_the_list() {
    let server = server(5_000, LimitSettings::default()).await;
    let mut events = Events::after(&server, server.store.cursor()).await;
    events.expect("heartbeat", server.store.cursor()).await;
    let removed = server.request("DELETE", TODOS).send().await.unwrap();
    assert_eq!(removed.status(), 204);
    events.expect("reset", server.store.cursor()).await;
}
