//! Authentication: the password and the sessions.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::HeaderValue;
use tokio::time::timeout;

use todo_list::domain::encoding::decode;
use todo_list::rpc::{CallError, ERROR_VERSION};
use todo_list::server::auth::{Auth, Password};
use todo_list::server::config::Config;
use todo_list::server::store::Store;

use crate::spawn::{Server, header};

pub const PASSWORD: &str = "correct horse";
pub const FORM: &str = "application/x-www-form-urlencoded";
/// Starts a server with a password.
pub async fn protected() -> Server {
    let server = Server::start().await;
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    server
}

async fn post_form(server: &Server, path: &str, cookie: &str, body: &str) -> Response {
    let request = server.request("POST", path).header("cookie", cookie);
    let request = request.header("content-type", FORM).body(body.to_owned());
    request.send().await.unwrap()
}

pub async fn post_sign_in(server: &Server, cookie: &str, body: &str) -> Response {
    post_form(server, "/sign-in", cookie, body).await
}

/// The cookies that a response sets, as the value of a `Cookie` header.
pub fn cookies(response: &Response) -> String {
    let set = response.headers().get_all("set-cookie").iter();
    let pair = |value: &str| value.split(';').next().unwrap().to_owned();
    let pairs: Vec<String> = set.map(|value| pair(value.to_str().unwrap())).collect();
    pairs.join("; ")
}

pub fn session_id(cookies: &str) -> &str {
    let mut cookies = cookies.split("; ");
    let id = cookies.find_map(|cookie| cookie.strip_prefix("todo-list-session="));
    id.unwrap()
}

/// Signs in and returns the cookies.
pub async fn sign_in(server: &Server) -> String {
    let response = post_sign_in(server, "", &format!("password={PASSWORD}")).await;
    assert_eq!(response.status(), 303);
    cookies(&response)
}

async fn get(server: &Server, path: &str, cookie: &str) -> Response {
    let request = server.request("GET", path).header("cookie", cookie);
    request.send().await.unwrap()
}

pub async fn may_read(server: &Server, cookie: &str) -> bool {
    let status = get(server, "/api/items", cookie).await.status();
    assert!(status == 200 || status == 401, "{status}");
    status == 200
}

/// Signs in as the form of a page at this origin does. Returns the status, the cookies and the page.
async fn sign_in_from(server: &Server, origin: &str, cookie: &str) -> (u16, String, String) {
    let request = server.request("POST", "/sign-in").header("cookie", cookie);
    let request = request
        .header("content-type", FORM)
        .header("origin", origin);
    let response = request.body(format!("password={PASSWORD}"));
    let response = response.send().await.unwrap();
    let (status, cookies) = (response.status().as_u16(), cookies(&response));
    (status, cookies, response.text().await.unwrap())
}

#[tokio::test]
async fn a_browser_that_sends_no_cookie_back_is_told_so_and_gets_no_session() {
    let server = protected().await;
    let (status, set, page) = sign_in_from(&server, &server.url, "").await;
    assert_eq!(status, 400);
    assert!(page.contains("Allow cookies"), "{page}");
    assert!(!set.contains("todo-list-session="), "{set}");
    assert!(!page.contains("Sign in at"), "{page}");
    // The page has set a cookie to see whether the browser sends it back.
    let (status, set, _) = sign_in_from(&server, &server.url, &set).await;
    assert_eq!(status, 303);
    assert!(may_read(&server, &set).await);
    let page = server.get("/sign-in").await;
    let (status, _, _) = sign_in_from(&server, &server.url, &cookies(&page)).await;
    assert_eq!(status, 303);
}

#[tokio::test]
async fn over_http_a_browser_is_led_to_the_https_address() {
    let server = crate::security::with_settings(Some("https://todo.example"), "").await;
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let page = server.get("/sign-in").await;
    let set = page.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.contains("; Secure"), "{set}");
    let (status, set, page) = sign_in_from(&server, &server.url, "").await;
    assert_eq!(status, 400);
    assert!(!set.contains("session"), "{set}");
    assert!(page.contains("https only"), "{page}");
    let link = "<a href=\"https://todo.example\">https://todo.example</a>";
    assert!(page.contains(link), "{page}");
}

