//! What it costs to follow the list: `make bench`. The server is the program itself, in a process of its
//! own; this process holds the other ends of the streams.
//!
//! `TODO_LIST_STREAMS` is the number of streams, 10,000 if it is not set. Every stream takes one open
//! file in each of the two processes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

const ROUNDS: usize = 20;
/// How many changes come at once; fewer than the list remembers, so that nobody has to load it anew.
const BURST: usize = 200;
/// How many streams are opened at a time.
const OPENING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(60);

/// What every change looks like in the stream.
const MARK: &[u8] = b"event: change\n";
/// What comes when a stream is open.
const OPEN: &[u8] = b"event: heartbeat\n";

fn main() {
    let streams = std::env::var("TODO_LIST_STREAMS");
    let streams: usize = streams.map_or(10_000, |number| number.parse().unwrap());
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
    println!(
        "{:>8} {:>16} {:>16} {:>24} {:>20}",
        "streams", "KB per stream", "after a burst", "one change: p50, max ms", "changes/s to all"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for streams in [streams / 10, streams].map(|streams| streams.max(2 * OPENING)) {
        runtime.block_on(measure(streams));
    }
}

async fn measure(streams: usize) {
    let server = Server::start();
    let received = Arc::new(Received::default());
    let mut open = JoinSet::new();
    // What the first connections cost is not the cost of a stream.
    open_streams(&server, &received, &mut open, OPENING).await;
    server.change(1).await;
    received.wait_for(OPENING).await;
    let before = server.resident();
    open_streams(&server, &received, &mut open, streams - OPENING).await;
    let idle = server.resident().saturating_sub(before);

    let (mut medians, mut slowest) = (Vec::new(), Duration::ZERO);
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        server.change(1).await;
        let times = received.wait_for(streams).await;
        medians.push(times[streams / 2] - begin);
        slowest = slowest.max(times[streams - 1] - begin);
    }
    medians.sort();

    let begin = Instant::now();
    server.change(BURST).await;
    received.wait_for(BURST * streams).await;
    let rate = BURST as f64 / begin.elapsed().as_secs_f64();
    let busy = server.resident().saturating_sub(before);

    let kilobytes = |bytes: u64| bytes as f64 / 1_024.0 / (streams - OPENING) as f64;
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let latency = format!(
        "{:.0}, {:.0}",
        milliseconds(medians[ROUNDS / 2]),
        milliseconds(slowest)
    );
    println!(
        "{streams:>8} {:>16.1} {:>16.1} {latency:>24} {rate:>20.0}",
        kilobytes(idle),
        kilobytes(busy)
    );
}

/// What all streams together have received.
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

    /// Waits for so many changes since the last time; answers when each came, in order.
    async fn wait_for(&self, expected: usize) -> Vec<Instant> {
        self.expected.store(expected, Ordering::Relaxed);
        // What is notified may also be the end of an earlier wait.
        while self.times.lock().unwrap().len() < expected {
            timeout(PATIENCE, self.complete.notified()).await.unwrap();
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
        let stream = TcpStream::connect(&server.address).await.unwrap();
        open.spawn(read(stream, permit, received.clone()));
    }
    let all = room.acquire_many(OPENING as u32);
    drop(timeout(PATIENCE, all).await.unwrap().unwrap());
}

/// Reads a stream for ever, with a buffer only while something comes.
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
        // The server has been stopped.
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

/// Finds a mark in what comes piece by piece. Its first byte comes only once in it.
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

/// The program, with a list in memory and a page of empty files; killed when it is dropped.
struct Server {
    child: Child,
    address: String,
    sent: AtomicUsize,
    client: reqwest::Client,
    _folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        for kind in ["js", "wasm", "css"] {
            fs::write(folder.path().join(format!("site/pkg/todo-list.{kind}")), "").unwrap();
        }
        // A copy without a hash.txt beside it: this page has plain names.
        let program = folder.path().join("todo-list");
        fs::copy(env!("CARGO_BIN_EXE_todo-list"), &program).unwrap();
        let mut child = Command::new(program)
            .current_dir(folder.path())
            .env_clear()
            .args(["--addr", "127.0.0.1:0", "--site-root", "site"])
            .args(["--data", ":memory:", "--max-connections", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let (_, address) = line.trim_end().split_once("listening on http://").unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        // The rest must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self {
            child,
            address,
            sent: AtomicUsize::new(0),
            client: reqwest::Client::new(),
            _folder: folder,
        }
    }

    /// Adds so many items with one request.
    async fn change(&self, count: usize) {
        let first = self.sent.fetch_add(count, Ordering::Relaxed) + 1;
        let command = |seq| {
            let id = uuid::Uuid::now_v7();
            let add = json!({ "id": id, "title": "Something that needs to be done", "at": "end" });
            json!({ "seq": seq, "command": { "add": add } })
        };
        let commands: Vec<Value> = (first..first + count).map(command).collect();
        let client = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";
        let url = format!("http://{}/api/v1/lists/home/commands", self.address);
        let request = self.client.post(url);
        let request = request.json(&json!({ "client": client, "commands": commands }));
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
    }

    /// The resident memory of the program, in bytes.
    fn resident(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmRSS:"))
            .unwrap();
        let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes * 1_024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
