//! `GET /api/v1/events`: the event stream.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use leptos::server_fn::{Decodes, Encodes};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use todo_list::domain::{
    At, Change, Command, CommandId, Cursor, Item, ItemId, List, ListId, Title, version_1,
};
use todo_list::rpc::{CallEncoding, Exchange};
use todo_list::server::auth::Auth;
use todo_list::server::config::Config;
use todo_list::server::http::assets::Assets;
use todo_list::server::http::{router, run};
use todo_list::server::limits::Limits;
use todo_list::server::process::shutdown::Shutdown;
use todo_list::server::store::{Store, new_item};

use crate::event_reader::Events;
use crate::spawn::{Server, header};

/// Adds an item and returns its id.
pub async fn add(server: &Server, text: &str) -> ItemId {
    let Item { id, title, .. } = new_item(Title::parse(text).unwrap());
    let at = At::End;
    let command = Command::add(id, title, at);
    server.store.run(None, command).await.unwrap();
    id
}

/// Renames an item this many times.
pub async fn rename(server: &Server, id: ItemId, times: usize, prefix: &str) {
    let mut answers = Vec::new();
    for number in 0..times {
        let title = Title::parse(&format!("{prefix}{number}")).unwrap();
        let command = Command::rename(id, title);
        answers.push(server.store.submit(None, command).await.unwrap());
    }
    for answer in answers {
        answer.await.unwrap();
    }
}

#[tokio::test]
async fn a_reader_gets_what_it_misses_and_what_comes_then() {
    let server = Server::start().await;
    let Cursor { epoch, .. } = server.store.cursor();
    let at = |revision| Cursor { epoch, revision };
    add(&server, "missed").await;
    let mut events = Events::after(&server, at(1)).await;
    assert_eq!(events.change().await.revision, 2);
    assert_eq!(events.change().await.revision, 3);
    // The end of the backlog.
    events.expect("heartbeat", at(3)).await;
    for revision in 4..40 {
        add(&server, "new").await;
        let change = events.change().await;
        assert_eq!(change.revision, revision);
        assert_eq!(
            server.store.list().changes_since(revision - 1),
            Some(vec![&change])
        );
    }
}

#[tokio::test]
async fn without_a_cursor_a_reader_gets_what_happens_from_now_on() {
    let server = Server::start().await;
    let now = server.store.cursor();
    let mut events = Events::open(server.request("GET", "/api/v1/events")).await;
    events.expect("heartbeat", now).await;
    add(&server, "new").await;
    assert_eq!(events.change().await.revision, now.revision + 1);
}

#[tokio::test]
async fn the_id_of_the_last_event_counts_more_than_the_cursor() {
    let server = Server::start().await;
    let Cursor { epoch, .. } = server.store.cursor();
    for _ in 0..3 {
        add(&server, "new").await;
    }
    let request = server.request("GET", &format!("/api/v1/events?cursor={epoch}-1"));
    let mut events = Events::open(request.header("last-event-id", format!("{epoch}-4"))).await;
    assert_eq!(events.change().await.revision, 5);
    let revision = 5;
    events.expect("heartbeat", Cursor { epoch, revision }).await;
}

#[tokio::test]
async fn a_reader_with_an_unknown_cursor_reloads_the_list_and_resumes() {
    let server = Server::start().await;
    let id = add(&server, "x").await;
    rename(&server, id, List::MAX_HISTORY, "").await;
    let now = server.store.cursor();
    let is_known = |revision| Cursor { revision, ..now };
    let oldest = now.revision - List::MAX_HISTORY as u64;
    let mut events = Events::after(&server, is_known(oldest)).await;
    assert_eq!(events.change().await.revision, oldest + 1);

    let other = now.epoch ^ 1;
    let Cursor { epoch, revision } = now;
    for id in [
        format!("{epoch}-{}", revision + 1),
        format!("{epoch}-{}", oldest - 1),
        format!("{epoch}-0"),
        format!("{epoch}-{}", u64::MAX),
        format!("{other}-{revision}"),
        format!("{other}-{}", revision - 1),
        "nothing that we have sent".into(),
        "\u{e9}".into(),
        String::new(),
    ] {
        let mut events = Events::resume(&server, &id).await;
        let now = server.store.cursor();
        events.expect("reset", now).await;
        events.expect("heartbeat", now).await;
        add(&server, "after").await;
        assert_eq!(events.change().await.revision, now.revision + 1, "{id:?}");
    }
    let now = server.store.cursor();
    let mut events = Events::after(
        &server,
        Cursor {
            epoch: other,
            ..now
        },
    )
    .await;
    events.expect("reset", now).await;
}

