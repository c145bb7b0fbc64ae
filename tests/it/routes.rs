//! Every route, and whom it is for: a new one needs a row here.

use std::collections::BTreeSet;

use crate::access::{FORM, protected, session_id, sign_in};
use crate::spawn::{Server, header};
use crate::tidy::rust_files;

const JSON: &str = "application/json";
/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Principal {
    /// Somebody without a cookie.
    Nobody,
    /// Somebody with a cookie that this server has never given: that of another server, or made up.
    Stranger,
    /// Somebody whose session has ended.
    SignedOut,
    /// Somebody with a session.
    Member,
}

/// Whom a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    Everybody,
    Members,
}

/// Every route: its method and path as the program names them, the type and the text of a body, and whom it is
/// for.
type Route = (&'static str, &'static str, &'static str, &'static str, For);

const ROUTES: [Route; 33] = [
    ("get", "/", "", "", For::Members),
    ("post", "/", FORM, "title=x", For::Members),
    ("get", "/active", "", "", For::Members),
    ("post", "/active", FORM, "title=x", For::Members),
    ("get", "/completed", "", "", For::Members),
    ("post", "/completed", FORM, "title=x", For::Members),
    ("get", "/share", "", "", For::Members),
    ("post", "/share", FORM, "title=x", For::Members),
    ("get", "/trash", "", "", For::Members),
    (
        "post",
        "/trash",
        FORM,
        "restore=all&revision=1",
        For::Members,
    ),
    ("get", "/list.txt", "", "", For::Members),
    ("get", "/list.md", "", "", For::Members),
    ("get", "/sign-in", "", "", For::Everybody),
    // Not a form: a wrong password is answered 403 too.
    ("post", "/sign-in", "", "", For::Everybody),
    ("get", "/healthz", "", "", For::Everybody),
    ("get", "/readyz", "", "", For::Everybody),
    // It has a listener of its own; here is nothing.
    ("get", "/metrics", "", "", For::Everybody),
    ("get", "/session", "", "", For::Everybody),
    ("get", "/sw.js", "", "", For::Everybody),
    ("get", "/api/items", "", "", For::Members),
    ("post", "/api/items", JSON, r#"{"item": "x"}"#, For::Members),
    ("post", "/api/fn/exchange", "", "", For::Members),
    ("get", "/api/openapi.json", "", "", For::Members),
    ("get", "/api/v1/events", "", "", For::Members),
    ("get", "/api/v1/lists/{list}", "", "", For::Members),
    (
        "post",
        "/api/v1/lists/{list}/commands",
        JSON,
        "{}",
        For::Members,
    ),
    ("get", "/api/v1/lists/{list}/todos", "", "", For::Members),
    (
        "post",
        "/api/v1/lists/{list}/todos",
        JSON,
        r#"{"title": "x"}"#,
        For::Members,
    ),
    ("delete", "/api/v1/lists/{list}/todos", "", "", For::Members),
    (
        "get",
        "/api/v1/lists/{list}/todos/{id}",
        "",
        "",
        For::Members,
    ),
    (
        "patch",
        "/api/v1/lists/{list}/todos/{id}",
        JSON,
        "{}",
        For::Members,
    ),
    (
        "delete",
        "/api/v1/lists/{list}/todos/{id}",
        "",
        "",
        For::Members,
    ),
    // The last one: it ends the session.
    ("post", "/sign-out", FORM, "", For::Everybody),
];

/// The routes in the source of the server: what is given to `.route(`, with the methods of its handlers.
pub fn routes_in_source() -> BTreeSet<(String, String)> {
    let files = rust_files("src/server");
    let calls = files.iter().flat_map(|file| {
        let text = &file.text;
        let calls = text.match_indices(".route(");
        calls.map(|(at, call)| arguments(&text[at + call.len()..]))
    });
    calls.flat_map(routes_of).collect()
}

/// What stands between a parenthesis that is open and the one that closes it.
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
        // Those of the views, and those of the server functions.
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
        Principal::Nobody,
        Principal::Stranger,
        Principal::SignedOut,
        Principal::Member,
    ] {
        for is_own in [true, false] {
            let server = protected().await;
            let cookie = match principal {
                Principal::Nobody => String::new(),
                Principal::Stranger => sign_in(&protected().await).await,
                Principal::SignedOut | Principal::Member => sign_in(&server).await,
            };
            if principal == Principal::SignedOut {
                server.access.end_all().unwrap();
            }
            for route in &ROUTES {
                check(&server, route, principal, &cookie, is_own).await;
            }
        }
    }
}

async fn check(server: &Server, route: &Route, principal: Principal, cookie: &str, is_own: bool) {
    let (method, route, kind, body, whom) = *route;
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
    let may = whom == For::Everybody || principal == Principal::Member;
    let is_sent_away = header(&response, "location").starts_with("/sign-in?to=");
    assert_eq!(status == 401 || is_sent_away, !may && !is_foreign, "{row}");
    let scheme = header(&response, "www-authenticate");
    assert_eq!(scheme.starts_with("Cookie realm="), status == 401, "{row}");
    if !may || is_foreign {
        assert_eq!(server.store.list().revision(), before, "{row}");
        let text = response.text().await.unwrap();
        assert!(!text.contains("Build the front-end"), "{row}: {text}");
    }
}