#[tokio::test]
async fn without_a_password_no_sign_in_is_needed() {
    let server = Server::start().await;
    assert!(may_read(&server, "").await);
    let page = server.get("/").await.text().await.unwrap();
    assert!(!page.contains("Sign out") && !page.contains("A password is set by"));
    let response = server.get("/sign-in?to=/active").await;
    assert_eq!(header(&response, "location"), "/active");
    let response = post_sign_in(&server, "", "password=anything").await;
    assert_eq!(response.status(), 303);
    assert_eq!(header(&response, "set-cookie"), "", "no session begins");
}

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let server = protected().await;
    let response = server.get("/active?q=milk").await;
    assert_eq!(response.status(), 303);
    let address = header(&response, "location").to_owned();
    assert_eq!(address, "/sign-in?to=%2Factive%3Fq%3Dmilk");
    let page = server.get(&address).await.text().await.unwrap();
    assert!(
        page.contains(r#"name="to" value="/active?q=milk""#),
        "{page}"
    );
    let body = format!("password={PASSWORD}&to=%2Factive%3Fq%3Dmilk");
    let response = post_sign_in(&server, "", &body).await;
    assert_eq!(response.status(), 303);
    assert_eq!(header(&response, "location"), "/active?q=milk");
    assert_eq!(header(&response, "cache-control"), "no-store, no-transform");
    let cookie = cookies(&response);
    assert!(may_read(&server, &cookie).await);
    let page = get(&server, "/", &cookie).await.text().await.unwrap();
    assert!(page.contains("Sign out"));

    let response = post_form(&server, "/sign-out", &cookie, "").await;
    assert_eq!(header(&response, "location"), "/sign-in");
    assert_eq!(
        header(&response, "clear-site-data"),
        "\"cache\", \"storage\""
    );
    let removed: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    assert!(
        removed.len() == 2
            && removed
                .iter()
                .all(|set| set.to_str().unwrap().contains("Max-Age=0"))
    );
    assert!(
        !may_read(&server, &cookie).await,
        "the cookie is worth nothing any more"
    );
}

#[tokio::test]
async fn a_foreign_cookie_that_is_not_text_ends_no_session() {
    let server = protected().await;
    let cookie = sign_in(&server).await;
    for other in [&b"other=\xff"[..], b"\xe9=1"] {
        let before = [other, b"; ", cookie.as_bytes()].concat();
        let after = [cookie.as_bytes(), b"; ", other].concat();
        for cookies in [before, after] {
            let cookies = HeaderValue::from_bytes(&cookies).unwrap();
            let request = server.request("GET", "/api/items");
            let response = request.header("cookie", &cookies).send().await.unwrap();
            assert_eq!(response.status(), 200, "{cookies:?}");
        }
    }
}

#[tokio::test]
async fn another_password_ends_all_sessions_and_streams() {
    let server = protected().await;
    let cookie = sign_in(&server).await;
    let mut stream = get(&server, "/api/v1/events", &cookie).await;
    assert_eq!(stream.status(), 200);
    assert!(stream.chunk().await.unwrap().is_some());
    let password = Password::parse("battery staple").unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let end = async { while stream.chunk().await.unwrap().is_some() {} };
    timeout(Duration::from_secs(5), end)
        .await
        .expect("the stream ends");
    assert!(!may_read(&server, &cookie).await);
    assert_eq!(get(&server, "/api/v1/events", &cookie).await.status(), 401);
}

#[tokio::test]
async fn streams_end_when_a_password_is_set_or_the_session_ends() {
    let server = Server::start().await;
    let mut open = server.get("/api/v1/events").await;
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let end = async { while open.chunk().await.unwrap().is_some() {} };
    timeout(Duration::from_secs(5), end)
        .await
        .expect("the stream ends");

    let [first, second] = [sign_in(&server).await, sign_in(&server).await];
    let mut theirs = get(&server, "/api/v1/events", &first).await;
    let mut others = get(&server, "/api/v1/events", &second).await;
    post_form(&server, "/sign-out", &first, "").await;
    let end = async { while theirs.chunk().await.unwrap().is_some() {} };
    timeout(Duration::from_secs(5), end)
        .await
        .expect("the stream ends");
    server
        .store
        .add(todo_list::domain::Title::parse("Buy milk").unwrap())
        .await
        .unwrap();
    let mut received = String::new();
    while !received.contains("Buy milk") {
        let chunk = timeout(Duration::from_secs(5), others.chunk()).await;
        let chunk = chunk
            .expect("the other one goes on")
            .unwrap()
            .expect("more");
        received += std::str::from_utf8(&chunk).unwrap();
    }
}

#[tokio::test]
async fn a_text_posted_after_the_session_ended_comes_back_after_signing_in() {
    let server = protected().await;
    let response = post_form(&server, "/", "", "title=Buy+milk+%26+%3Ceggs%3E").await;
    assert_eq!(response.status(), 401);
    let page = response.text().await.unwrap();
    assert!(
        page.contains(r#"name="text" value="Buy milk &amp; &lt;eggs&gt;""#),
        "{page}"
    );
    let body = format!("password={PASSWORD}&to=%2F&text=Buy+milk+%26+%3Ceggs%3E");
    let response = post_sign_in(&server, "", &body).await;
    let address = header(&response, "location").to_owned();
    let page = get(&server, &address, &cookies(&response))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains(r#"value="Buy milk &amp; &lt;eggs&gt;""#),
        "{page}"
    );
    assert_eq!(
        server.store.list().len(),
        2,
        "it is in the field, and not added"
    );
}

#[tokio::test]
async fn signing_in_after_another_session_asks_who_that_was() {
    let server = protected().await;
    let before = sign_in(&server).await;
    server.auth.end_all().unwrap();
    let page = get(&server, "/sign-in", &before)
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("Someone was signed in here before"), "{page}");
    let password = format!("password={PASSWORD}");
    let response = post_sign_in(&server, &before, &password).await;
    assert_eq!(response.status(), 400, "it has to be said");

    let other = post_sign_in(&server, &before, &format!("{password}&before=other")).await;
    assert_eq!(header(&other, "clear-site-data"), "\"cache\", \"storage\"");
    assert_ne!(session_id(&cookies(&other)), session_id(&before));

    let before = sign_in(&server).await;
    server.auth.end_all().unwrap();
    let mine = post_sign_in(&server, &before, &format!("{password}&before=mine")).await;
    assert_eq!(header(&mine, "clear-site-data"), "");
    assert_eq!(session_id(&cookies(&mine)), session_id(&before));
    assert!(may_read(&server, &cookies(&mine)).await && !may_read(&server, &before).await);

    post_form(&server, "/sign-out", &cookies(&mine), "").await;
    let page = get(&server, "/sign-in", &cookies(&mine))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        !page.contains("Someone was signed in"),
        "who has signed out has left nothing"
    );
}

