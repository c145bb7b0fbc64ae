//! What makes the page open without a network: the service worker.

use std::path::Path;

use serde_json::Value;

use crate::spawn::Server;

const WORKER: &str = "/sw.js";

async fn text(server: &Server, path: &str) -> String {
    let response = server.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// The value of a constant that stands in front of the worker.
fn constant(script: &str, name: &str) -> Value {
    let begin = format!("const {name} = ");
    let line = script.lines().find_map(|line| line.strip_prefix(&begin));
    serde_json::from_str(line.unwrap().trim_end_matches(';')).unwrap()
}

#[tokio::test]
async fn the_worker_is_a_script_with_a_policy_of_its_own() {
    let server = Server::start_hashed(|_| ()).await;
    let response = server.get(WORKER).await;
    assert_eq!(response.status(), 200);
    for (name, expected) in [
        ("content-type", "text/javascript"),
        ("cache-control", "no-cache"),
        (
            "content-security-policy",
            "default-src 'none'; connect-src 'self'",
        ),
        ("x-content-type-options", "nosniff"),
    ] {
        let values: Vec<_> = response.headers().get_all(name).iter().collect();
        assert_eq!(values, [expected], "{name}");
    }
    let script = response.text().await.unwrap();
    let built = [
        "/pkg/todo-list.j1.js",
        "/pkg/todo-list.w2.wasm",
        "/pkg/todo-list.c3.css",
    ];
    assert_eq!(constant(&script, "FILES"), serde_json::json!(built));
    for path in built {
        text(&server, path).await;
    }
    let offline = constant(&script, "OFFLINE");
    assert!(offline.as_str().unwrap().contains("You are offline"));
}

#[tokio::test]
async fn the_page_names_the_version_of_the_worker() {
    let server = Server::start_hashed(|_| ()).await;
    let version = constant(&text(&server, WORKER).await, "VERSION");
    let page = text(&server, "/").await;
    assert!(page.contains("register(\"/sw.js\")"), "{page}");
    assert!(page.contains(&format!("version: {version}")), "{page}");
    // No comments, and nothing that was not filled in.
    for rest in ["\n//", "\n ", "\"SCRIPT\"", "\"WASM\"", "\"VERSION\""] {
        assert!(!page.contains(rest), "{rest:?} in {page}");
    }
}

#[tokio::test]
async fn another_file_is_another_version_and_another_list_is_not() {
    let version = async |change: fn(&Path)| {
        let server = Server::start_hashed(change).await;
        let before = constant(&text(&server, WORKER).await, "VERSION");
        let added = server.request("POST", "/api/items");
        let added = added.header("content-type", "application/json");
        let added = added.body(r#"{"item": "Buy milk"}"#).send().await.unwrap();
        assert_eq!(added.status(), 201);
        assert_eq!(constant(&text(&server, WORKER).await, "VERSION"), before);
        before
    };
    let usual = version(|_| ()).await;
    assert_eq!(usual, version(|_| ()).await);
    let with_icon = version(|site| std::fs::write(site.join("icon-192.png"), "a").unwrap()).await;
    let other_icon = version(|site| std::fs::write(site.join("icon-192.png"), "b").unwrap()).await;
    assert_ne!(usual, with_icon);
    assert_ne!(with_icon, other_icon);
}

#[tokio::test]
async fn without_hashes_in_the_names_there_is_no_worker() {
    let server = Server::start().await;
    assert_eq!(server.get(WORKER).await.status(), 404);
    let page = text(&server, "/").await;
    assert!(!page.contains("serviceWorker"), "{page}");
}
