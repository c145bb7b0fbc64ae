//! The forms of the list's pages, as a browser without script sends them: every action, and the redirect.

use reqwest::Response;
use serde_json::json;

use todo_list::domain::{Item, List};

use crate::page::document_state;
use crate::spawn::{Server, header};

const FORM: &str = "application/x-www-form-urlencoded";

/// Submits a form on the page at `path`.
async fn submit(server: &Server, path: &str, fields: &[(&str, &str)]) -> Response {
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = server.request("POST", path).header("content-type", FORM);
    request.body(body).send().await.unwrap()
}

/// Submits a form that must be answered 303, and returns the location.
async fn done(server: &Server, path: &str, fields: &[(&str, &str)]) -> String {
    let response = submit(server, path, fields).await;
    assert_eq!(response.status(), 303, "{fields:?}");
    header(&response, "location").to_owned()
}

fn items(server: &Server) -> Vec<Item> {
    server.store.list().items().cloned().collect()
}

fn id(server: &Server, index: usize) -> String {
    items(server)[index].id.to_string()
}

fn completed(server: &Server) -> Vec<bool> {
    items(server)
        .iter()
        .map(|item| item.completed_at.is_some())
        .collect()
}

fn titles(list: &List) -> Vec<String> {
    list.items().map(|item| item.title.to_string()).collect()
}

async fn html(server: &Server, path: &str) -> String {
    let response = server.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.text().await.unwrap()
}

/// A server with the items "a", "b" and "c".
async fn start() -> Server {
    let server = Server::start().await;
    for index in [1, 0] {
        let id = id(&server, index);
        done(&server, "/", &[("item", &id), ("do", "remove")]).await;
    }
    for title in ["a", "b", "c"] {
        assert_eq!(done(&server, "/", &[("title", title)]).await, "/");
    }
    server
}

#[tokio::test]
async fn completing_and_opening_lead_back_to_the_same_view() {
    let server = start().await;
    let second = id(&server, 1);
    let back = done(
        &server,
        "/active?q=b",
        &[("item", &second), ("do", "complete")],
    )
    .await;
    assert_eq!(completed(&server), [false, true, false]);
    assert!(back.starts_with("/active?q=b&done="), "{back}");
    let back = done(&server, &back, &[("item", &second), ("do", "open")]).await;
    assert!(back.starts_with("/active?q=b&done="), "{back}");
    assert_eq!(completed(&server), [false; 3]);
    // A form that changes nothing adds no undo step.
    let back = done(&server, "/", &[("item", &second), ("do", "open")]).await;
    assert_eq!(back, "/");
}

#[tokio::test]
async fn the_editor_opens_saves_removes_and_can_be_left() {
    let server = start().await;
    let first = id(&server, 0);
    let editor = done(&server, "/?q=a", &[("item", &first), ("do", "edit")]).await;
    assert_eq!(editor, format!("/?q=a&item={first}"));
    let page = html(&server, &editor).await;
    assert!(page.contains("class=\"editing\""), "{page}");
    assert!(page.contains("value=\"a\" aria-label=\"Edit\""), "{page}");
    let fields = [("item", first.as_str()), ("do", "cancel"), ("title", "x")];
    assert_eq!(done(&server, &editor, &fields).await, "/?q=a");
    let fields = [
        ("item", first.as_str()),
        ("do", "save"),
        ("title", " A <b> "),
    ];
    let back = done(&server, &editor, &fields).await;
    assert!(back.starts_with("/?q=a&done="), "{back}");
    assert_eq!(titles(&server.store.list()), ["A <b>", "b", "c"]);
    let fields = [("item", first.as_str()), ("do", "save"), ("title", "  ")];
    done(&server, &editor, &fields).await;
    assert_eq!(titles(&server.store.list()), ["b", "c"]);
}

#[tokio::test]
async fn a_title_that_breaks_a_rule_stays_in_the_editor() {
    let server = start().await;
    let first = id(&server, 0);
    let long = "x".repeat(501);
    let fields = [
        ("item", first.as_str()),
        ("do", "save"),
        ("title", long.as_str()),
    ];
    let response = submit(&server, "/", &fields).await;
    assert_eq!(response.status(), 400);
    let page = response.text().await.unwrap();
    assert!(
        page.contains(&format!("value=\"{long}\" aria-label=\"Edit\"")),
        "{page}"
    );
    assert!(
        page.contains("It has 501 characters; at most 500 fit."),
        "{page}"
    );
    assert_eq!(titles(&server.store.list()), ["a", "b", "c"]);
}

