//! Rate limits for each client.

use reqwest::Response;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use todo_list::server::config::Config;
use todo_list::server::config::LimitSettings;

use crate::event_reader::Events;
use crate::security::{ITEMS, TODOS, change};
use crate::spawn::{Server, header};

/// Starts a server with a burst of twenty reads and ten changes for each client.
async fn strict(trusted_proxies: &str) -> Server {
    let limits = LimitSettings {
        reads_per_second: 2,
        changes_per_second: 1,
        ..LimitSettings::default()
    };
    Server::with_config(Config {
        limits,
        trusted_proxies: trusted_proxies.parse().unwrap(),
        ..Config::default()
    })
    .await
}

async fn read(server: &Server, forwarded_for: &str) -> Response {
    read_for(server, forwarded_for.as_bytes()).await
}

async fn read_for(server: &Server, forwarded_for: &[u8]) -> Response {
    let request = server.request("GET", ITEMS);
    let value = HeaderValue::from_bytes(forwarded_for).unwrap();
    request
        .header("x-forwarded-for", value)
        .send()
        .await
        .unwrap()
}

/// Reads until the server answers 429. Returns the number of answers before that.
async fn use_up(server: &Server, forwarded_for: &str) -> usize {
    let mut count = 0;
    while read(server, forwarded_for).await.status() == 200 {
        count += 1;
        assert!(count < 1_000, "there is no limit for {forwarded_for:?}");
    }
    count
}

#[tokio::test]
async fn too_many_requests_get_429_with_a_retry_time_in_the_format_of_the_path() {
    let server = strict("").await;
    for _ in 0..12 {
        change(&server, ITEMS, &[]).send().await.unwrap();
    }
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        (ITEMS, "application/json"),
        (TODOS, "application/problem+json"),
    ] {
        let answer = change(&server, path, &[]).send().await.unwrap();
        assert_eq!(answer.status(), 429, "{path}");
        assert_eq!(header(&answer, "retry-after"), "1", "{path}");
        assert_eq!(header(&answer, "content-type"), content_type, "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "cache-control"), "no-store, no-transform");
        assert!(header(&answer, "content-security-policy").starts_with("default-src 'none'"));
        let text = answer.text().await.unwrap();
        assert!(
            text.contains("There were too many requests from this address"),
            "{text}"
        );
        match serde_json::from_str::<Value>(&text) {
            Ok(body) if path == TODOS => assert_eq!(body["code"], "rate_limited"),
            Ok(body) => assert_eq!(body, json!({ "error": body["error"] })),
            Err(_) => assert!(
                text.contains("<h1>Error: Too many requests.</h1>"),
                "{text}"
            ),
        }
    }
    // Reads have a budget of their own.
    assert!(server.items().await.len() >= 12);
}

#[tokio::test]
async fn files_and_streams_are_not_counted() {
    let server = strict("").await;
    assert!(use_up(&server, "").await >= 20);
    for _ in 0..30 {
        assert_eq!(server.get("/pkg/todo-list.js").await.status(), 200);
        Events::open(server.request("GET", "/api/v1/events")).await;
    }
    for path in ["/", "/active", "/list.txt", "/trash", "/api/v1/lists/home"] {
        use_up(&server, "").await;
        assert_eq!(server.get(path).await.status(), 429, "{path}");
    }
}

#[tokio::test]
async fn forwarded_addresses_count_only_from_trusted_proxies() {
    let server = strict("").await;
    use_up(&server, "1.1.1.1").await;
    assert_eq!(read(&server, "2.2.2.2").await.status(), 429);

    let server = strict("127.0.0.0/8, 10.0.0.0/8").await;
    use_up(&server, "1.1.1.1").await;
    // Addresses that the client made up are on the left, other proxies on the right.
    for same in ["3.3.3.3, 1.1.1.1", "1.1.1.1, 10.0.0.1"] {
        use_up(&server, "1.1.1.1").await;
        assert_eq!(read(&server, same).await.status(), 429, "{same}");
    }
    assert_eq!(read(&server, "2.2.2.2").await.status(), 200);
    assert_eq!(read(&server, "1.1.1.1, 2.2.2.2").await.status(), 200);
    // An unreadable member does not hide the address that a proxy added.
    use_up(&server, "1.1.1.1").await;
    for same in [&b"\xff, 1.1.1.1"[..], b"2.2.2.2, \xe9, 1.1.1.1, 10.0.0.1"] {
        let status = read_for(&server, same).await.status();
        assert_eq!(status, 429, "{}", same.escape_ascii());
    }
    // An IPv6 /64 network is one client.
    use_up(&server, "2001:db8:0:1::1").await;
    assert_eq!(read(&server, "2001:db8:0:1:2::2").await.status(), 429);
    assert_eq!(read(&server, "2001:db8:0:2::1").await.status(), 200);
}

/// Thirty browsers open the page at the same moment, and each sends twenty changes as fast as it can.
#[tokio::test]
async fn a_class_behind_one_address_does_not_meet_the_limits() {
    let server = Server::start().await;
    for _ in 0..30 {
        for path in ["/", "/sw.js", "/", "/api/v1/lists/home"] {
            assert_ne!(server.get(path).await.status(), 429);
        }
        for _ in 0..20 {
            let answer = change(&server, ITEMS, &[]).send().await.unwrap();
            assert_eq!(answer.status(), 201);
        }
    }
}

#[tokio::test]
async fn without_limits_no_request_is_refused() {
    let limits = LimitSettings {
        reads_per_second: 0,
        changes_per_second: 0,
        ..LimitSettings::default()
    };
    let config = Config {
        limits,
        ..Config::default()
    };
    let server = Server::with_config(config).await;
    for _ in 0..100 {
        assert_eq!(server.get(ITEMS).await.status(), 200);
        assert_eq!(
            change(&server, ITEMS, &[]).send().await.unwrap().status(),
            201
        );
    }
}