#[tokio::test]
async fn a_page_left_open_by_another_session_sends_nothing() {
    let server = protected().await;
    let [first, second] = [sign_in(&server).await, sign_in(&server).await];
    // The browser has the cookie of the second session. The page was opened in the first.
    for (cookie, by, expected) in [
        (&second, Some(session_id(&first)), 401),
        (&second, None, 401),
        (&second, Some(session_id(&second)), 400),
    ] {
        let request = server
            .request("POST", "/api/fn/exchange")
            .header("cookie", cookie);
        let request = match by {
            Some(by) => request.header("todo-list-session", by),
            None => request,
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), expected, "{by:?}");
        let error: CallError = decode(ERROR_VERSION, &response.bytes().await.unwrap()).unwrap();
        assert_eq!(error == CallError::SignedOut, expected == 401, "{error:?}");
    }
}

#[tokio::test]
async fn behind_https_the_cookies_are_for_https_only() {
    let config = Config {
        public_url: Some("https://todo.example".parse().unwrap()),
        ..Config::default()
    };
    let server = Server::with_config(config).await;
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let response = post_sign_in(&server, "", &format!("password={PASSWORD}")).await;
    let set: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
    let [token, id] = set[..] else {
        panic!("{set:?}");
    };
    let (token, id) = (token.to_str().unwrap(), id.to_str().unwrap());
    assert!(token.starts_with("__Host-todo-list-token="), "{token}");
    assert!(
        token.contains("; HttpOnly; SameSite=Lax; Secure; Path=/;"),
        "{token}"
    );
    assert!(id.contains("; SameSite=Lax; Secure; Path=/;"), "{id}");
    assert!(may_read(&server, &cookies(&response)).await);
}

#[tokio::test]
async fn the_database_holds_neither_password_nor_token() {
    let folder = tempfile::tempdir().unwrap();
    let auth = Auth::open(Some(folder.path()), &Config::default()).unwrap();
    let password = Password::parse(PASSWORD).unwrap();
    auth.set_password(Some(&password)).unwrap();
    let server = Server::with_access(Store::in_memory().unwrap(), auth.clone()).await;
    let cookie = sign_in(&server).await;
    let token = cookie.split_once('=').unwrap().1.split(';').next().unwrap();
    assert_eq!(token.len(), 43);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in [PASSWORD, token] {
            let found = bytes
                .windows(secret.len())
                .any(|bytes| bytes == secret.as_bytes());
            assert!(!found, "{} holds {secret}", path.display());
        }
        #[cfg(unix)]
        {
            let mode = std::fs::metadata(&path).unwrap();
            let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
            assert_eq!(mode & 0o077, 0, "{} is for others", path.display());
        }
    }

    // A restart ends no session.
    let again = Auth::open(Some(folder.path()), &Config::default()).unwrap();
    let server = Server::with_access(Store::in_memory().unwrap(), again).await;
    assert!(may_read(&server, &cookie).await);
}

#[tokio::test]
async fn the_command_line_changes_the_password_under_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Auth::open(Some(folder.path()), &Config::default()).unwrap();
    let auth = open();
    tokio::spawn(auth.clone().follow());
    let server = Server::with_access(Store::in_memory().unwrap(), auth).await;
    let mut stream = server.get("/api/v1/events").await;
    let password = Password::parse(PASSWORD).unwrap();
    open().set_password(Some(&password)).unwrap();
    let end = async { while stream.chunk().await.unwrap().is_some() {} };
    timeout(Duration::from_secs(10), end)
        .await
        .expect("the server has seen the change");
    assert!(!may_read(&server, "").await);
}

#[tokio::test]
async fn a_public_server_warns_until_a_password_is_set() {
    let config = Config {
        site_addr: "0.0.0.0:0".parse().unwrap(),
        ..Config::default()
    };
    let server = Server::with_config(config).await;
    let page = server.get("/").await.text().await.unwrap();
    assert!(page.contains("Everyone who can reach this server can read and change the list."));
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let page = get(&server, "/", &sign_in(&server).await)
        .await
        .text()
        .await
        .unwrap();
    assert!(!page.contains("Everyone who can reach this server"));
}
