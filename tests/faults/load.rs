//! Many deliberately slow clients: other clients must not become slower.

use std::io::Write;
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use crate::program::{Running, Sandbox, post};

const SLOW_HEADS: usize = 500;
const STALLED_READERS: usize = 100;
/// How many requests of each kind other clients send meanwhile.
const REQUESTS: usize = 50;
/// The limit for the median of their times.
const BOUND: Duration = Duration::from_millis(100);

/// A list of half a megabyte: a few answers exceed the socket buffers.
fn sandbox_with_long_list() -> Sandbox {
    let sandbox = Sandbox::new();
    let list = format!("{}\n", "x".repeat(490)).repeat(1_000);
    let file = sandbox.beside("list.txt");
    std::fs::write(&file, list).unwrap();
    let (code, _, words) = sandbox.act(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{words}");
    sandbox
}

/// Measures the requests of another client: the median and the 95th percentile.
async fn check_others(server: &Running, what: &str) {
    let client = Client::new();
    let (mut reads, mut changes) = (Vec::new(), Vec::new());
    let page = format!("{}/", server.url);
    // All readers share one rendered page.
    client.get(&page).send().await.unwrap();
    for _ in 0..REQUESTS {
        let begin = Instant::now();
        let response = client.get(&page).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap();
        reads.push(begin.elapsed());
    }
    for _ in 0..REQUESTS {
        let begin = Instant::now();
        assert_eq!(post(&client, &server.url, "x").await, Some(201));
        changes.push(begin.elapsed());
    }
    // Not captured by the test harness.
    let mut output = std::io::stderr();
    for (kind, mut times) in [("GET /", reads), ("POST /api/items", changes)] {
        times.sort();
        let (median, p95) = (times[REQUESTS / 2], times[REQUESTS * 95 / 100]);
        let line = format!("{what}: {kind} takes {median:.1?}, 95 of 100 at most {p95:.1?}");
        writeln!(output, "{line}").unwrap();
        assert!(median < BOUND, "{line}");
    }
}

/// Keeps connections open that send a byte of a request head now and then, and reconnects those that the server closes.
async fn send_heads_slowly(address: String) -> JoinHandle<()> {
    let connect = async |address: &str| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = b"GET / HTTP/1.1\r\nhost: localhost\r\nx: ";
        stream.write_all(head).await.unwrap();
        stream
    };
    let mut streams = Vec::new();
    for _ in 0..SLOW_HEADS {
        streams.push(connect(&address).await);
    }
    let mut pace = tokio::time::interval(Duration::from_millis(500));
    tokio::spawn(async move {
        loop {
            pace.tick().await;
            for stream in &mut streams {
                if stream.try_write(b"y").is_err() {
                    *stream = connect(&address).await;
                }
            }
        }
    })
}

/// Requests a long answer and reads only its first byte.
async fn stall(address: &str, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").repeat(20);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0]).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_request_heads_slow_no_other_client() {
    let sandbox = sandbox_with_long_list();
    let server = sandbox.start();
    let address = server.url.trim_start_matches("http://").to_owned();
    let slow = send_heads_slowly(address).await;
    check_others(&server, &format!("{SLOW_HEADS} slow heads")).await;
    assert!(!slow.is_finished());
    slow.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stalled_readers_slow_no_other_client_and_do_not_delay_shutdown() {
    let sandbox = sandbox_with_long_list();
    let server = sandbox.start();
    let address = server.url.trim_start_matches("http://").to_owned();
    let mut stalled = Vec::new();
    for path in ["/", "/api/items", "/api/v1/lists/home", "/api/v1/events"] {
        for _ in 0..STALLED_READERS / 4 {
            stalled.push(stall(&address, path).await);
        }
    }
    check_others(&server, &format!("{STALLED_READERS} stalled readers")).await;
    let begin = Instant::now();
    server.stop();
    let taken = begin.elapsed();
    assert!(taken < Duration::from_secs(4), "{taken:?}");
    drop(stalled);
}
