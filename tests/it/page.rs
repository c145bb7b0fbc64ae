//! `GET /`, and pages that do not exist.

use serde_json::{Map, Value};
use todo_list::browser::DocumentState;
use todo_list::domain::Title;

use crate::response_cache::fetch;
use crate::spawn::{Server, header};

async fn html(server: &Server) -> String {
    server.get("/").await.text().await.unwrap()
}

/// The state that a page hydrates from.
pub fn document_state(page: &str) -> DocumentState {
    let (_, json) = page
        .split_once("<script type=\"application/json\" id=\"state\">")
        .unwrap_or_else(|| panic!("no state in {page}"));
    let (json, _) = json.split_once("</script>").unwrap();
    let json: Map<String, Value> = serde_json::from_str(json).unwrap();
    let field = |name: &str| Some(json.get(name)?.as_str()?.to_owned());
    DocumentState::read(field).unwrap_or_else(|| panic!("malformed: {json:?}"))
}

/// Asserts that the parts occur in the text, in this order.
fn check_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let (_, behind) = rest
            .split_once(part)
            .unwrap_or_else(|| panic!("{part} is missing in {text}"));
        rest = behind;
    }
}

#[tokio::test]
async fn the_first_html_contains_the_list_and_the_form() {
    let server = Server::start().await;
    let response = server.get("/").await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        header(&response, "content-type"),
        "text/html; charset=utf-8"
    );
    assert_eq!(header(&response, "cache-control"), "no-store, no-transform");
    let expected = [
        "<!DOCTYPE html><html lang=\"en\">",
        "<title>Dynamic To-Do List</title>",
        "<h1>My To-Do List</h1>",
        "<ul id=\"item-list\"",
        ">Build the front-end</label>",
        ">Connect to the back-end</label>",
        ">Add a New Item</h2>",
        "<form id=\"add-item-form\" method=\"post\">",
        "<input id=\"item-input\"",
        "name=\"title\"",
        "placeholder=\"What needs to be done?\"",
        "required autofocus",
        "<button type=\"submit\">Add Item</button>",
    ];
    check_order(&response.text().await.unwrap(), &expected);
}

#[tokio::test]
async fn the_page_follows_every_change() {
    let server = Server::start().await;
    for number in 0..3 {
        let text = format!("task {number}");
        assert!(!html(&server).await.contains(&text));
        server
            .store
            .add(Title::parse(&text).unwrap())
            .await
            .unwrap();
        for _ in 0..2 {
            assert!(html(&server).await.contains(&format!(">{text}</label>")));
        }
    }
}

#[tokio::test]
async fn a_title_is_in_its_row_and_in_the_state_and_cannot_become_markup() {
    let text = r#"</li></ul><script>alert(1)</script> & "quoted" 'text' <!-- x"#;
    let server = Server::start().await;
    server.store.add(Title::parse(text).unwrap()).await.unwrap();
    let page = html(&server).await;
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains("<!-- x"), "{page}");
    assert_eq!(page.matches("alert(1)").count(), 2, "{page}");
    let items = document_state(&page).listing.items;
    assert_eq!(items.last().unwrap().title.as_str(), text);
}

#[tokio::test]
async fn a_header_tells_the_cursor_of_the_list_that_the_page_has() {
    let server = Server::start().await;
    for title in ["a", "b"] {
        server
            .store
            .add(Title::parse(title).unwrap())
            .await
            .unwrap();
        for encoding in ["", "br", "br", "gzip"] {
            let request = server
                .request("GET", "/")
                .header("accept-encoding", encoding);
            let response = request.send().await.unwrap();
            let cursor = header(&response, "list-cursor").to_owned();
            assert_eq!(cursor, server.store.cursor().to_string(), "{encoding}");
            let (page, _) = fetch(&server, "/", encoding).await;
            assert_eq!(cursor, document_state(&page).cursor().to_string());
        }
    }
}

#[tokio::test]
async fn a_page_is_compressed_for_those_who_can_read_it() {
    let server = Server::start().await;
    for encoding in ["br", "gzip"] {
        let request = server
            .request("GET", "/")
            .header("accept-encoding", encoding);
        let response = request.send().await.unwrap();
        assert_eq!(header(&response, "content-encoding"), encoding);
        assert_eq!(header(&response, "vary"), "accept-encoding");
    }
    assert_eq!(header(&server.get("/").await, "content-encoding"), "");
}

#[tokio::test]
async fn a_page_that_does_not_exist_says_so() {
    let server = Server::start().await;
    for path in [
        "/nothing",
        "/pkg/",
        "/pkg/nothing.js",
        "/%00",
        "/..%2f..%2fCargo.toml",
        "/pkg/..%2f..%2fx",
    ] {
        let response = server.get(path).await;
        assert_eq!(response.status(), 404, "{path}");
        let page = response.text().await.unwrap();
        check_order(
            &page,
            &["<h1>Not found</h1>", "<a href=\"/\">Back to the list</a>"],
        );
        assert!(!page.contains("<script"), "{page}");
    }
    let long = format!("/{}", "x".repeat(5_000));
    assert_eq!(server.get(&long).await.status(), 404);
    assert_eq!(
        server
            .request("POST", "/nothing")
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}
