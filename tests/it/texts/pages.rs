//! Hostile texts in pages: each is in its field, and none becomes markup.

use std::borrow::Cow;

use todo_list::domain::Title;

use super::{attribute, encoded, post_form, read, send};
use crate::access::{protected, sign_in};
use crate::hostile::{texts, titles};
use crate::page::document_state;
use crate::spawn::{Server, header};

#[tokio::test]
async fn each_is_in_its_field_again_after_a_search_and_a_share() {
    let server = Server::start().await;
    for text in texts() {
        let path = format!("/?q={}", encoded(&text));
        let (status, page) = send(server.request("GET", &path), &text).await;
        // A one-line field has no line breaks, and no document has a NUL.
        let shown = text.replace('\0', "\u{fffd}").replace(['\r', '\n'], "");
        assert!(
            status == 200 && page.contains(&attribute(&shown)),
            "{text:?}: {page}"
        );
        // A form carries it in a URL, not in a header.
        let response = post_form(&server, &path, &[("title", "")]).await;
        let location = header(&response, "location").to_owned();
        let query = location.split_once("?q=").map_or("", |(_, query)| query);
        let query = form_urlencoded::parse(query.as_bytes()).next();
        assert_eq!(
            query.map_or(Cow::from(""), |(name, _)| name),
            text,
            "{location}"
        );

        let path = format!("/share?text={}", encoded(&text));
        let (status, page) = send(server.request("GET", &path), &text).await;
        let words = text.split(|c: char| c.is_whitespace() || c.is_control());
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let draft: String = words.join(" ").chars().take(500).collect();
        match draft.is_empty() {
            true => assert_eq!(status, 303),
            false => assert!(page.contains(&attribute(&draft)), "{text:?}: {page}"),
        }
    }
}

#[tokio::test]
async fn each_is_kept_in_the_sign_in_form() {
    let server = protected().await;
    let cookie = sign_in(&server).await;
    for text in texts() {
        let path = format!("/sign-in?to={}", encoded(&text));
        let (status, page) = send(server.request("GET", &path), &text).await;
        assert!(
            status == 200 && page.contains(&attribute(&text)),
            "{text:?}: {page}"
        );
        // A browser with a session is redirected to a page of this server.
        let response = server.request("GET", &path).header("cookie", &cookie);
        let response = response.send().await.unwrap();
        let location = header(&response, "location");
        assert!(
            location.starts_with('/') && !location.starts_with("//"),
            "{text:?}: {location}"
        );
        // A text typed before the session ended, and one typed with a wrong password.
        let (status, page) = read(post_form(&server, "/", &[("title", &text)]).await, &text).await;
        assert!(
            status == 401 && page.contains(&attribute(&text)),
            "{text:?}: {page}"
        );
        let fields = [
            ("password", "wrong"),
            ("to", &*text),
            ("text", &*text),
            ("before", "?"),
        ];
        let (status, _) = read(post_form(&server, "/sign-in", &fields).await, &text).await;
        assert_eq!(status, 400);
    }
}

#[tokio::test]
async fn all_of_them_at_once_are_one_page() {
    let server = Server::start().await;
    for title in titles() {
        server
            .store
            .add(Title::parse(&title).unwrap())
            .await
            .unwrap();
    }
    for path in ["/", "/active", "/completed", "/trash"] {
        let page = server.get(path).await.text().await.unwrap();
        assert!(page.ends_with("</html>"), "{path}");
        let scripts = page.matches("<script").count();
        assert_eq!(scripts, if path == "/trash" { 1 } else { 3 }, "{path}");
        assert_eq!(page.matches("</script>").count(), scripts, "{path}");
        assert_eq!(page.matches("</title>").count(), 1, "{path}");
        if path != "/trash" {
            let items = document_state(&page).listing.items;
            let added = items.iter().skip(2).map(|item| item.title.as_str());
            assert!(added.eq(titles().iter().map(String::as_str)), "{path}");
        }
    }
}
