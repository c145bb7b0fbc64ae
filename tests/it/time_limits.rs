//! Timeouts for slow clients.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;

use todo_list::domain::{List, Title};
use todo_list::server::auth::Auth;
use todo_list::server::config::Config;
use todo_list::server::http::assets::Assets;
use todo_list::server::http::{router, run};
use todo_list::server::limits::Limits;
use todo_list::server::process::shutdown::Shutdown;
use todo_list::server::store::{Store, new_item};

use crate::event_reader::Events;
use crate::size_limits::{error_content_type, ways_in};
use crate::spawn::{KEY, Server};

/// Long enough for a normal request.
const SHORT_TIMEOUT: Duration = Duration::from_millis(300);

/// How long a test waits before it fails.
const TEST_TIMEOUT: Duration = Duration::from_secs(20);

/// Longer than any test.
const LONG_TIMEOUT: Duration = Duration::from_secs(3_600);

async fn connect(server: &Server) -> TcpStream {
    let address = server.url.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

/// Reads until the server closes the connection, with or without an error.
async fn read_until_closed(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    let _ = timeout(TEST_TIMEOUT, end).await.expect("it never ends");
    String::from_utf8(answer).unwrap()
}

/// Sends a byte now and then until the server closes the connection. Returns the answer.
async fn send_slowly(stream: TcpStream, bytes: &'static [u8]) -> String {
    let (mut reader, mut writer) = stream.into_split();
    let slow = tokio::spawn(async move {
        let mut pace = tokio::time::interval(SHORT_TIMEOUT / 20);
        while writer.write_all(bytes).await.is_ok() {
            pace.tick().await;
        }
    });
    let answer = read_until_closed(&mut reader).await;
    slow.abort();
    answer
}

#[tokio::test]
async fn a_head_that_does_not_come_in_time_ends_the_connection() {
    let server = Server::with_limits(Config::default(), |limits| {
        (
            limits.head_timeout,
            limits.body_timeout,
            limits.write_timeout,
        ) = (SHORT_TIMEOUT, LONG_TIMEOUT, LONG_TIMEOUT);
    })
    .await;
    for begin in ["", "GET", "GET / HTTP/1.1\r\nhost: localhost\r\nx: "] {
        let mut stream = connect(&server).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        assert_eq!(read_until_closed(&mut stream).await, "", "{begin}");
        let mut stream = connect(&server).await;
        stream.write_all(begin.as_bytes()).await.unwrap();
        assert_eq!(send_slowly(stream, b"x").await, "", "{begin}");
    }
}

#[tokio::test]
async fn a_connection_that_is_kept_may_wait_as_long_as_a_head_may_take() {
    let server = Server::with_limits(Config::default(), |limits| {
        (
            limits.head_timeout,
            limits.body_timeout,
            limits.write_timeout,
        ) = (SHORT_TIMEOUT, LONG_TIMEOUT, LONG_TIMEOUT);
    })
    .await;
    let begin = Instant::now();
    let answer = server
        .send_raw(b"GET /api/items HTTP/1.1\r\nhost: localhost\r\n\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(begin.elapsed() >= SHORT_TIMEOUT);
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_408_on_every_way_in() {
    let server = Server::with_limits(Config::default(), |limits| {
        (
            limits.head_timeout,
            limits.body_timeout,
            limits.write_timeout,
        ) = (LONG_TIMEOUT, SHORT_TIMEOUT, LONG_TIMEOUT);
    })
    .await;
    for (method, path, content_type) in ways_in(&server.store) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\n\
             content-length: 60000\r\n\r\n"
        );
        let check = |answer: &str| {
            assert!(answer.starts_with("HTTP/1.1 408 "), "{path}: {answer}");
            for header in [
                &format!("content-type: {}", error_content_type(&path)),
                "connection: close",
                "x-content-type-options: nosniff",
                "content-security-policy: default-src 'none'; ",
                "cache-control: no-store, no-transform",
            ] {
                assert!(
                    answer.contains(header),
                    "{path}: {header} is not in {answer}"
                );
            }
            assert!(
                answer.contains("The body of the request did not arrive in time"),
                "{answer}"
            );
            let is_problem = answer.contains(r#""code":"body_too_slow""#);
            assert_eq!(is_problem, path.starts_with("/api/v1/"), "{answer}");
        };
        let mut stream = connect(&server).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        check(&read_until_closed(&mut stream).await);
        let mut stream = connect(&server).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        check(&send_slowly(stream, b"x").await);
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_stream_of_events_goes_on_when_all_times_have_passed() {
    let server = Server::with_limits(Config::default(), |limits| {
        (
            limits.head_timeout,
            limits.body_timeout,
            limits.write_timeout,
        ) = (SHORT_TIMEOUT, SHORT_TIMEOUT, SHORT_TIMEOUT);
    })
    .await;
    let mut events = Events::open(server.request("GET", "/api/v1/events")).await;
    events.expect("heartbeat", server.store.cursor()).await;
    for _ in 0..3 {
        let mut late = connect(&server).await;
        assert_eq!(read_until_closed(&mut late).await, "");
    }
    let title = Title::parse("after").unwrap();
    let change = server.store.add(title).await.unwrap();
    assert_eq!(Some(events.change().await), change.as_deref().cloned());
}

/// A list of some megabytes, so that a few answers exceed every buffer.
fn long_list() -> Store {
    let title = Title::parse(&"x".repeat(400)).unwrap();
    let items = (0..10_000).map(|_| new_item(title.clone()));
    Store::in_memory_with(List::at_revision(KEY, 1, items)).unwrap()
}

/// Requests more than the buffers hold, and reads only the first byte.
async fn stalled(address: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = "GET /api/items HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(5);
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.read_exact(&mut [0]).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stops_reading_is_cut_off() {
    let (stop, stopped) = oneshot::channel::<()>();
    let (address, served) = serve(long_list(), SHORT_TIMEOUT, stopped).await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(stalled(&address).await);
    }
    // A stalled reader holds the last permit: another client is accepted once the reader is cut off.
    let begin = Instant::now();
    loop {
        let request = reqwest::get(format!("http://{address}/api/openapi.json")).await;
        if request.unwrap().status() == 200 {
            break;
        }
        assert!(begin.elapsed() < TEST_TIMEOUT);
    }
    drop((stop, streams));
    timeout(TEST_TIMEOUT, served).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_reader_does_not_delay_shutdown() {
    let (stop, stopped) = oneshot::channel::<()>();
    let (address, served) = serve(long_list(), LONG_TIMEOUT, stopped).await;
    let stream = stalled(&address).await;
    let begin = Instant::now();
    stop.send(()).unwrap();
    timeout(TEST_TIMEOUT, served).await.unwrap().unwrap();
    let taken = begin.elapsed();
    assert!(taken < Duration::from_secs(3), "{taken:?}");
    drop(stream);
}

/// A server that accepts five connections, until `stopped` resolves.
async fn serve(
    store: Store,
    write: Duration,
    stopped: oneshot::Receiver<()>,
) -> (String, tokio::task::JoinHandle<()>) {
    let config = Config::default();
    let auth = Auth::open(None, &config).unwrap();
    let assets = Assets::with_hashes(&config, "");
    let router = router(&store, &auth, assets, &config, Shutdown::never());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let limits = Limits {
        write_timeout: write,
        connections: 5,
        ..Limits::new(&config)
    };
    let served = tokio::spawn(async move {
        let stopped = async move { drop(stopped.await) };
        run(listener, router, limits, stopped).await.unwrap();
    });
    (address, served)
}
