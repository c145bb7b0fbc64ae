//! The response cache: answers that are rendered and compressed once for many readers.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::Response;
use todo_list::domain::Title;
use todo_list::server::auth::Password;

use crate::access::{PASSWORD, sign_in};
use crate::spawn::{Server, header};

/// The paths whose answers all readers share.
const PATHS: [&str; 6] = [
    "/",
    "/active",
    "/api/items",
    "/api/v1/lists/home/todos",
    "/list.txt",
    "/list.md",
];

/// Fetches a path with this `Accept-Encoding`. Returns the decoded body and its encoding.
pub async fn fetch(server: &Server, path: &str, accept: &str) -> (String, String) {
    let request = server.request("GET", path);
    let response = request.header("accept-encoding", accept).send().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 200, "{path}, {accept}");
    assert_eq!(
        header(&response, "vary"),
        "accept-encoding",
        "{path}, {accept}"
    );
    let encoding = header(&response, "content-encoding").to_owned();
    let body = response.bytes().await.unwrap();
    let mut text = String::new();
    match encoding.as_str() {
        "br" => brotli::Decompressor::new(&body[..], 4_096).read_to_string(&mut text),
        "gzip" => GzDecoder::new(&body[..]).read_to_string(&mut text),
        _ => (&body[..]).read_to_string(&mut text),
    }
    .unwrap();
    (text, encoding)
}

#[tokio::test]
async fn compressed_answers_say_what_the_plain_one_says_after_every_change() {
    let server = Server::start().await;
    for number in 0..3 {
        let title = Title::parse(&format!("task {number}")).unwrap();
        server.store.add(title.clone()).await.unwrap();
        for path in PATHS {
            let (plain, _) = fetch(&server, path, "").await;
            assert!(plain.contains(title.as_str()), "{path}: {plain}");
            // Twice each: rendered, then cached.
            for encoding in ["br", "gzip", "gzip", "br"] {
                let answer = fetch(&server, path, encoding).await;
                assert_eq!(answer, (plain.clone(), encoding.into()), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn each_client_gets_its_preferred_encoding() {
    let server = Server::start().await;
    for path in PATHS {
        for (accept, expected) in [
            ("", ""),
            ("gzip, deflate, br, zstd", "br"),
            ("gzip, deflate", "gzip"),
            ("br;q=0.5, gzip;q=0.8", "gzip"),
            ("br;q=0.8, identity", ""),
            ("br;q=0, gzip;q=0", ""),
            ("zstd, deflate", ""),
        ] {
            let (_, encoding) = fetch(&server, path, accept).await;
            assert_eq!(encoding, expected, "{path}, {accept}");
        }
    }
}

/// Sends a conditional request with this tag.
async fn ask_again(server: &Server, path: &str, tag: &str, accept: &str) -> Response {
    let request = server.request("GET", path).header("if-none-match", tag);
    let request = request
        .header("accept", "text/html")
        .header("accept-encoding", accept);
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_client_with_a_current_answer_gets_304_until_something_changes() {
    let server = Server::start().await;
    for path in [
        "/",
        "/active",
        "/completed",
        "/api/items",
        "/api/v1/lists/home",
        "/api/v1/lists/home?since=999",
        "/api/v1/lists/home/todos",
        "/list.txt",
        "/list.md",
    ] {
        let first = server.get(path).await;
        let tag = header(&first, "etag").to_owned();
        for accept in ["", "gzip", "br"] {
            let first = ask_again(&server, path, "\"other\"", accept).await;
            let tag = header(&first, "etag").to_owned();
            for known in [tag.clone(), format!("\"other\", {tag}"), "*".into()] {
                let again = ask_again(&server, path, &known, accept).await;
                assert_eq!(again.status(), 304, "{path}, {accept}, {known}");
                for name in ["etag", "vary", "cache-control"] {
                    assert_eq!(header(&again, name), header(&first, name), "{path}");
                }
                assert_eq!(again.text().await.unwrap(), "", "{path}");
            }
        }
        let stranger = ask_again(&server, path, "\"other\"", "").await;
        assert_eq!(stranger.status(), 200, "{path}");
        server.store.add(Title::parse(path).unwrap()).await.unwrap();
        let later = ask_again(&server, path, &tag, "").await;
        assert_eq!(later.status(), 200, "{path}");
        assert_ne!(header(&later, "etag"), tag, "{path}");
    }
}

#[tokio::test]
async fn a_page_is_another_one_as_soon_as_anything_on_it_is() {
    let server = Server::start().await;
    let tag = header(&server.get("/").await, "etag").to_owned();
    let elsewhere = Server::start().await;
    let other = ask_again(&elsewhere, "/", &tag, "").await;
    assert_eq!(other.status(), 200, "of another history");
    // With a password, the page has a button to sign out.
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let cookie = sign_in(&server).await;
    let request = server.request("GET", "/").header("cookie", cookie);
    let page = request.header("if-none-match", &tag).send().await.unwrap();
    assert_eq!(page.status(), 200, "with a password");
    let page = ask_again(&server, "/", &tag, "").await;
    assert_eq!(page.status(), 303, "without a session nothing is shown");
}
