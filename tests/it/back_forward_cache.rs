//! The back/forward cache of browsers: how the server keeps pages in it from showing the list once the
//! session is over. `end2end/tests/kept-pages` tests the browsers' side.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use sha2::{Digest, Sha256};

use crate::access::{protected, sign_in};
use crate::spawn::{Server, header};

async fn get(server: &Server, path: &str, cookie: &str) -> Response {
    let request = server.request("GET", path).header("cookie", cookie);
    request.send().await.unwrap()
}

/// The inline session script of a page, if it has one.
fn session_script(page: &str) -> Option<&str> {
    let (_, script) = page.split_once("<script>")?;
    Some(script.split_once("</script>").unwrap().0)
}

#[tokio::test]
async fn every_page_with_list_content_has_an_inline_script_that_hides_it() {
    let server = protected().await;
    let cookie = sign_in(&server).await;
    let mut scripts = Vec::new();
    for path in [
        "/",
        "/active",
        "/completed",
        "/?q=front",
        "/share?text=Milk",
        "/trash",
    ] {
        let response = get(&server, path, &cookie).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(
            header(&response, "cache-control"),
            "no-store, no-transform",
            "{path}"
        );
        let policy = header(&response, "content-security-policy").to_owned();
        let page = response.text().await.unwrap();
        let script = session_script(&page).expect(path).to_owned();
        let hash = STANDARD.encode(Sha256::digest(&script));
        assert!(policy.contains(&format!("'sha256-{hash}'")), "{path}");
        assert!(
            !script.contains("\n//") && !script.contains("\n "),
            "{script}"
        );
        scripts.push(script);
    }
    scripts.dedup();
    let [script] = &scripts[..] else {
        panic!("{scripts:?}");
    };
    assert!(script.contains("todo-list-session="), "{script}");
    assert!(script.len() < 1_200, "every page carries it");
    let nothing = get(&server, "/nothing", &cookie)
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        session_script(&nothing),
        None,
        "a message shows nothing of the list"
    );
}

#[tokio::test]
async fn the_session_route_says_whether_the_session_is_valid() {
    let check = async |server: &Server, cookie: &str, expected: &str| {
        let response = get(server, "/session", cookie).await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "cache-control"), "no-cache, no-transform");
        let set = header(&response, "set-cookie").to_owned();
        assert_eq!(response.text().await.unwrap(), expected);
        set
    };
    let open = Server::start().await;
    assert_eq!(check(&open, "", "signed in").await, "");

    let server = protected().await;
    let cookie = sign_in(&server).await;
    assert_eq!(check(&server, &cookie, "signed in").await, "");
    server.auth.end_all().unwrap();
    // A changed cookie makes a browser drop its cached pages.
    let ended = check(&server, &cookie, "signed out").await;
    let again = check(&server, "", "signed out").await;
    for set in [&ended, &again] {
        assert!(set.starts_with("todo-list-ended="), "{set}");
        assert!(
            set.ends_with("; HttpOnly; SameSite=Strict; Path=/"),
            "{set}"
        );
    }
    assert_ne!(ended, again);
    let page = get(&server, "/sign-in", "").await.text().await.unwrap();
    assert!(
        page.contains("<img src=\"/session\" alt=\"\" hidden>"),
        "{page}"
    );
}
