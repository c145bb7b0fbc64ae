//! DNS rebinding: requests for unknown host names are refused.

use std::net::Ipv4Addr;

use todo_list::server::config::Config;

use crate::security::{ITEMS, TODOS, change, send, with_settings};
use crate::spawn::Server;

/// Asserts the status of a page, a file and the API, requested with this host.
async fn check_host(server: &Server, host: &str, status: u16) {
    for path in [
        "/",
        "/nothing",
        "/pkg/todo-list.js",
        ITEMS,
        TODOS,
        "/api/openapi.json",
    ] {
        let expected = if status == 200 && path == "/nothing" {
            404
        } else {
            status
        };
        let response = send(server.request("GET", path).header("host", host)).await;
        assert_eq!(response.status(), expected, "{host} {path}");
    }
    let response = send(change(server, ITEMS, &[("host", host)])).await;
    assert_eq!(
        response.status(),
        if status == 200 { 201 } else { status },
        "{host}"
    );
}

#[tokio::test]
async fn only_known_hosts_are_answered() {
    let server = with_settings(Some("https://todo.example"), "todo.lan, 192.168.1.5").await;
    for host in [
        "localhost",
        "LocalHost:80",
        "127.0.0.1",
        "127.0.0.1:9",
        "127.1.2.3:5001",
        "[::1]",
        "[::1]:5001",
        "todo.example",
        "todo.example:443",
        "TODO.LAN:5001",
        "todo.lan.",
        "192.168.1.5:5001",
    ] {
        check_host(&server, host, 200).await;
    }
    for host in [
        "evil.example",
        "evil.example:5001",
        "x.localhost",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "todo.example.evil.example",
        "x.todo.lan",
        "192.168.1.6",
        "0.0.0.0",
        "[::]",
        "[fe80::1]",
    ] {
        check_host(&server, host, 421).await;
    }
    for host in [
        "",
        ":80",
        "localhost:x",
        "localhost:99999",
        "u@localhost",
        "localhost, x",
        "a b",
        "[::1",
    ] {
        check_host(&server, host, 400).await;
    }
}

#[tokio::test]
async fn a_server_for_every_address_answers_to_every_address_but_not_to_every_name() {
    let config = Config {
        site_addr: (Ipv4Addr::UNSPECIFIED, 0).into(),
        ..Config::default()
    };
    let server = Server::with_config(config).await;
    for host in ["localhost", "192.168.1.5:5001", "8.8.8.8", "[fd00::1]:5001"] {
        check_host(&server, host, 200).await;
    }
    check_host(&server, "evil.example", 421).await;
    check_host(&server, "raspberrypi.local", 421).await;
}

#[tokio::test]
async fn the_host_is_in_the_target_of_the_request_or_in_one_header() {
    let server = Server::start().await;
    for (head, status) in [
        (
            "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close",
            200,
        ),
        (
            "GET http://localhost/ HTTP/1.1\r\nhost: localhost\r\nconnection: close",
            200,
        ),
        // The host in the request target counts, as in HTTP/2.
        (
            "GET http://evil.example/ HTTP/1.1\r\nhost: localhost\r\nconnection: close",
            421,
        ),
        (
            "GET http://localhost/ HTTP/1.1\r\nhost: evil.example\r\nconnection: close",
            200,
        ),
        ("GET / HTTP/1.1\r\nconnection: close", 400),
        (
            "GET / HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\nconnection: close",
            400,
        ),
        (
            "GET / HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\nconnection: close",
            400,
        ),
        // No browser uses HTTP/1.0, but some health checks do.
        ("GET / HTTP/1.0", 200),
        ("GET / HTTP/1.0\r\nhost: localhost", 200),
        ("GET / HTTP/1.0\r\nhost: evil.example", 421),
        ("POST / HTTP/1.0\r\norigin: http://localhost", 403),
    ] {
        let answer = server.send_raw(format!("{head}\r\n\r\n").as_bytes()).await;
        assert_eq!(
            answer.split(' ').nth(1),
            Some(status.to_string().as_str()),
            "{head}: {answer}"
        );
    }
}
