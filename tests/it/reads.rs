//! Long lists: reading them does not block other clients, and many readers cost little.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leptos::server_fn::{Decodes, Encodes};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use todo_list::domain::{ClientId, Command, CommandId, Cursor, List, ListId, Listing, Title};
use todo_list::rpc::{CallEncoding, Exchange, ExchangeResponse};
use todo_list::server::config::Config;
use todo_list::server::config::LimitSettings;
use todo_list::server::store::{Store, new_item};
use todo_list::sync::{ListUpdate, Outcome};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::spawn::{KEY, Server, header};

const TODOS: &str = "/api/v1/lists/home/todos";

/// A list with this many items, each with a title of this many characters.
fn store(items: usize, chars: usize) -> Store {
    let title = Title::parse(&"é".repeat(chars)).unwrap();
    let items = (0..items).map(|_| new_item(title.clone()));
    Store::in_memory_with(List::at_revision(KEY, 1, items)).unwrap()
}

/// Counts the requests of another client that are answered before an answer begins.
async fn answers_meanwhile(server: &Server, request: RequestBuilder) -> usize {
    let has_begun = Arc::new(AtomicBool::new(false));
    let begins = has_begun.clone();
    let asking = tokio::spawn(async move {
        let answer = request.send().await.unwrap();
        begins.store(true, Ordering::Relaxed);
        answer.status().as_u16()
    });
    let mut count = 0;
    while !has_begun.load(Ordering::Relaxed) {
        assert_eq!(server.get("/healthz").await.status(), 200);
        count += 1;
    }
    assert!([200, 400].contains(&asking.await.unwrap()));
    count
}

/// Client and server share one thread, so blocking work on it would delay every request.
#[tokio::test]
async fn slow_reads_of_a_long_list_do_not_block_the_runtime() {
    let server = Server::with_store(store(3_000, 20)).await;
    let mut requests = Vec::new();
    for path in [
        "/",
        "/completed",
        "/?q=e",
        "/?q=nothing",
        "/share?text=x",
        "/list.txt",
        "/api/v1/lists/home",
        "/api/v1/lists/home?since=999",
        TODOS,
    ] {
        let request = server.request("GET", path);
        requests.push((path, request.header("accept-encoding", "br")));
    }
    let request = server.request("POST", "/?q=e").body("title=%07");
    let form = "application/x-www-form-urlencoded";
    requests.push(("a refused form", request.header("content-type", form)));
    for (what, request) in requests {
        server.store.add(Title::parse(what).unwrap()).await.unwrap();
        let count = answers_meanwhile(&server, request).await;
        assert!(count >= 5, "{what}: {count}");
    }
}

#[tokio::test]
async fn the_state_of_a_long_page_repeats_its_rows_for_a_few_bytes() {
    let server = Server::with_store(store(10_000, 20)).await;
    let request = server.request("GET", "/").header("accept-encoding", "br");
    let bytes = request.send().await.unwrap().bytes().await.unwrap().len();
    // The page without its state has 215,000.
    assert!(bytes < 260_000, "{bytes}");
}

/// Sends a request and reads only the head of the answer.
async fn stall(server: &Server, path: &str, forwarded_for: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let address: SocketAddr = server.url.trim_start_matches("http://").parse().unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nx-forwarded-for: {forwarded_for}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200", "{path}");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_holds_many_long_answers_gets_503_and_others_do_not() {
    let config = Config {
        trusted_proxies: "127.0.0.1".parse().unwrap(),
        ..Config::default()
    };
    // Twelve megabytes.
    let server = Server::with_settings(store(12_000, 500), config).await;
    let (slow, other) = ("192.0.2.1", "192.0.2.2");
    let mut stalled = Vec::new();
    // Readers of the same body share it.
    for _ in 0..30 {
        stalled.push(stall(&server, "/api/items", slow).await);
    }
    for path in ["/list.txt", TODOS] {
        stalled.push(stall(&server, path, slow).await);
    }
    let ask = async |path: &str, client: &str| {
        let request = server
            .request("GET", path)
            .header("x-forwarded-for", client);
        request.send().await.unwrap()
    };
    let refused = async |path: &'static str, media_type: &'static str| {
        let answer = ask(path, slow).await;
        assert_eq!(answer.status(), 503, "{path}");
        assert_eq!(header(&answer, "content-type"), media_type, "{path}");
        assert_eq!(header(&answer, "retry-after"), "2", "{path}");
        answer.text().await.unwrap()
    };
    let exchange = Exchange {
        list: ListId::HOME,
        since: Cursor::default(),
        first: CommandId {
            client: ClientId::SERVER,
            seq: 1,
        },
        commands: Vec::new(),
    };
    let exchange = CallEncoding::encode(&exchange).unwrap();
    let exchange = async {
        let request = server.request("POST", "/api/fn/exchange").body(exchange);
        let request = request.header("x-forwarded-for", slow);
        request.send().await.unwrap().status()
    };
    let (exchange, page, search, list) = tokio::join!(
        exchange,
        refused("/", "text/html; charset=utf-8"),
        refused("/?q=x", "text/html; charset=utf-8"),
        refused("/api/v1/lists/home", "application/problem+json"),
    );
    assert_eq!(exchange, 503);
    for page in [page, search] {
        assert!(page.contains("The server is busy"), "{page}");
    }
    let problem: Value = list.parse().unwrap();
    assert_eq!(problem["code"], json!("busy"));
    // It still gets the body that it already holds, and short answers.
    for path in [TODOS, "/healthz", "/api/openapi.json"] {
        assert_eq!(ask(path, slow).await.status(), 200, "{path}");
    }
    for path in ["/", "/?q=x", "/api/v1/lists/home"] {
        assert_eq!(ask(path, other).await.status(), 200, "{path}");
    }
    drop(stalled);
    assert_eq!(ask("/api/v1/lists/home", slow).await.status(), 200);
}

