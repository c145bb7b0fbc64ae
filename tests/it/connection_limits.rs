//! Limits of open connections and streams.

use std::time::{Duration, Instant};

use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use todo_list::server::config::Config;
use todo_list::server::config::LimitSettings;

use crate::event_reader::Events;
use crate::security::{ITEMS, TODOS};
use crate::spawn::{Server, header};

const EVENTS: &str = "/api/v1/events";

async fn connect(server: &Server) -> TcpStream {
    let address = server.url.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

/// Waits until the server accepts a connection again. It notices a closed connection only when its own end
/// closes.
async fn once_accepted(request: impl Fn() -> RequestBuilder) -> Response {
    let begin = Instant::now();
    loop {
        let answer = request().send().await.unwrap();
        if answer.status() != 503 {
            return answer;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(20),
            "there is no room"
        );
    }
}

fn check_headers(answer: &Response, content_type: &str) {
    assert_eq!(answer.status(), 503);
    assert_eq!(header(answer, "retry-after"), "10");
    assert_eq!(header(answer, "content-type"), content_type);
    assert_eq!(header(answer, "x-content-type-options"), "nosniff");
    assert_eq!(header(answer, "cache-control"), "no-store, no-transform");
}

#[tokio::test]
async fn a_connection_over_the_limit_gets_503_in_the_format_of_the_path() {
    let server = Server::with_limits(Config::default(), |limits| limits.connections = 2).await;
    let held = [connect(&server).await, connect(&server).await];
    for (path, content_type, words) in [
        ("/", "text/html; charset=utf-8", "<h1>Error: Refused.</h1>"),
        (
            "/pkg/todo-list.js",
            "text/html; charset=utf-8",
            "too many connections",
        ),
        (ITEMS, "application/json", "too many connections"),
        (
            TODOS,
            "application/problem+json",
            r#""code":"too_many_connections""#,
        ),
        (
            EVENTS,
            "application/problem+json",
            r#""code":"too_many_connections""#,
        ),
    ] {
        let answer = server.get(path).await;
        check_headers(&answer, content_type);
        assert_eq!(header(&answer, "connection"), "close", "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(words), "{path}: {text}");
    }
    drop(held);
    let answer = once_accepted(|| server.request("GET", ITEMS)).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn further_connections_are_closed_without_an_answer() {
    let server = Server::with_limits(Config::default(), |limits| limits.connections = 1).await;
    let mut held = Vec::new();
    for _ in 0..65 {
        held.push(connect(&server).await);
    }
    let mut closed = connect(&server).await;
    assert_eq!(closed.read(&mut [0; 9]).await.unwrap_or(0), 0);
    held.truncate(1);
    // The one connection that is left still fills the limit, and refusals are answered again.
    let begin = Instant::now();
    while server.request("GET", ITEMS).send().await.is_err() {
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(server.get(ITEMS).await.status(), 503);
}

#[tokio::test]
async fn a_stream_too_many_is_503_and_requests_go_on() {
    let limits = LimitSettings {
        max_streams: Some(2),
        ..LimitSettings::default()
    };
    let server = Server::with_config(Config {
        limits,
        ..Config::default()
    })
    .await;
    let open = || server.request("GET", EVENTS);
    let held = [Events::open(open()).await, Events::open(open()).await];
    let answer = open().send().await.unwrap();
    check_headers(&answer, "application/problem+json");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["code"], "too_many_streams");
    assert_eq!(server.get(ITEMS).await.status(), 200);
    drop(held);
    assert_eq!(once_accepted(open).await.status(), 200);
}

#[tokio::test]
async fn a_client_behind_a_trusted_proxy_has_so_many_streams() {
    let limits = LimitSettings {
        max_connections_per_address: 1,
        ..LimitSettings::default()
    };
    let trusted_proxies = "127.0.0.1".parse().unwrap();
    let config = Config {
        limits,
        trusted_proxies,
        ..Config::default()
    };
    let server = Server::with_config(config).await;
    let open = |client: &str| {
        server
            .request("GET", EVENTS)
            .header("x-forwarded-for", client)
    };
    let _held = [
        Events::open(open("1.1.1.1")).await,
        Events::open(open("2.2.2.2")).await,
        Events::open(open("2001:db8::1")).await,
        // These requests carry no forwarded address.
        Events::open(server.request("GET", EVENTS)).await,
        Events::open(server.request("GET", EVENTS)).await,
    ];
    for client in ["1.1.1.1", "2.2.2.2", "2001:db8::2"] {
        assert_eq!(open(client).send().await.unwrap().status(), 503, "{client}");
    }
    assert_eq!(open("3.3.3.3").send().await.unwrap().status(), 200);
}
