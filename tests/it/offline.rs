//! The files that make the page installable and available offline: the service worker, the manifest, and the share
//! target.

use std::path::Path;

use serde_json::Value;

use crate::spawn::{Server, header};

const WORKER: &str = "/sw.js";

async fn text(server: &Server, path: &str) -> String {
    let response = server.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// The value of a constant at the top of the worker.
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
        ("cache-control", "no-cache, no-transform"),
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
    // No comments, and no unfilled placeholder.
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

#[tokio::test]
async fn the_manifest_is_linked_and_names_what_is_there() {
    let server = Server::start_hashed(|site| {
        let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("public");
        for file in std::fs::read_dir(public).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), site.join(file.file_name())).unwrap();
        }
    })
    .await;
    let page = text(&server, "/").await;
    assert!(
        page.contains("<link rel=\"manifest\" href=\"/manifest.webmanifest\""),
        "{page}"
    );
    let response = server.get("/manifest.webmanifest").await;
    assert_eq!(
        header(&response, "content-type"),
        "application/manifest+json"
    );
    let manifest: Value = response.json().await.unwrap();
    let of_all = |name: &str| manifest[name].as_array().unwrap().clone();
    let paths = of_all("icons").into_iter().map(|icon| icon["src"].clone());
    let shortcuts = of_all("shortcuts").into_iter();
    let paths = paths.chain(shortcuts.map(|shortcut| shortcut["url"].clone()));
    for path in paths.chain([manifest["start_url"].clone()]) {
        text(&server, path.as_str().unwrap()).await;
    }
    // The worker caches all of them.
    let files = constant(&text(&server, WORKER).await, "FILES");
    for icon in of_all("icons") {
        assert!(files.as_array().unwrap().contains(&icon["src"]), "{icon}");
    }
    assert_eq!(manifest["share_target"]["action"], "/share");
}

#[tokio::test]
async fn shared_text_fills_the_field_and_changes_nothing() {
    let server = Server::start().await;
    let check = async |query: &str, value: &str| {
        let page = text(&server, &format!("/share?{query}")).await;
        let field = page.split_once("<input id=\"item-input\"").unwrap().1;
        let field = field.split_once('>').unwrap().0;
        let value = format!("value=\"{value}\"");
        assert!(field.contains(&value), "{value} is missing in {field}");
        assert!(page.contains(">Build the front-end</label>"), "{page}");
    };
    check("title=Shop&text=Buy+milk", "Buy milk").await;
    check(
        "title=Shop&url=https%3A%2F%2Fa%2Fb%3Fc%26d",
        "Shop https://a/b?c&amp;d",
    )
    .await;
    check(
        "text=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
    )
    .await;
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn the_forms_of_a_shared_page_are_those_of_the_list() {
    let server = Server::start().await;
    let post = async |title: &str| {
        let request = server.request("POST", "/share?text=Buy+milk");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let body = format!("title={title}");
        request.body(body).send().await.unwrap()
    };
    let response = post("Buy+milk").await;
    assert_eq!(response.status(), 303);
    assert_eq!(header(&response, "location"), "/");
    assert_eq!(server.items().await[2..], ["Buy milk"]);
    assert_eq!(post(&"x".repeat(501)).await.status(), 400);
    assert_eq!(server.items().await.len(), 3);
}

#[tokio::test]
async fn where_nothing_is_shared_there_is_the_list() {
    let server = Server::start().await;
    for (path, location) in [
        ("/share", "/"),
        ("/share?title=+&text=%0A", "/"),
        ("/share?q=milk", "/?q=milk"),
        ("/share?text=a&text=b", "/"),
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), 303, "{path}");
        assert_eq!(header(&response, "location"), location, "{path}");
    }
}
