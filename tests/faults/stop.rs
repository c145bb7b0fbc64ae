//! Shutdown under load: in time, without loss, and with the journal in one file.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinSet, yield_now};

use crate::program::{Running, Sandbox, post};

const STREAMS: usize = 1_000;
const WRITERS: usize = 8;

/// The acknowledged items, and the number of writers.
struct Writers {
    acknowledged: Arc<AtomicUsize>,
    running: JoinSet<Vec<String>>,
}

impl Writers {
    /// Each writes until the server stops answering.
    fn start(url: &str) -> Self {
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut running = JoinSet::new();
        for writer in 0..WRITERS {
            let (url, acknowledged) = (url.to_owned(), acknowledged.clone());
            running.spawn(async move {
                let client = Client::new();
                let mut items = Vec::new();
                loop {
                    let item = format!("writer {writer}, item {}", items.len());
                    if post(&client, &url, &item).await != Some(201) {
                        return items;
                    }
                    items.push(item);
                    acknowledged.fetch_add(1, Relaxed);
                }
            });
        }
        Self {
            acknowledged,
            running,
        }
    }

    /// Waits until this many more items are acknowledged.
    async fn wait_for(&self, more: usize) {
        let enough = self.acknowledged.load(Relaxed) + more;
        while self.acknowledged.load(Relaxed) < enough {
            yield_now().await;
        }
    }

    async fn end(self) -> Vec<String> {
        self.running.join_all().await.concat()
    }
}

/// Asserts that a list holds each of the items once.
fn assert_holds(list: &[String], items: &[String]) {
    let there: HashSet<&String> = list.iter().collect();
    assert_eq!(there.len(), list.len(), "something is there twice");
    for item in items {
        assert!(there.contains(item), "{item} was answered and is lost");
    }
}

async fn connect(running: &Running, request: &str) -> TcpStream {
    let address = running.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Opens an event stream and reads its first event.
async fn open_stream(running: &Running) -> TcpStream {
    let request = "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut stream = connect(running, request).await;
    let mut head = vec![0; 4_096];
    let mut length = 0;
    while !String::from_utf8_lossy(&head[..length]).contains("event: heartbeat\n") {
        let read = stream.read(&mut head[length..]).await.unwrap();
        assert!(read > 0, "a stream has ended before it began");
        length += read;
    }
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_thousand_streams_and_writers_it_stops_in_time_and_loses_nothing() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let sandbox = Sandbox::new();
    let mut running = sandbox.start();
    let mut streams = JoinSet::new();
    for _ in 0..STREAMS {
        let mut stream = open_stream(&running).await;
        streams.spawn(async move {
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).await.unwrap();
            rest
        });
    }
    // This request never ends: the program must not wait for it, and still close its journal.
    let hanging = "POST /api/items HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
                   Content-Length: 9\r\n\r\n{";
    let hanging = connect(&running, hanging).await;
    let writers = Writers::start(&running.url);
    writers.wait_for(200).await;
    let begin = Instant::now();
    running.ask_to_stop();
    let status = tokio::task::block_in_place(|| running.wait());
    let taken = begin.elapsed();
    assert_eq!(status.code(), Some(0));
    assert!(taken < Duration::from_secs(10), "{taken:?}");
    eprintln!("stopped within {taken:?}");
    for rest in streams.join_all().await {
        // The chunked body is complete.
        assert!(rest.ends_with(b"0\r\n\r\n"), "a stream was cut off");
    }
    let answered = writers.end().await;
    assert!(answered.len() >= 200);
    drop(hanging);
    let said = running.log();
    assert!(!said.contains("before the journal was closed"), "{said}");
    let log = sandbox.file("todo-list.db-wal");
    let left = log.metadata().map_or(0, |log| log.len());
    assert_eq!(left, 0, "the log is not in the database");
    assert_holds(&sandbox.start().items().await, &answered);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_it_at_once_and_loses_nothing() {
    let sandbox = Sandbox::new();
    let mut running = Running::start(sandbox.command().args(["--drain", "600"])).unwrap();
    let writers = Writers::start(&running.url);
    writers.wait_for(50).await;
    running.ask_to_stop();
    running.wait_until_ready(false).await;
    // It still serves while it drains.
    writers.wait_for(50).await;
    let begin = Instant::now();
    running.ask_to_stop();
    let status = tokio::task::block_in_place(|| running.wait());
    assert_eq!(status.code(), Some(143));
    let taken = begin.elapsed();
    assert!(taken < Duration::from_secs(2), "{taken:?}");
    let answered = writers.end().await;
    assert_holds(&sandbox.start().items().await, &answered);
}
