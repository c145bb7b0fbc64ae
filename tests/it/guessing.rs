//! Password guessing, and signing in meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout;

use todo_list::server::auth::Password;
use todo_list::server::config::Config;

use crate::access::{FORM, PASSWORD, cookies, may_read, post_sign_in, protected, sign_in};
use crate::spawn::{Server, header};

/// Longer than any queued login waits.
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_wrong_password_is_refused_and_guessing_is_slow() {
    let server = protected().await;
    let guess = |number: usize| format!("password=guess{number}&to=%2Factive");
    for number in 0..20 {
        let response = post_sign_in(&server, "", &guess(number)).await;
        assert_eq!(response.status(), 403);
        let set = cookies(&response);
        assert_eq!(set, "todo-list-cookie-test=1", "no session");
        let page = response.text().await.unwrap();
        assert!(page.contains("That is not the password."), "{page}");
        assert!(page.contains(r#"name="to" value="/active""#), "{page}");
        assert!(!page.contains("guess"), "{page}");
    }
    let begin = Instant::now();
    let right = format!("password={PASSWORD}");
    let right = timeout(MINUTE, post_sign_in(&server, "", &right))
        .await
        .expect("a turn");
    assert_eq!(right.status(), 303, "the right password still works");
    let taken = begin.elapsed();
    assert!(
        taken > Duration::from_secs(2),
        "it has waited for {taken:?}"
    );
}

#[tokio::test]
async fn others_sign_in_while_one_client_guesses() {
    let config = Config {
        trusted_proxies: "127.0.0.0/8".parse().unwrap(),
        ..Config::default()
    };
    let server = Arc::new(Server::with_config(config).await);
    let password = Password::parse(PASSWORD).unwrap();
    server.auth.set_password(Some(&password)).unwrap();
    let post = |server: Arc<Server>, address: &'static str, cookie: String, body: &'static str| async move {
        let request = server
            .request("POST", "/sign-in")
            .header("content-type", FORM);
        let request = request
            .header("x-forwarded-for", address)
            .header("cookie", cookie);
        request.body(body).send().await.unwrap()
    };
    let (guesser, other) = ("192.0.2.1", "192.0.2.2");
    let (wrong, right) = ("password=wrong+guess", "password=correct+horse");
    let before = cookies(&post(server.clone(), guesser, String::new(), right).await);
    server.auth.end_all().unwrap();
    for _ in 0..20 {
        let answer = post(server.clone(), guesser, String::new(), wrong).await;
        assert_eq!(answer.status(), 403);
    }
    // Guessing continues on more connections than the queue holds.
    let mut guesses = JoinSet::new();
    for _ in 0..5 {
        guesses.spawn(post(server.clone(), guesser, String::new(), wrong));
    }
    for _ in 0..2 {
        let told = guesses.join_next().await.unwrap().unwrap();
        assert_eq!(told.status(), 429);
        let wait: u64 = header(&told, "retry-after").parse().unwrap();
        assert!((1..=11).contains(&wait), "{wait}");
        let page = told.text().await.unwrap();
        assert!(
            page.contains("Too many wrong passwords. Try again in"),
            "{page}"
        );
    }
    let soon = Duration::from_secs(7);
    for (address, cookie, body) in [
        (other, "", right),
        // A browser that had a session before, at the same address as the guessing client.
        (guesser, &before, "password=correct+horse&before=mine"),
    ] {
        let answer = post(server.clone(), address, cookie.into(), body);
        let answer = timeout(soon, answer).await.expect("no login is ahead");
        assert_eq!(answer.status(), 303, "{address}");
        let cookie = cookies(&answer);
        let read = server.request("GET", "/api/items").header("cookie", cookie);
        assert_eq!(read.send().await.unwrap().status(), 200, "{address}");
    }
}

#[tokio::test]
async fn a_whole_class_signs_in_with_the_same_password() {
    let server = protected().await;
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(sign_in(&server).await);
    }
    assert!(may_read(&server, &all[0]).await && may_read(&server, &all[29]).await);
}