#[tokio::test]
async fn items_move_one_step_among_those_that_are_shown_or_to_an_end() {
    let server = start().await;
    let check = async |index: usize, path: &str, what: &str, expected: [&str; 3]| {
        let id = id(&server, index);
        done(&server, path, &[("item", &id), ("do", what)]).await;
        assert_eq!(titles(&server.store.list()), expected, "{what}");
    };
    check(0, "/", "down", ["b", "a", "c"]).await;
    check(1, "/", "up", ["a", "b", "c"]).await;
    check(0, "/", "up", ["a", "b", "c"]).await;
    check(2, "/", "down", ["a", "b", "c"]).await;
    check(2, "/", "top", ["c", "a", "b"]).await;
    check(0, "/", "bottom", ["a", "b", "c"]).await;
    let second = id(&server, 1);
    done(&server, "/", &[("item", &second), ("do", "complete")]).await;
    check(0, "/active", "down", ["b", "c", "a"]).await;
}

#[tokio::test]
async fn completing_all_and_clearing_change_only_items_that_the_page_showed() {
    let server = start().await;
    let seen = server.store.list().revision().to_string();
    done(&server, "/", &[("title", "d")]).await;
    let fields = [("all", "true"), ("revision", seen.as_str())];
    done(&server, "/", &fields).await;
    assert_eq!(completed(&server), [true, true, true, false]);

    let seen = server.store.list().revision().to_string();
    let last = id(&server, 3);
    done(&server, "/", &[("item", &last), ("do", "complete")]).await;
    let fields = [("clear", "completed"), ("revision", seen.as_str())];
    let back = done(&server, "/", &fields).await;
    assert_eq!(titles(&server.store.list()), ["d"]);
    let page = html(&server, &back).await;
    assert!(page.contains("3 completed items removed."), "{page}");
}

#[tokio::test]
async fn many_steps_are_undone_and_redone_from_the_address() {
    let server = start().await;
    let first = id(&server, 0);
    let mut here = "/active".to_owned();
    here = done(&server, &here, &[("item", &first), ("do", "bottom")]).await;
    here = done(&server, &here, &[("item", &first), ("do", "remove")]).await;
    assert!(html(&server, &here).await.contains("a removed."));
    assert_eq!(titles(&server.store.list()), ["b", "c"]);
    here = done(&server, &here, &[("undo", "")]).await;
    assert_eq!(titles(&server.store.list()), ["b", "c", "a"]);
    let page = html(&server, &here).await;
    assert!(
        page.contains("Undone: a.") && page.contains("name=\"redo\""),
        "{page}"
    );
    here = done(&server, &here, &[("undo", "")]).await;
    assert_eq!(titles(&server.store.list()), ["a", "b", "c"]);
    for expected in [&["b", "c", "a"][..], &["b", "c"]] {
        here = done(&server, &here, &[("redo", "")]).await;
        assert_eq!(titles(&server.store.list()), expected);
    }
    assert!(here.starts_with("/active?done="), "{here}");
}

#[tokio::test]
async fn an_undo_that_is_not_possible_says_why() {
    let server = start().await;
    let first = id(&server, 0);
    let fields = [("item", first.as_str()), ("do", "save"), ("title", "mine")];
    let here = done(&server, "/", &fields).await;
    let fields = [
        ("item", first.as_str()),
        ("do", "save"),
        ("title", "theirs"),
    ];
    done(&server, "/", &fields).await;
    let response = submit(&server, &here, &[("undo", "")]).await;
    assert_eq!(response.status(), 409);
    let page = response.text().await.unwrap();
    assert!(
        page.contains("This cannot be undone: someone has changed it since."),
        "{page}"
    );
    let response = submit(&server, "/", &[("undo", "")]).await;
    assert_eq!(response.status(), 409);
    let page = response.text().await.unwrap();
    assert!(page.contains("There is nothing to undo."), "{page}");
}

#[tokio::test]
async fn a_new_title_for_a_removed_item_is_not_lost() {
    let server = start().await;
    let first = id(&server, 0);
    done(&server, "/", &[("item", &first), ("do", "remove")]).await;
    let fields = [
        ("item", first.as_str()),
        ("do", "save"),
        ("title", "long thought"),
    ];
    let response = submit(&server, "/", &fields).await;
    assert_eq!(response.status(), 409);
    let page = response.text().await.unwrap();
    assert!(page.contains("Someone has removed a."), "{page}");
    assert!(page.contains("value=\"long thought\""), "{page}");
}

