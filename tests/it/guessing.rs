//! Guessing the password, and signing in while somebody guesses.

use crate::access::{PASSWORD, may_read, post_sign_in, protected, sign_in};
use crate::spawn::header;

#[tokio::test]
async fn a_wrong_password_is_refused_and_guessing_is_slow() {
    let server = protected().await;
    let guess = |number: usize| format!("password=guess{number}&to=%2Factive");
    for number in 0..20 {
        let response = post_sign_in(&server, "", &guess(number)).await;
        assert_eq!(response.status(), 403);
        assert_eq!(header(&response, "set-cookie"), "");
        let page = response.text().await.unwrap();
        assert!(page.contains("That is not the password."), "{page}");
        assert!(page.contains(r#"name="to" value="/active""#), "{page}");
        assert!(!page.contains("guess"), "{page}");
    }
    let response = post_sign_in(&server, "", &format!("password={PASSWORD}")).await;
    assert_eq!(
        response.status(),
        429,
        "nor is it said that this one is right"
    );
    let wait: u64 = header(&response, "retry-after").parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
}

#[tokio::test]
async fn the_same_password_signs_a_whole_class_in() {
    let server = protected().await;
    let mut all = Vec::new();
    for _ in 0..30 {
        all.push(sign_in(&server).await);
    }
    assert!(may_read(&server, &all[0]).await && may_read(&server, &all[29]).await);
}
