//! The examples for nginx and Caddy, with TLS, in front of the program.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::thread;

use crate::program::{Running, path};
use crate::proxy::{Kind, Proxy, free_port};

const KINDS: [Kind; 2] = [Kind::Nginx, Kind::Caddy];

/// The program behind this proxy, configured as in the examples.
fn start(kind: Kind) -> (Running, Proxy) {
    let port = free_port();
    let mut command = Command::new(path());
    command
        .env_clear()
        .args(["--addr", "127.0.0.1:0", "--data", ":memory:"]);
    command.env(
        "TODO_LIST_PUBLIC_URL",
        format!("https://todo.example:{port}"),
    );
    let running = Running::start(&mut command);
    let proxy = Proxy::start(kind, port, running.address());
    (running, proxy)
}

fn status(answer: &str) -> &str {
    answer.split_whitespace().nth(1).unwrap_or_default()
}

#[test]
fn a_browser_gets_the_page_and_may_change_the_list() {
    for kind in KINDS {
        let (_running, proxy) = start(kind);
        let page = proxy.ask("/", &[]);
        assert_eq!(status(&page), "200", "{kind:?}: {page}");
        assert!(page.contains("Build the front-end"), "{kind:?}: {page}");
        // The server knows that browsers use https.
        assert!(
            page.contains("strict-transport-security: "),
            "{kind:?}: {page}"
        );

        let post = |origin: &str| {
            let origin = format!("Origin: {origin}");
            let answer = proxy.ask("/", &["--header", &origin, "--data", "title=Buy milk"]);
            status(&answer).to_owned()
        };
        assert_eq!(post(&proxy.origin()), "303", "{kind:?}");
        assert_eq!(post("https://evil.example"), "403", "{kind:?}");
        assert_eq!(
            proxy.ask("/", &[]).matches(">Buy milk</label>").count(),
            1,
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn events_come_through_at_once() {
    for kind in KINDS {
        let (running, proxy) = start(kind);
        let events = proxy.follow("/api/v1/events");
        events.expect("event: heartbeat");
        for _ in 0..3 {
            running.add("Buy milk").await;
            events.expect("event: change");
        }
    }
}

#[test]
fn a_body_that_the_server_takes_comes_through_and_a_longer_one_is_refused() {
    for kind in KINDS {
        let (_running, proxy) = start(kind);
        let folder = tempfile::tempdir().unwrap();
        let post = |length: usize| {
            let file = folder.path().join("body");
            std::fs::write(&file, vec![b'x'; length]).unwrap();
            let data = format!("@{}", file.display());
            let json = "Content-Type: application/json";
            proxy.ask("/api/items", &["--header", json, "--data-binary", &data])
        };
        // The body is not JSON.
        let answer = post(65_536);
        assert_eq!(status(&answer), "400", "{kind:?}: {answer}");
        assert!(answer.contains("\r\n\r\n{\"error\":"), "{kind:?}: {answer}");
        let answer = post(65_537);
        assert_eq!(status(&answer), "413", "{kind:?}: {answer}");
        // nginx answers itself, Caddy passes on the server's answer.
        let by_server = answer.contains("larger than 65536 bytes");
        assert_eq!(by_server, matches!(kind, Kind::Caddy), "{kind:?}: {answer}");
    }
}

/// Returns the request head that reaches a server behind the proxy.
fn forwarded(kind: Kind, arguments: &[&str]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(answer).unwrap();
        String::from_utf8(head).unwrap().to_lowercase()
    });
    let proxy = Proxy::start(kind, free_port(), &address);
    proxy.ask("/", arguments);
    served.join().unwrap()
}

#[test]
fn the_server_gets_the_real_client_address() {
    for kind in KINDS {
        let head = forwarded(
            kind,
            &[
                "--header",
                "X-Forwarded-For: 192.0.2.1",
                "--header",
                "X-Forwarded-Proto: http",
            ],
        );
        let value = |name: &str| {
            let begin = format!("{name}: ");
            let mut values = head.lines().filter_map(|line| line.strip_prefix(&begin));
            let value = values.next().unwrap_or_default().to_owned();
            assert_eq!(values.next(), None, "{head}");
            value
        };
        assert_eq!(value("x-forwarded-for"), "127.0.0.1", "{kind:?}");
        assert_eq!(value("x-forwarded-proto"), "https", "{kind:?}");
        assert!(
            value("host").starts_with("todo.example"),
            "{kind:?}: {head}"
        );
    }
}
