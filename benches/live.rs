//! The cost of event streams: `make bench`. The server is the program itself, in a process of its
//! own; this process holds the other ends of the streams.
//!
//! `TODO_LIST_STREAMS` is the number of streams, 10,000 by default (1,000 in a quick run). Every stream
//! needs one open file in each of the two processes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "support/program.rs"]
mod program;
#[expect(dead_code, reason = "there is nothing to compare with")]
#[path = "support/results.rs"]
mod results;

use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use program::{Program, Sandbox};
use results::{Budget, Results, Row, is_quick};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

const GROUP: &str = "Following";
const ROUNDS: usize = 20;
/// How many changes come at once: fewer than the history of the list, so that no stream has to reload it.
const BURST: usize = 200;
/// How many streams are opened at a time.
const OPENING: usize = 64;
const ROUND_TIMEOUT: Duration = Duration::from_secs(60);

/// The beginning of every change in the stream.
const MARK: &[u8] = b"event: change\n";
/// The first event of a stream.
const OPEN: &[u8] = b"event: heartbeat\n";

fn main() {
    let streams = std::env::var("TODO_LIST_STREAMS");
    let usual = if is_quick() { 1_000 } else { 10_000 };
    let streams: usize = streams.map_or(usual, |number| number.parse().unwrap());
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let needed = streams as u64 + 100;
    assert!(
        files >= needed,
        "{streams} streams need {needed} open files, and the limit is {files}: \
         raise it (ulimit -Hn), or set TODO_LIST_STREAMS"
    );
    println!(
        "\nFollowing the list: one server, streams that are idle but for the changes told here"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut results = Results::new();
    for streams in [streams / 10, streams].map(|streams| streams.max(2 * OPENING)) {
        runtime.block_on(measure(streams, &mut results));
    }
    results.write("live");
}

async fn measure(streams: usize, results: &mut Results) {
    let server = Server::start();
    let received = Arc::new(Received::default());
    let mut open = JoinSet::new();
    // The one-time cost of the first connections is not part of the cost of a stream.
    open_streams(&server, &received, &mut open, OPENING).await;
    server.change(1).await;
    received.wait_for(OPENING).await;
    let before = server.program.resident();
    open_streams(&server, &received, &mut open, streams - OPENING).await;
    let idle = server.program.resident() - before;

    let (mut medians, mut slowest) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        server.change(1).await;
        let times = received.wait_for(streams).await;
        let milliseconds = |time: Instant| (time - begin).as_secs_f64() * 1e3;
        medians.push(milliseconds(times[streams / 2]));
        slowest.push(milliseconds(times[streams - 1]));
    }

    let begin = Instant::now();
    server.change(BURST).await;
    received.wait_for(BURST * streams).await;
    let rate = BURST as f64 / begin.elapsed().as_secs_f64();
    let busy = server.program.resident() - before;

    let kilobytes = |bytes: f64| bytes / 1_024.0 / (streams - OPENING) as f64;
    let mut add = |what: &str, unit, values: &[f64], budget: Option<Budget>| {
        let row = Row::new(GROUP, &format!("{streams} streams: {what}"), unit, values);
        results.add(match budget {
            Some(budget) => row.budget(budget),
            None => row,
        });
    };
    let budget = Some(Budget::AtMost(15.0));
    add("memory of each", "KB", &[kilobytes(idle)], budget);
    add("the same after a burst", "KB", &[kilobytes(busy)], None);
    add("half of them have a change", "ms", &medians, None);
    add("all of them have it", "ms", &slowest, None);
    add("changes that come to all", "changes/s", &[rate], None);
}

/// The changes that all streams together have received.
#[derive(Default)]
struct Received {
    times: Mutex<Vec<Instant>>,
    expected: AtomicUsize,
    complete: Notify,
}

impl Received {
    fn note(&self) {
        let mut times = self.times.lock().unwrap();
        times.push(Instant::now());
        if times.len() == self.expected.load(Ordering::Relaxed) {
            self.complete.notify_one();
        }
    }

    /// Waits for this many changes since the last call. Returns their times of arrival, sorted.
    async fn wait_for(&self, expected: usize) -> Vec<Instant> {
        self.expected.store(expected, Ordering::Relaxed);
        // The notification may belong to an earlier wait.
        while self.times.lock().unwrap().len() < expected {
            timeout(ROUND_TIMEOUT, self.complete.notified())
                .await
                .unwrap();
        }
        std::mem::take(&mut self.times.lock().unwrap())
    }
}

async fn open_streams(
    server: &Server,
    received: &Arc<Received>,
    open: &mut JoinSet<()>,
    count: usize,
) {
    let room = Arc::new(Semaphore::new(OPENING));
    for _ in 0..count {
        let permit = room.clone().acquire_owned().await.unwrap();
        let stream = TcpStream::connect(&server.program.address).await.unwrap();
        open.spawn(read(stream, permit, received.clone()));
    }
    let all = room.acquire_many(OPENING as u32);
    drop(timeout(ROUND_TIMEOUT, all).await.unwrap().unwrap());
}

/// Reads a stream until it ends, with a buffer only while bytes arrive.
async fn read(mut stream: TcpStream, permit: OwnedSemaphorePermit, received: Arc<Received>) {
    let request = b"GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let (mut open, mut change) = (Mark::new(OPEN), Mark::new(MARK));
    let mut permit = Some(permit);
    loop {
        stream.readable().await.unwrap();
        let mut buffer = [0; 4_096];
        let length = match stream.try_read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            result => result.unwrap(),
        };
        // The server was stopped.
        if length == 0 {
            return;
        }
        for byte in &buffer[..length] {
            if open.is_complete(*byte) {
                permit.take();
            }
            if change.is_complete(*byte) {
                received.note();
            }
        }
    }
}

/// Finds a mark in a chunked stream. Its first byte occurs only once in it.
struct Mark {
    mark: &'static [u8],
    found: usize,
}

impl Mark {
    fn new(mark: &'static [u8]) -> Self {
        Self { mark, found: 0 }
    }

    fn is_complete(&mut self, byte: u8) -> bool {
        self.found = match byte {
            byte if byte == self.mark[self.found] => self.found + 1,
            byte => usize::from(byte == self.mark[0]),
        };
        let is_complete = self.found == self.mark.len();
        if is_complete {
            self.found = 0;
        }
        is_complete
    }
}

/// The program with a list in memory, and the number of items that were added.
struct Server {
    program: Program,
    sent: AtomicUsize,
    client: reqwest::Client,
    _sandbox: Sandbox,
}

impl Server {
    fn start() -> Self {
        let sandbox = Sandbox::new();
        Self {
            program: sandbox.start(&["--data", ":memory:"]),
            sent: AtomicUsize::new(0),
            client: reqwest::Client::new(),
            _sandbox: sandbox,
        }
    }

    /// Adds this many items with one request.
    async fn change(&self, count: usize) {
        let first = self.sent.fetch_add(count, Ordering::Relaxed) + 1;
        let command = |seq| {
            let id = uuid::Uuid::now_v7();
            let add = json!({ "id": id, "title": "Something that needs to be done", "at": "end" });
            json!({ "seq": seq, "command": { "add": add } })
        };
        let commands: Vec<Value> = (first..first + count).map(command).collect();
        let client = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";
        let url = format!("http://{}/api/v1/lists/home/commands", self.program.address);
        let request = self.client.post(url);
        let request = request.json(&json!({ "client": client, "commands": commands }));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
    }
}
