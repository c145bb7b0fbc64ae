//! Every route and the principals that it admits. A new route needs a row here.

use std::collections::BTreeSet;

use crate::access::{FORM, protected, session_id, sign_in};
use crate::spawn::{Server, header};
use crate::tidy::rust_files;

const JSON: &str = "application/json";
/// The principal of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Principal {
    /// A client without a cookie.
    Anonymous,
    /// A client with a cookie of another server, or a made-up one.
    Stranger,
    /// A client whose session has ended.
    SignedOut,
    /// A client with a session.
    Member,
}

/// The principals that a route admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admits {
    Anyone,
    Members,
}

/// A route: its method and path as the program names them, the content type and the text of a body, and the principals
/// that it admits.
type Route = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Admits,
);

const ROUTES: [Route; 33] = [
    ("get", "/", "", "", Admits::Members),
    ("post", "/", FORM, "title=x", Admits::Members),
    ("get", "/active", "", "", Admits::Members),
    ("post", "/active", FORM, "title=x", Admits::Members),
    ("get", "/completed", "", "", Admits::Members),
    ("post", "/completed", FORM, "title=x", Admits::Members),
    ("get", "/share", "", "", Admits::Members),
    ("post", "/share", FORM, "title=x", Admits::Members),
    ("get", "/trash", "", "", Admits::Members),
    (
        "post",
        "/trash",
        FORM,
        "restore=all&revision=1",
        Admits::Members,
    ),
    ("get", "/list.txt", "", "", Admits::Members),
    ("get", "/list.md", "", "", Admits::Members),
    ("get", "/sign-in", "", "", Admits::Anyone),
    // Not a form, because a wrong password is answered 403 too.
    ("post", "/sign-in", "", "", Admits::Anyone),
    ("get", "/healthz", "", "", Admits::Anyone),
    ("get", "/readyz", "", "", Admits::Anyone),
    // Metrics have their own listener; this one answers 404.
    ("get", "/metrics", "", "", Admits::Anyone),
    ("get", "/session", "", "", Admits::Anyone),
    ("get", "/sw.js", "", "", Admits::Anyone),
    ("get", "/api/items", "", "", Admits::Members),
    (
        "post",
        "/api/items",
        JSON,
        r#"{"item": "x"}"#,
        Admits::Members,
    ),
    ("post", "/api/fn/exchange", "", "", Admits::Members),
    ("get", "/api/openapi.json", "", "", Admits::Members),
    ("get", "/api/v1/events", "", "", Admits::Members),
    ("get", "/api/v1/lists/{list}", "", "", Admits::Members),
    (
        "post",
        "/api/v1/lists/{list}/commands",
        JSON,
        "{}",
        Admits::Members,
    ),
    ("get", "/api/v1/lists/{list}/todos", "", "", Admits::Members),
    (
        "post",
        "/api/v1/lists/{list}/todos",
        JSON,
        r#"{"title": "x"}"#,
        Admits::Members,
    ),
    (
        "delete",
        "/api/v1/lists/{list}/todos",
        "",
        "",
        Admits::Members,
    ),
    (
        "get",
        "/api/v1/lists/{list}/todos/{id}",
        "",
        "",
        Admits::Members,
    ),
    (
        "patch",
        "/api/v1/lists/{list}/todos/{id}",
        JSON,
        "{}",
        Admits::Members,
    ),
    (
        "delete",
        "/api/v1/lists/{list}/todos/{id}",
        "",
        "",
        Admits::Members,
    ),
    // The last row, because it ends the session.
    ("post", "/sign-out", FORM, "", Admits::Anyone),
];

/// The routes in the source of the server: the arguments of `.route(`, with the methods of the handlers.
pub fn routes_in_source() -> BTreeSet<(String, String)> {
    let files = rust_files("src/server");
    let calls = files.iter().flat_map(|file| {
        let text = &file.text;
        let calls = text.match_indices(".route(");
        calls.map(|(at, call)| arguments(&text[at + call.len()..]))
    });
    calls.flat_map(routes_of).collect()
}

