//! The memory of the program with the longest list, under many readers.

use std::time::Duration;

use reqwest::{Client, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::program::{Running, Sandbox};

/// The limit that the documentation promises, in megabytes.
const BOUND: u64 = 512;
const ITEMS: usize = 99_990;
const LONG_PATHS: [&str; 7] = [
    "/",
    "/active",
    "/completed",
    "/list.txt",
    "/api/items",
    "/api/v1/lists/home",
    "/api/v1/lists/home/todos",
];
/// How long an answer may take, even from a debug build.
const LIMIT: Duration = Duration::from_secs(100);

fn sandbox_with_longest_list() -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |number| format!("Überweisen, and not forget to buy {number}\n");
    let list: String = (0..ITEMS).map(line).collect();
    let file = sandbox.beside("list.txt");
    std::fs::write(&file, list).unwrap();
    let (code, _, words) = sandbox.act(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{words}");
    sandbox
}

async fn ask(client: &Client, server: &Running, path: &str, encoding: &str) -> Response {
    let request = client.get(format!("{}{path}", server.url));
    let request = request.header("accept-encoding", encoding).send();
    timeout(LIMIT, request).await.unwrap().unwrap()
}

/// Sends a request and reads only the first byte of the answer.
async fn stall(address: &str, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let first = timeout(LIMIT, stream.read_exact(&mut [0])).await;
    first.unwrap().unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_longest_list_takes_half_a_gigabyte_at_most_whatever_its_readers_do() {
    let sandbox = sandbox_with_longest_list();
    let server = sandbox.start();
    let address = server.url.trim_start_matches("http://").to_owned();
    let client = Client::new();
    let told = |what: &str| {
        let peak = server.peak();
        assert!(peak < BOUND, "{what}: {peak} MB");
    };
    told("started");
    for path in LONG_PATHS {
        for encoding in ["", "br", "gzip"] {
            let answer = ask(&client, &server, path, encoding).await;
            assert_eq!(answer.status(), 200, "{path}, {encoding}");
            answer.bytes().await.unwrap();
        }
    }
    told("one reader of everything");
    let mut stalled = Vec::new();
    for round in 0..3 {
        // Readers of another version, until the server refuses further ones.
        let mut readers = JoinSet::new();
        for path in LONG_PATHS.into_iter().chain([LONG_PATHS[6]; 30]) {
            let address = address.clone();
            readers.spawn(async move { stall(&address, path).await });
        }
        stalled.extend(readers.join_all().await);
        told(&format!("slow readers, round {round}"));
        server.add("another version").await;
    }
    drop(stalled);
    let mut searches = JoinSet::new();
    for number in 0..20 {
        let (address, path) = (address.clone(), format!("/?q={number}"));
        searches.spawn(async move { stall(&address, &path).await });
    }
    let searches = searches.join_all().await;
    told("searches");
    drop(searches);
    // A later reader gets a complete answer.
    let answer = ask(&client, &server, "/", "br").await;
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap();
    told("afterwards");
}