#[tokio::test]
async fn the_views_and_the_search_show_what_matches_and_carry_the_rest() {
    let server = start().await;
    let second = id(&server, 1);
    done(&server, "/", &[("item", &second), ("do", "complete")]).await;
    let shown = async |path: &str| {
        let page = html(&server, path).await;
        let list = page.split("<ul id=\"item-list\"").nth(1).unwrap();
        let list = list.split("</ul>").next().unwrap();
        let titles = ["a", "b", "c"].map(|title| list.contains(&format!(">{title}</")));
        let carried = document_state(&page).listing.items;
        let carried = carried
            .iter()
            .map(|item| (item.title.as_str(), item.completed_at.is_some()));
        let all = [("a", false), ("b", true), ("c", false)];
        assert_eq!(carried.collect::<Vec<_>>(), all, "{page}");
        titles
    };
    assert_eq!(shown("/").await, [true, true, true]);
    assert_eq!(shown("/active").await, [true, false, true]);
    assert_eq!(shown("/completed").await, [false, true, false]);
    assert_eq!(shown("/?q=C").await, [false, false, true]);
    assert_eq!(shown("/completed?q=c").await, [false, false, false]);
    assert!(html(&server, "/?q=C").await.contains("<mark>c</mark>"));
    let page = html(&server, "/active").await;
    assert!(page.contains("<strong>2</strong>"), "{page}");
    for query in [
        "?q=%ff",
        "?done=x,,9&undone=-1",
        "?item=nonsense",
        "?done=1&done=2",
    ] {
        html(&server, &format!("/{query}")).await;
    }
}

#[tokio::test]
async fn removed_items_can_be_restored_one_or_all_and_that_undone() {
    let server = start().await;

    let ids = [id(&server, 0), id(&server, 1), id(&server, 2)];
    for id in &ids {
        done(&server, "/", &[("item", id), ("do", "remove")]).await;
    }
    let page = html(&server, "/trash").await;
    for part in [">a</span>", ">b</span>", ">c</span>", "just now</time>"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let back = done(&server, "/trash", &[("restore", &ids[1])]).await;
    assert_eq!(titles(&server.store.list()), ["b"]);
    let page = html(&server, &back).await;
    assert!(page.contains("b restored to the list."), "{page}");
    let undo = back.split("done=").nth(1).unwrap();
    assert_eq!(done(&server, "/trash", &[("undo", undo)]).await, "/trash");
    assert_eq!(titles(&server.store.list()), Vec::<String>::new());
    let seen = server.store.list().revision().to_string();
    done(&server, "/", &[("title", "later")]).await;
    let later = id(&server, 0);
    done(&server, "/", &[("item", &later), ("do", "remove")]).await;
    let fields = [("restore", "all"), ("revision", seen.as_str())];
    done(&server, "/trash", &fields).await;
    // The two initial items were removed first.
    let all = [
        "Build the front-end",
        "Connect to the back-end",
        "a",
        "b",
        "c",
    ];
    assert_eq!(titles(&server.store.list()), all);
    let page = html(&server, "/trash").await;
    assert!(
        page.contains(">later</span>"),
        "the page had not shown it: {page}"
    );
}

#[tokio::test]
async fn the_list_is_there_as_text() {
    let server = start().await;
    let second = id(&server, 1);
    done(&server, "/", &[("item", &second), ("do", "complete")]).await;
    let text = server.get("/list.txt").await;
    assert_eq!(header(&text, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(text.text().await.unwrap(), "a\nb\nc\n");
    let markdown = html(&server, "/list.md").await;
    assert_eq!(markdown, "- [ ] a\n- [x] b\n- [ ] c\n");
}

#[tokio::test]
async fn a_form_that_no_page_has_is_answered_400_and_changes_nothing() {
    let server = start().await;
    let before = server.store.list().revision();
    let first = id(&server, 0);
    let first = first.as_str();
    let unknown = "01900000-0000-7000-8000-000000000000";
    for (path, fields) in [
        ("/", &[][..]),
        ("/", &[("do", "complete")]),
        ("/", &[("do", "complete"), ("item", "1")]),
        ("/", &[("do", "explode"), ("item", first)]),
        ("/", &[("do", "save"), ("item", first)]),
        ("/", &[("all", "true")]),
        ("/", &[("clear", ""), ("revision", "-1")]),
        ("/", &[("title", "a\u{7}")]),
        ("/", &[("title", "a"), ("title", "b")]),
        ("/trash", &[]),
        ("/trash", &[("restore", "x")]),
        ("/trash", &[("undo", "x")]),
        ("/trash", &[("undo", "1"), ("restore", "all")]),
    ] {
        assert_eq!(
            submit(&server, path, fields).await.status(),
            400,
            "{path} {fields:?}"
        );
    }
    for (path, fields) in [
        ("/", &[("do", "remove"), ("item", unknown)][..]),
        ("/trash", &[("restore", unknown)]),
        ("/trash", &[("undo", "99999")]),
    ] {
        assert_eq!(
            submit(&server, path, fields).await.status(),
            409,
            "{path} {fields:?}"
        );
    }
    assert_eq!(server.store.list().revision(), before);
    assert_eq!(json!(titles(&server.store.list())), json!(["a", "b", "c"]));
}
