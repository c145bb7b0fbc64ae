//! The files of the built page: from a folder, and embedded in the program.

use std::collections::HashSet;
use std::path::Path;

use todo_list::server::http::assets::embedded::Embedded;

use crate::spawn::{BUILT_FILES, Server, header};

/// The page of a release.
const RELEASE: Embedded = Embedded {
    hashes: "js: j1\nwasm: w2\ncss: c3\n",
    files: &[
        ("favicon.svg", b"an icon"),
        ("favicon.svg.gz", b"a smaller icon"),
        ("icon-192.png", b"another icon"),
        ("manifest.webmanifest", b"a manifest"),
        ("pkg/todo-list.c3.css", b"a style sheet"),
        ("pkg/todo-list.c3.css.br", b"style"),
        ("pkg/todo-list.c3.css.gz", b"the style"),
        ("pkg/todo-list.j1.js", b"a script"),
        ("pkg/todo-list.w2.wasm", b"a module"),
    ],
};

fn write(site: &Path) {
    for (name, content) in RELEASE.files {
        std::fs::write(site.join(name), content).unwrap();
    }
}

/// A server of each kind, with the same page.
async fn both() -> [(&'static str, Server); 2] {
    [
        ("folder", Server::start_hashed(write).await),
        ("embedded", Server::start_embedded(RELEASE).await),
    ]
}

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
        assert_eq!(
            header(&response, "cache-control"),
            "no-cache, no-transform",
            "{name}"
        );
        assert_eq!(response.text().await.unwrap(), name);
    }
}

#[tokio::test]
async fn every_file_is_served_as_it_is_with_its_media_type() {
    for (kind, server) in both().await {
        let page = server.get("/").await.text().await.unwrap();
        for (name, content) in RELEASE.files {
            let response = server.get(&format!("/{name}")).await;
            assert_eq!(response.status(), 200, "{kind}: {name}");
            let media_type = match name.rsplit_once('.').unwrap().1 {
                "svg" => "image/svg+xml",
                "png" => "image/png",
                "webmanifest" => "application/manifest+json",
                "css" => "text/css",
                "js" => "text/javascript",
                "wasm" => "application/wasm",
                // Requested by their own names, compressed files are plain bytes.
                "br" => "application/octet-stream",
                _ => "application/gzip",
            };
            assert_eq!(
                header(&response, "content-type"),
                media_type,
                "{kind}: {name}"
            );
            assert_eq!(header(&response, "content-encoding"), "", "{kind}: {name}");
            assert_eq!(
                header(&response, "vary"),
                "accept-encoding",
                "{kind}: {name}"
            );
            let is_built = name.starts_with("pkg/");
            let control = if is_built {
                "public, max-age=31536000, immutable, no-transform"
            } else {
                "no-cache, no-transform"
            };
            assert_eq!(
                header(&response, "cache-control"),
                control,
                "{kind}: {name}"
            );
            assert_eq!(response.bytes().await.unwrap(), *content, "{kind}: {name}");
            let is_linked = page.contains(&format!("\"/{name}\""));
            assert!(is_linked || !is_built || name.ends_with(".br") || name.ends_with(".gz"));
        }
    }
}

#[tokio::test]
async fn a_client_gets_its_preferred_variant() {
    let check = async |path: &str, accept: &str, encoding: &str, content: &str| {
        for (kind, server) in both().await {
            let case = format!("{kind}: {path} for {accept:?}");
            let request = server.request("GET", path);
            let response = request.header("accept-encoding", accept).send();
            let response = response.await.unwrap();
            assert_eq!(response.status(), 200, "{case}");
            assert_eq!(header(&response, "content-encoding"), encoding, "{case}");
            assert_eq!(header(&response, "vary"), "accept-encoding", "{case}");
            let length = content.len().to_string();
            assert_eq!(header(&response, "content-length"), length, "{case}");
            assert_eq!(response.text().await.unwrap(), content, "{case}");
        }
    };
    let style = "/pkg/todo-list.c3.css";
    check(style, "gzip, deflate, br, zstd", "br", "style").await;
    check(style, "gzip;q=1.0, br;q=0.5", "gzip", "the style").await;
    check(style, "br;q=0.5, gzip;q=0.501", "gzip", "the style").await;
    check(style, "GZIP, br;Q=0", "gzip", "the style").await;
    check(style, "br;q=0, gzip;q=0", "", "a style sheet").await;
    check(style, "identity, br;q=0.9", "", "a style sheet").await;
    check(style, "identity;q=0.5, br;q=0.5", "br", "style").await;
    check(style, "zstd", "", "a style sheet").await;
    check(style, "br;q=many", "", "a style sheet").await;
    check(style, "", "", "a style sheet").await;
    check("/favicon.svg", "br, gzip;q=0.1", "gzip", "a smaller icon").await;
    check("/icon-192.png", "br, gzip", "", "another icon").await;
}

