//! The load: connections over the loopback interface that send a request, read the whole answer, and go on.
//! It has one thread of its own, so that the server has the rest of the machine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{sleep, sleep_until};

/// The request of every connection, and the expected answer.
#[derive(Clone)]
pub struct Request {
    bytes: Rc<[u8]>,
    status: &'static str,
}

impl Request {
    /// A GET with these additional header lines, each with its line end.
    pub fn get(path: &str, lines: &str, status: &'static str) -> Self {
        let text = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n");
        let bytes = text.into_bytes().into();
        Self { bytes, status }
    }

    /// A request that adds an item.
    pub fn post_item() -> Self {
        let body = r#"{"item": "Something that needs to be done"}"#;
        let text = format!(
            "POST /api/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let bytes = text.into_bytes().into();
        Self {
            bytes,
            status: "201",
        }
    }
}

/// Returns the answered requests per second over this many connections, each of which sends the next request after
/// the answer to the one before.
pub fn rate(address: &str, request: &Request, connections: usize, measured: Duration) -> f64 {
    let (count, is_done) = (Rc::new(Cell::new(0_u64)), Rc::new(Cell::new(false)));
    run(async {
        let tasks: Vec<_> = (0..connections)
            .map(|_| {
                let mut connection = Connection::new(address);
                let (request, count, is_done) = (request.clone(), count.clone(), is_done.clone());
                tokio::task::spawn_local(async move {
                    while !is_done.get() {
                        connection.exchange(&request).await;
                        count.set(count.get() + 1);
                    }
                })
            })
            .collect();
        sleep(measured / 4).await;
        let (begin, before) = (Instant::now(), count.get());
        sleep(measured).await;
        let rate = (count.get() - before) as f64 / begin.elapsed().as_secs_f64();
        is_done.set(true);
        for task in tasks {
            task.await.unwrap();
        }
        rate
    })
}

/// Returns the sorted latencies in milliseconds at a fixed rate per second, independent of the answers
/// (open loop). The latency of a request counts from the time at which it was due.
pub fn latencies(
    address: &str,
    request: &Request,
    connections: usize,
    per_second: f64,
    measured: Duration,
) -> Vec<f64> {
    let latencies = Rc::new(RefCell::new(Vec::new()));
    run(async {
        let begin = tokio::time::Instant::now() + Duration::from_millis(50);
        let pause = Duration::from_secs_f64(connections as f64 / per_second);
        let tasks: Vec<_> = (0..connections)
            .map(|index| {
                let mut connection = Connection::new(address);
                let (request, latencies) = (request.clone(), latencies.clone());
                tokio::task::spawn_local(async move {
                    let mut due = begin + pause.mul_f64(index as f64 / connections as f64);
                    let (warm, end) = (begin + measured / 4, begin + measured * 5 / 4);
                    while due < end {
                        let is_late = due < tokio::time::Instant::now();
                        if !is_late {
                            sleep_until(due).await;
                        }
                        // The server is not responsible for a late wake-up of this process.
                        let sent = if is_late {
                            due
                        } else {
                            tokio::time::Instant::now()
                        };
                        connection.exchange(&request).await;
                        if due >= warm {
                            latencies
                                .borrow_mut()
                                .push(sent.elapsed().as_secs_f64() * 1e3);
                        }
                        due += pause;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let mut latencies = latencies.take();
    latencies.sort_by(f64::total_cmp);
    latencies
}

/// One answer: its head, and its body as sent.
pub fn fetch(address: &str, request: &Request) -> (String, Vec<u8>) {
    run(async {
        let mut connection = Connection::new(address);
        let head = connection.exchange(request).await;
        let body = connection.buffer.split_off(head);
        let head = String::from_utf8(std::mem::take(&mut connection.buffer)).unwrap();
        let is_chunked = head
            .to_ascii_lowercase()
            .contains("\r\ntransfer-encoding: chunked");
        (head, if is_chunked { joined(&body) } else { body })
    })
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, future)
}

struct Connection {
    address: String,
    /// `None` before the first request and after the server closed the connection.
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    fn new(address: &str) -> Self {
        Self {
            address: address.into(),
            stream: None,
            buffer: Vec::with_capacity(64 << 10),
        }
    }

    /// Sends a request and reads the answer into the buffer. Returns the length of its head, in bytes.
    async fn exchange(&mut self, request: &Request) -> usize {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(&self.address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                stream
            }
        };
        stream.write_all(&request.bytes).await.unwrap();
        self.buffer.clear();
        let mut head: Option<Head> = None;
        loop {
            let read = stream.read_buf(&mut self.buffer).await.unwrap();
            assert_ne!(
                read, 0,
                "the server has closed the connection within an answer"
            );
            if head.is_none() {
                head = Head::read(&self.buffer);
            }
            let Some(head) = &head else { continue };
            let is_whole = match head.body {
                Some(length) => self.buffer.len() >= head.length + length,
                // The end of a chunked body.
                None => self.buffer.ends_with(b"\r\n0\r\n\r\n"),
            };
            if is_whole {
                assert_eq!(&self.buffer[9..12], request.status.as_bytes());
                if !head.is_last {
                    self.stream = Some(stream);
                }
                return head.length;
            }
        }
    }
}

struct Head {
    length: usize,
    /// The length of the body; `None` if it is chunked.
    body: Option<usize>,
    /// Whether the server closes the connection.
    is_last: bool,
}

impl Head {
    /// Parses the head at the beginning of the received bytes, if it is complete.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut head = Self {
            length: 0,
            body: None,
            is_last: false,
        };
        // A single pass, because a head of many lines must not cost this side much more than a short one.
        loop {
            let rest = &bytes[head.length..];
            let line = &rest[..rest.iter().position(|byte| *byte == b'\n')?];
            head.length += line.len() + 1;
            match line.trim_ascii() {
                [] => break,
                // The relevant headers begin with this letter: `content-length` and `connection`.
                line @ [b'c' | b'C', ..] => head.take(line),
                _ => {}
            }
        }
        if &bytes[9..12] == b"304" {
            head.body = Some(0);
        }
        Some(head)
    }

    fn take(&mut self, line: &[u8]) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"content-length") {
            self.body = Some(std::str::from_utf8(value).unwrap().parse().unwrap());
        }
        if name.eq_ignore_ascii_case(b"connection") {
            self.is_last = value.eq_ignore_ascii_case(b"close");
        }
    }
}

/// Removes the chunk lengths from a body.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.iter().position(|byte| *byte == b'\r').unwrap();
        let length = std::str::from_utf8(&chunks[..end]).unwrap();
        let length = usize::from_str_radix(length, 16).unwrap();
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&chunks[end + 2..end + 2 + length]);
        chunks = &chunks[end + length + 4..];
    }
}
