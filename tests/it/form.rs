//! `POST /`: the form as a browser without script sends it.

use reqwest::Response;

use todo_list::domain::Listing;

use crate::spawn::{Server, header};

const FORM: &str = "application/x-www-form-urlencoded";

async fn submit(server: &Server, body: impl Into<reqwest::Body>) -> Response {
    let request = server.request("POST", "/").header("content-type", FORM);
    request.body(body).send().await.unwrap()
}

/// Submits a title that must be refused, and asserts that the page names the reason and keeps the text in the field.
async fn check_refused(server: &Server, body: &str, status: u16, reason: &str, field: &str) {
    let before = Listing::from(&*server.store.list());
    let response = submit(server, body.to_owned()).await;
    assert_eq!(response.status(), status, "{body}");
    let page = response.text().await.unwrap();
    for part in [">Error: Could not add item.</p>", reason, field] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let after = Listing::from(&*server.store.list());
    assert!(after == before, "the list has changed");
}

#[tokio::test]
async fn an_addition_leads_back_to_the_list_with_the_item() {
    let server = Server::start().await;
    let response = submit(&server, "title=++Buy+%3Cmilk%3E+%26+eggs+").await;
    assert_eq!(response.status(), 303);
    assert_eq!(header(&response, "location"), "/");
    assert_eq!(server.items().await[2], "Buy <milk> & eggs");
    let page = server.get("/").await.text().await.unwrap();
    assert!(
        page.contains(">Buy &lt;milk&gt; &amp; eggs</label>"),
        "{page}"
    );
}

#[tokio::test]
async fn the_way_back_does_not_depend_on_where_the_form_came_from() {
    let server = Server::start().await;
    let request = server.request("POST", "/").header("content-type", FORM);
    let request = request
        .header("referer", "http://elsewhere.example/")
        .header("accept", "text/html");
    let response = request.body("title=x").send().await.unwrap();
    assert_eq!(header(&response, "location"), "/");
}

#[tokio::test]
async fn a_blank_text_does_nothing() {
    let server = Server::start().await;
    for body in ["title=", "title=+%09%20%C2%A0"] {
        assert_eq!(submit(&server, body).await.status(), 303);
    }
    assert_eq!(server.items().await.len(), 2);
}

#[tokio::test]
async fn a_text_that_breaks_a_rule_is_back_in_the_field() {
    let server = Server::start().await;
    let long = "x".repeat(501);
    let field = format!("value=\"{long}\"");
    let reason = "It has 501 characters; at most 500 fit.";
    check_refused(&server, &format!("title={long}"), 400, reason, &field).await;
    let reason = "It contains a control character, such as a line break.";
    check_refused(
        &server,
        "title=a%0Ab%22%3E%3Cscript%3E",
        400,
        reason,
        "&quot;&gt;&lt;script&gt;\"",
    )
    .await;
}

#[tokio::test]
async fn a_full_list_says_so() {
    let server = Server::start_full().await;
    let reason = "The list is full: it holds 100000 items, or 64 MB of text.";
    check_refused(&server, "title=one+more", 409, reason, "value=\"one more\"").await;
}

#[tokio::test]
async fn what_is_not_the_form_is_refused_with_a_page() {
    let server = Server::start().await;
    let check = async |content_type: &str, body: String, status: u16| {
        let request = server
            .request("POST", "/")
            .header("content-type", content_type);
        let response = request.body(body).send().await.unwrap();
        assert_eq!(response.status(), status, "{content_type}");
        let page = response.text().await.unwrap();
        assert!(
            page.contains("<h1>Error: Could not read the form.</h1>"),
            "{page}"
        );
    };
    check(FORM, "other=x".into(), 400).await;
    check(FORM, "title=a&title=b".into(), 400).await;
    check(FORM, format!("title={}", "x".repeat(65_536)), 413).await;
    check("text/plain", "title=x".into(), 415).await;
    check("multipart/form-data; boundary=x", "--x--".into(), 415).await;
    assert_eq!(server.items().await.len(), 2);
}