#[tokio::test]
async fn long_answers_contain_the_list_compressed_or_not() {
    let server = Server::with_store(store(2_000, 100)).await;
    let last = Title::parse("the last one").unwrap();
    server.store.add(last).await.unwrap();
    for path in [
        "/",
        "/active",
        "/completed",
        "/?q=nothing",
        "/share?text=x",
        "/list.txt",
        "/list.md",
        "/api/items",
        "/api/v1/lists/home",
        "/api/v1/lists/home?since=999",
        TODOS,
    ] {
        let (plain, name) = crate::response_cache::fetch(&server, path, "").await;
        assert_eq!(name, "", "{path}");
        assert!(plain.contains("the last one"), "{path}");
        assert!(plain.matches(&"é".repeat(100)).count() >= 2_000, "{path}");
        for encoding in ["br", "gzip"] {
            let answer = crate::response_cache::fetch(&server, path, encoding).await;
            assert_eq!(answer.1, encoding, "{path}");
            assert!(answer.0 == plain, "{path}, {encoding}");
        }
    }
}

#[tokio::test]
async fn a_page_without_a_cursor_gets_the_whole_long_list() {
    let server = Server::with_store(store(2_000, 100)).await;
    let client = ClientId::new([7; 16]);
    let id = server.store.list().items().next().unwrap().id;
    let title = Title::parse("x").unwrap();
    let rename = Command::rename(id, title);
    let arguments = Exchange {
        list: ListId::HOME,
        since: Cursor::default(),
        first: CommandId { client, seq: 1 },
        commands: vec![Command::Remove { id }, rename],
    };
    let request = server.request("POST", "/api/fn/exchange");
    let request = request.body(CallEncoding::encode(&arguments).unwrap());
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), "application/x-postcard");
    let body = response.bytes().await.unwrap();
    let exchanged: ExchangeResponse = CallEncoding::decode(body).unwrap();
    let list = server.store.list();
    assert_eq!(exchanged.cursor, server.store.cursor());
    assert_eq!(exchanged.outcomes.len(), 2);
    assert!(matches!(
        exchanged.outcomes[..],
        [Outcome::Accepted, Outcome::Rejected(_), ..]
    ));
    assert_eq!(exchanged.update, ListUpdate::Listing(Listing::from(&*list)));
}

#[tokio::test]
async fn a_read_of_a_long_list_costs_by_its_length() {
    // The burst is twenty units; a search over three thousand items costs three in addition to one for the request.
    let limits = LimitSettings {
        reads_per_second: 2,
        ..LimitSettings::default()
    };
    let config = Config {
        limits,
        ..Config::default()
    };
    let server = Server::with_settings(store(3_000, 20), config).await;
    let mut searches = 0;
    while server.get("/?q=nothing").await.status() == 200 {
        searches += 1;
        assert!(searches < 20, "a search costs no more than a file");
    }
    assert!(searches >= 3, "{searches}");
    // Changes have a budget of their own.
    let add = server
        .request("POST", "/api/items")
        .json(&json!({ "item": "a" }));
    assert_eq!(add.send().await.unwrap().status(), 201);
}
