//! The files of the built page.

use crate::spawn::{BUILT_FILES, Server, header};

#[tokio::test]
async fn the_page_asks_for_files_that_are_there() {
    let server = Server::start().await;
    let page = server.get("/").await.text().await.unwrap();
    for name in BUILT_FILES {
        assert!(
            page.contains(&format!("\"/{name}\"")),
            "{name} is missing in {page}"
        );
        let response = server.get(&format!("/{name}")).await;
        assert_eq!(response.status(), 200, "{name}");
        assert_eq!(header(&response, "cache-control"), "no-cache", "{name}");
        assert_eq!(response.text().await.unwrap(), name);
    }
}

#[tokio::test]
async fn a_file_has_its_media_type_and_is_not_sent_twice() {
    let server = Server::start().await;
    let response = server.get("/pkg/todo-list.wasm").await;
    assert_eq!(header(&response, "content-type"), "application/wasm");
    let modified = header(&response, "last-modified").to_owned();
    let request = server.request("GET", "/pkg/todo-list.wasm");
    let response = request
        .header("if-modified-since", modified)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 304);
}
