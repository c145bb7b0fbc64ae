//! Cross-site request forgery: pages of other sites cannot change anything.

use crate::security::{ITEMS, TODOS, change, send, with_settings};
use crate::spawn::{Server, header};

/// Sends every kind of change with these headers, and asserts that all are accepted or none is.
async fn check_change(server: &Server, headers: &[(&str, &str)], passes: bool) {
    let before = server.items().await.len();
    let paths = [("/", 303), (ITEMS, 201), (TODOS, 201)];
    for (path, status) in paths {
        let response = send(change(server, path, headers)).await;
        let expected = if passes { status } else { 403 };
        assert_eq!(response.status(), expected, "{path} {headers:?}");
    }
    let added = server.items().await.len() - before;
    assert_eq!(added, if passes { paths.len() } else { 0 }, "{headers:?}");
    // Reads are allowed, because a page of another site cannot see the answer.
    for method in ["GET", "HEAD"] {
        for path in ["/", ITEMS, TODOS, "/pkg/todo-list.js"] {
            let request = server.request(method, path);
            let request = headers.iter().fold(request, |request, (name, value)| {
                request.header(*name, *value)
            });
            assert_eq!(
                send(request).await.status(),
                200,
                "{method} {path} {headers:?}"
            );
        }
    }
}

#[tokio::test]
async fn only_own_pages_and_programs_can_change_anything() {
    let server = Server::start().await;
    let own = server.url.as_str();
    let other_port = "http://127.0.0.1:1";
    let site = |value| ("sec-fetch-site", value);
    let origin = |value| ("origin", value);
    for (headers, passes) in [
        (vec![], true),
        (vec![site("same-origin")], true),
        (vec![site("none")], true),
        (vec![site("same-origin"), origin(own)], true),
        // `Sec-Fetch-Site` takes precedence: behind a proxy the server may not know its own origin.
        (
            vec![site("same-origin"), origin("https://todo.example")],
            true,
        ),
        (vec![site("same-site")], false),
        (vec![site("cross-site")], false),
        (vec![site("same-site"), origin(own)], false),
        (vec![site("cross-site"), origin(own)], false),
        (vec![site("cross-site"), origin("null")], false),
        (vec![site("same-origin"), site("cross-site")], false),
        (vec![site("")], false),
        (vec![site("Same-Origin")], false),
        (vec![origin(own)], true),
        (vec![origin("null")], false),
        (vec![origin("")], false),
        (vec![origin("http://evil.example")], false),
        (vec![origin(other_port)], false),
        (vec![origin("http://localhost")], false),
        (vec![origin(own), origin("http://evil.example")], false),
        // Headers that a page can choose itself prove nothing.
        (vec![origin("http://evil.example"), ("referer", own)], false),
        (
            vec![
                origin("http://evil.example"),
                ("x-forwarded-host", "evil.example"),
            ],
            false,
        ),
    ] {
        check_change(&server, &headers, passes).await;
    }
}

#[tokio::test]
async fn every_unsafe_method_is_checked() {
    let server = Server::start().await;
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"] {
        for path in ["/", "/nothing", ITEMS, TODOS, "/api/fn/exchange"] {
            let request = server
                .request(method, path)
                .header("sec-fetch-site", "cross-site");
            assert_eq!(send(request).await.status(), 403, "{method} {path}");
        }
    }
    let ask_first = server
        .request("OPTIONS", ITEMS)
        .header("origin", "http://evil.example");
    let response = send(ask_first.header("access-control-request-method", "POST")).await;
    assert_eq!(response.status(), 405);
    assert_eq!(header(&response, "access-control-allow-origin"), "");
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn behind_a_proxy_the_public_url_is_a_trusted_origin() {
    let server = with_settings(Some("https://todo.example"), "").await;
    let own = server.url.as_str();
    let origin = |value| ("origin", value);
    let host = |value| ("host", value);
    for (headers, passes) in [
        // The proxy sends another `Host`, or that of the browser.
        (vec![origin("https://todo.example")], true),
        (
            vec![origin("https://todo.example"), host("todo.example")],
            true,
        ),
        (
            vec![origin("https://todo.example:443"), host("todo.example:443")],
            true,
        ),
        (vec![origin(own)], true),
        // The same host by http is another origin, because its pages can be modified in transit.
        (vec![origin("http://todo.example")], false),
        (
            vec![origin("http://todo.example"), host("todo.example")],
            false,
        ),
        (vec![origin("https://todo.example:444")], false),
        (vec![origin("https://evil.todo.example")], false),
        (vec![origin("null")], false),
        (
            vec![
                origin("https://todo.example"),
                ("sec-fetch-site", "same-site"),
            ],
            false,
        ),
    ] {
        check_change(&server, &headers, passes).await;
    }
}