/// The text up to the matching closing parenthesis.
fn arguments(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|c| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth == 0
    });
    &text[..end.unwrap()]
}

fn routes_of(call: &str) -> Vec<(String, String)> {
    let (path, handlers) = call.split_once(',').unwrap();
    let paths = match path.trim() {
        // The paths of the views, and those of the server functions.
        "view_path(filter)" => vec!["/", "/active", "/completed"],
        "path" => vec!["/api/fn/exchange"],
        path => vec![path.trim_matches('"')],
    };
    let handlers = handlers.trim().replace("on(filter", "post(");
    let is_there = |method: &&&str| {
        let call = format!("{method}(");
        handlers.starts_with(&call) || handlers.contains(&format!(".{call}"))
    };
    let all = ["get", "post", "put", "patch", "delete"];
    let methods: Vec<&str> = all.iter().filter(is_there).copied().collect();
    assert!(!methods.is_empty(), "{call}");
    let of = |path: &str| {
        let routes = methods
            .iter()
            .map(|method| (path.to_owned(), (*method).to_owned()));
        routes.collect::<Vec<_>>()
    };
    paths.into_iter().flat_map(of).collect()
}

#[test]
fn every_route_has_a_row() {
    let rows: BTreeSet<_> = ROUTES
        .iter()
        .map(|(method, path, ..)| ((*path).to_owned(), (*method).to_owned()))
        .collect();
    assert_eq!(rows, routes_in_source());
}

#[tokio::test]
async fn every_route_admits_only_its_principals() {
    for principal in [
        Principal::Anonymous,
        Principal::Stranger,
        Principal::SignedOut,
        Principal::Member,
    ] {
        for is_own in [true, false] {
            let server = protected().await;
            let cookie = match principal {
                Principal::Anonymous => String::new(),
                Principal::Stranger => sign_in(&protected().await).await,
                Principal::SignedOut | Principal::Member => sign_in(&server).await,
            };
            if principal == Principal::SignedOut {
                server.auth.end_all().unwrap();
            }
            for route in &ROUTES {
                check(&server, route, principal, &cookie, is_own).await;
            }
        }
    }
}

async fn check(server: &Server, route: &Route, principal: Principal, cookie: &str, is_own: bool) {
    let (method, route, kind, body, admits) = *route;
    let nothing = uuid::Uuid::nil().to_string();
    let path = route.replace("{list}", &nothing).replace("{id}", &nothing);
    let origin = if is_own {
        &server.url
    } else {
        "http://evil.example"
    };
    let request = server.request(&method.to_uppercase(), &path);
    let request = request.header("cookie", cookie).header("origin", origin);
    let mut request = request.header("content-type", kind).body(body);
    if principal == Principal::Member {
        request = request.header("todo-list-session", session_id(cookie));
    }
    let before = server.store.list().revision();
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let row = format!("{principal:?} {method} {path} own: {is_own}: {status}");
    assert!(status < 500, "{row}");
    let is_foreign = !is_own && method != "get";
    assert_eq!(
        status == 403 && header(&response, "set-cookie").is_empty(),
        is_foreign,
        "{row}"
    );
    let is_admitted = admits == Admits::Anyone || principal == Principal::Member;
    let is_sent_away = header(&response, "location").starts_with("/sign-in?to=");
    assert_eq!(
        status == 401 || is_sent_away,
        !is_admitted && !is_foreign,
        "{row}"
    );
    let scheme = header(&response, "www-authenticate");
    assert_eq!(scheme.starts_with("Cookie realm="), status == 401, "{row}");
    if !is_admitted || is_foreign {
        assert_eq!(server.store.list().revision(), before, "{row}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("Build the front-end"), "{row}: {text}");
    }
}
