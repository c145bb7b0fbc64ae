//! `/healthz` and `/readyz` while the server is healthy, drains, or cannot write.

use std::time::Duration;

use tokio::time::timeout;

use crate::program::{Running, add, program};
use crate::spawn::{Server, folder_with_page, header, status_and_json};

#[tokio::test]
async fn a_server_that_can_write_is_alive_and_ready() {
    let server = Server::start().await;
    for (path, word) in [("/healthz", "alive"), ("/readyz", "ready")] {
        let response = server.get(path).await;
        assert_eq!(header(&response, "cache-control"), "no-store", "{path}");
        let (status, body) = status_and_json(response).await;
        assert_eq!(
            (status, body["status"].as_str()),
            (200, Some(word)),
            "{path}"
        );
        assert_eq!(
            server.request("HEAD", path).send().await.unwrap().status(),
            200
        );
    }
}

#[tokio::test]
async fn without_a_writer_it_is_alive_and_not_ready() {
    let server = Server::start().await;
    let closed = timeout(Duration::from_secs(20), server.store.clone().close());
    assert!(closed.await.expect("it closes").is_none());
    assert_eq!(server.get("/healthz").await.status(), 200);
    let (status, body) = status_and_json(server.get("/readyz").await).await;
    assert_eq!(
        (status, body["status"].as_str()),
        (503, Some("cannot save"))
    );
    // Other paths accept only known hosts.
    assert_eq!(server.get("/api/items").await.status(), 200);
    assert_eq!(add(&server.url, "x").await, 503);
}

#[tokio::test]
async fn health_checks_are_answered_for_known_hosts_only() {
    let server = Server::start().await;
    for (host, expected) in [("127.0.0.1:1", 200), ("[::1]", 200), ("evil.example", 421)] {
        let request = server.request("GET", "/readyz").header("host", host);
        assert_eq!(request.send().await.unwrap().status(), expected, "{host}");
    }
    // HTTP/1.0 health checks send no host.
    let answer = server.send_raw(b"GET /readyz HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
}

#[cfg(unix)]
#[tokio::test]
async fn it_serves_while_draining_and_a_second_signal_ends_it_at_once() {
    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let folder = folder_with_page();
        let mut command = program(folder.path());
        command.args(["--addr", "127.0.0.1:0", "--drain", "600"]);
        let running = Running::start(command);
        let ready = || async {
            let response = reqwest::get(format!("{}/readyz", running.url)).await;
            status_and_json(response.unwrap()).await
        };
        assert_eq!(ready().await.0, 200);
        running.signal("-TERM");
        // The program handles the signal a moment later.
        let changed = async {
            loop {
                let answer = ready().await;
                if answer.0 != 200 {
                    break answer;
                }
            }
        };
        let changed = timeout(Duration::from_secs(20), changed).await;
        let (status, body) = changed.expect("it says that it stops");
        assert_eq!((status, body["status"].as_str()), (503, Some("stopping")));
        assert_eq!(add(&running.url, "x").await, 201);
        assert_eq!(running.stop(signal).code(), Some(code), "{signal}");
    }
}