#[tokio::test]
async fn a_head_is_the_answer_without_the_file() {
    for (kind, server) in both().await {
        for (accept, length, encoding) in [("", "13", ""), ("br", "5", "br")] {
            let request = server.request("HEAD", "/pkg/todo-list.c3.css");
            let response = request.header("accept-encoding", accept).send();
            let response = response.await.unwrap();
            assert_eq!(response.status(), 200, "{kind}");
            assert_eq!(header(&response, "content-type"), "text/css", "{kind}");
            assert_eq!(header(&response, "content-length"), length, "{kind}");
            assert_eq!(header(&response, "content-encoding"), encoding, "{kind}");
            assert_eq!(response.bytes().await.unwrap(), "", "{kind}");
        }
    }
}

#[tokio::test]
async fn a_file_is_not_sent_twice() {
    for (kind, server) in both().await {
        for method in ["GET", "HEAD"] {
            let ask = |name: &str, value: &str| {
                let request = server.request(method, "/pkg/todo-list.c3.css");
                request.header("accept-encoding", "br").header(name, value)
            };
            let first = ask("x-nothing", "").send().await.unwrap();
            assert_eq!(first.status(), 200, "{kind}");
            // Each kind has one of the two headers: an embedded file has no meaningful date.
            let (tag, date) = (header(&first, "etag"), header(&first, "last-modified"));
            let again = if tag.is_empty() {
                ask("if-modified-since", date)
            } else {
                ask("if-none-match", &format!("\"other\", W/{tag}"))
            };
            let again = again.send().await.unwrap();
            assert_eq!(again.status(), 304, "{kind}");
            assert_eq!(header(&again, "etag"), tag, "{kind}");
            for name in ["cache-control", "vary"] {
                assert_eq!(header(&again, name), header(&first, name), "{kind}");
            }
            assert_eq!(again.bytes().await.unwrap(), "", "{kind}");
        }
    }
}

#[tokio::test]
async fn each_variant_has_a_tag_of_its_own() {
    let server = Server::start_embedded(RELEASE).await;
    let mut tags = Vec::new();
    for accept in ["identity", "gzip", "br"] {
        let request = server.request("GET", "/pkg/todo-list.c3.css");
        let response = request.header("accept-encoding", accept).send();
        let response = response.await.unwrap();
        let tag = header(&response, "etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        // The tag of another variant does not match.
        for other in &tags {
            let request = server.request("GET", "/pkg/todo-list.c3.css");
            let request = request.header("accept-encoding", accept);
            let response = request.header("if-none-match", other).send();
            assert_eq!(response.await.unwrap().status(), 200, "{accept}");
        }
        tags.push(tag);
    }
    let different: HashSet<String> = tags.into_iter().collect();
    assert_eq!(different.len(), 3, "{different:?}");
}

#[tokio::test]
async fn where_there_is_no_file_there_is_a_page_that_says_so() {
    for (kind, server) in both().await {
        for path in ["/pkg", "/pkg/", "/pkg/other.js", "/favicon", "/%2e%2e/x"] {
            let response = server.get(path).await;
            assert_eq!(response.status(), 404, "{kind}: {path}");
            let page = response.text().await.unwrap();
            let sentence = "There is no page at this address.";
            assert!(page.contains(sentence), "{kind}: {path}");
        }
        // A browser would remove the dots itself.
        let head = "GET /../favicon.svg HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        let answer = server.send_raw(head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{kind}: {answer}");
        let response = server.request("POST", "/favicon.svg").send().await.unwrap();
        assert_eq!(response.status(), 404, "{kind}");
    }
}

#[tokio::test]
async fn the_worker_of_both_kinds_keeps_the_same_files() {
    let mut scripts = Vec::new();
    for (kind, server) in both().await {
        let response = server.get("/sw.js").await;
        assert_eq!(response.status(), 200, "{kind}");
        scripts.push(response.text().await.unwrap());
    }
    assert!(scripts[0].contains("/icon-192.png"), "{}", scripts[0]);
    assert_eq!(scripts[0], scripts[1]);
}