#[tokio::test]
async fn both_formats_say_the_same() {
    let server = Server::start().await;
    let Cursor { epoch, .. } = server.store.cursor();
    let open = |format: &str| {
        let path = format!("/api/v1/events?cursor={epoch}-2&format={format}&version=2");
        Events::open(server.request("GET", &path))
    };
    let (mut json, mut compact) = (open("json").await, open("compact").await);
    let beat = json.next().await;
    assert_eq!(compact.next().await, beat);
    for text in ["a\u{2028}b", "\u{1f469}\u{200d}\u{1f4bb} \"\\ <b>\tc"] {
        add(&server, text).await;
        let event = compact.next().await.unwrap();
        assert_eq!(event.name, "change");
        let bytes = STANDARD.decode(&event.data).unwrap();
        let change: Change = CallEncoding::decode(bytes.into()).unwrap();
        assert_eq!(change.revision, event.id.revision);
        assert_eq!(change, json.change().await);
    }
}

#[tokio::test]
async fn the_headers_keep_it_out_of_caches_and_buffers() {
    let server = Server::start().await;
    for encoding in ["identity", "gzip", "br", "gzip, deflate, br, zstd"] {
        let request = server.request("GET", "/api/v1/events");
        let request = request.header("accept-encoding", encoding);
        let response = request.send().await.unwrap();
        for (name, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache, no-transform"),
            ("x-accel-buffering", "no"),
            ("content-encoding", ""),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(header(&response, name), value, "{name}, {encoding}");
        }
    }
    let response = server.request("POST", "/api/v1/events").send().await;
    assert_eq!(response.unwrap().status(), 405);
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_a_problem() {
    let server = Server::start().await;
    for query in [
        "cursor=",
        "cursor=2",
        "cursor=1-x",
        "format=xml",
        "format=",
        "cursor=1-1&cursor=1-2",
    ] {
        let response = server.get(&format!("/api/v1/events?{query}")).await;
        assert_eq!(
            header(&response, "content-type"),
            "application/problem+json"
        );
        assert_eq!(response.status(), 400, "{query}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["code"], "invalid", "{query}");
    }
}

#[tokio::test]
async fn changes_come_from_whatever_way_they_were_made() {
    let server = Server::start().await;
    let mut events = Events::open(server.request("GET", "/api/v1/events")).await;
    events.expect("heartbeat", server.store.cursor()).await;
    let client = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";
    let item = new_item(Title::parse("x").unwrap());
    let (id, title, at) = (item.id, item.title, At::End);
    let command = Command::add(id, title, at);
    let sender = client.parse().unwrap();
    let call = Exchange {
        list: ListId::HOME,
        since: Cursor::default(),
        first: CommandId {
            client: sender,
            seq: 1,
        },
        commands: vec![command],
    };
    let complete = json!({ "complete": { "id": id, "completed": true } });
    let post = |path: &str| server.request("POST", path);
    for request in [
        post("/api/items").json(&json!({ "item": "x" })),
        post("/api/v1/lists/home/todos").json(&json!({ "title": "x" })),
        post("/")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("title=x"),
        post("/api/fn/exchange").body(CallEncoding::encode(&call).unwrap()),
        post("/api/v1/lists/home/commands")
            .json(&json!({ "client": client, "commands": [{ "seq": 2, "command": complete }] })),
    ] {
        let before = server.store.cursor().revision;
        let what = format!("{request:?}");
        let status = request.send().await.unwrap().status().as_u16();
        assert!([200, 201, 303].contains(&status), "{status}: {what}");
        let change = events.change().await;
        assert_eq!(change.revision, before + 1, "{what}");
        assert_eq!(change.events.len(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_refused_command_is_no_event() {
    let server = Server::start().await;
    let now = server.store.cursor();
    let mut events = Events::open(server.request("GET", "/api/v1/events")).await;
    events.expect("heartbeat", now).await;
    let id = new_item(Title::parse("x").unwrap()).id;
    let refused = server.store.run(None, Command::Remove { id }).await;
    assert!(refused.is_err());
    add(&server, "x").await;
    assert_eq!(events.change().await.revision, now.revision + 1);
}

/// A deterministic generator of numbers below a limit (xorshift64).
fn numbers(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |limit| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    }
}

/// A command on a random item of the list.
fn some_command(list: &List, mut number: impl FnMut(usize) -> usize) -> Command {
    let ids: Vec<ItemId> = list.items().map(|item| item.id).collect();
    let id = ids[number(ids.len())];
    let title = || Title::parse("something else").unwrap();
    match number(if ids.len() > 2 { 5 } else { 1 }) {
        0 => {
            let Item { id, title, .. } = new_item(title());
            let at = At::Start;
            Command::add(id, title, at)
        }
        1 => Command::rename(id, title()),
        2 => Command::complete(id, number(2) == 0),
        3 => Command::Remove { id },
        _ => Command::Move { id, at: At::End },
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_cut_off_anywhere_and_resumes_ends_with_the_same_list() {
    for seed in 1..=8 {
        let server = Server::start().await;
        let mut followed = List::clone(&server.store.list());
        let mut cursor = server.store.cursor();
        // The writer stays within 50 revisions of its reader, and ends with it.
        let (progress, mut reached) = watch::channel(cursor.revision);
        let store = server.store.clone();
        let writer = tokio::spawn(async move {
            let mut number = numbers(seed);
            loop {
                let command = some_command(&store.list(), &mut number);
                store.run(None, command).await.unwrap();
                let head = store.revision();
                if reached
                    .wait_for(|reached| reached + 50 > head)
                    .await
                    .is_err()
                {
                    return;
                }
            }
        });
        let mut number = numbers(seed + 100);
        for _ in 0..40 {
            let mut events = Events::resume(&server, &cursor.to_string()).await;
            for _ in 0..number(3) {
                events.receive().await;
            }
            events.lose_from(|length| number(length + 1));
            while let Some(event) = events.received() {
                (followed, cursor) = follow(followed, &event);
            }
            progress.send_replace(cursor.revision);
        }
        drop(progress);
        writer.await.unwrap();
        let mut events = Events::resume(&server, &cursor.to_string()).await;
        while cursor != server.store.cursor() {
            match events.received() {
                Some(event) => (followed, cursor) = follow(followed, &event),
                None => assert!(events.receive().await),
            }
        }
        assert!(followed == *server.store.list(), "seed {seed}");
    }
}

/// Applies an event. Returns the list and the cursor after it.
fn follow(mut list: List, event: &str) -> (List, Cursor) {
    let (id, rest) = event.split_once("\nevent: ").unwrap();
    let cursor: Cursor = id.strip_prefix("id: ").unwrap().parse().unwrap();
    if let Some(data) = rest.strip_prefix("change\ndata: ") {
        let change: version_1::Change = serde_json::from_str(data).unwrap();
        let change = Change::from(change);
        assert_eq!(change.revision, list.revision() + 1, "a gap");
        list.apply(change.into());
    }
    assert_eq!(cursor.revision, list.revision(), "{rest}");
    (list, cursor)
}

#[tokio::test]
async fn streams_end_when_the_server_stops_and_those_of_old_pages_say_nothing_before() {
    let store = Store::in_memory().unwrap();
    let config = Config::default();
    let auth = Auth::open(None, &config).unwrap();
    let assets = Assets::with_hashes(&config, "");
    let router = router(&store, &auth, assets, &config, Shutdown::never());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/v1/events", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(run(listener, router, Limits::new(&config), async move {
        let _ = stopped.await;
    }));
    let mut streams = Vec::new();
    for _ in 0..10 {
        let mut events = Events::open(reqwest::Client::new().get(&url)).await;
        events.expect("heartbeat", store.cursor()).await;
        streams.push(events);
    }
    // A page of another version gets a reset, and nothing of what happens then.
    let mut old_pages = Vec::new();
    for version in ["", "&version=1", "&version=3"] {
        let query = format!("?cursor={}&format=compact{version}", store.cursor());
        let mut events = Events::open(reqwest::Client::new().get(format!("{url}{query}"))).await;
        events.expect("reset", store.cursor()).await;
        old_pages.push(events);
    }
    store.add(Title::parse("x").unwrap()).await.unwrap();
    for events in &mut streams {
        assert_eq!(events.change().await.revision, store.revision());
    }
    streams.extend(old_pages);
    stop.send(()).unwrap();
    for events in &mut streams {
        assert_eq!(events.next().await, None);
    }
    let served = timeout(Duration::from_secs(20), served).await;
    served.expect("it does not end").unwrap().unwrap();
}
