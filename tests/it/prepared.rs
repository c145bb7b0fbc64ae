//! Answers that are made once for many readers, as they are and compressed.

use std::io::Read;

use flate2::read::GzDecoder;
use todo_list::domain::Title;

use crate::spawn::{Server, header};

/// What everybody gets alike.
const PATHS: [&str; 3] = ["/", "/active", "/api/items"];

/// The body for somebody who accepts these encodings, and the encoding that it came in.
async fn fetch(server: &Server, path: &str, accept: &str) -> (String, String) {
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
            // Each twice: made, and kept.
            for encoding in ["br", "gzip", "gzip", "br"] {
                let answer = fetch(&server, path, encoding).await;
                assert_eq!(answer, (plain.clone(), encoding.into()), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn everybody_gets_the_encoding_that_they_like_best() {
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
