//! No input makes the server fail: random requests, and valid ones with random faults, against the
//! router itself.
//!
//! `PROPTEST_CASES` sets the number of requests for each property.

mod fault;
mod target;

use leptos::server_fn::Encodes;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use todo_list::domain::{At, ClientId, Command, CommandId, Cursor, ListId, Title, version_1};
use todo_list::rpc::{CallEncoding, Exchange};
use todo_list::server::store::new_item;

use self::fault::{fault, mutate};
use self::target::{TestRequest, check_answers};
use crate::access::FORM;

const JSON: &str = "application/json";
const COMMANDS: &str = "/api/v1/lists/home/commands";
const TODOS: &str = "/api/v1/lists/home/todos";
const EXCHANGE: &str = "/api/fn/exchange";
/// The id of an item in every list of these tests.
const KNOWN: &str = "0190f3a0-0000-7000-8000-000000000001";

/// One of the valid requests, with random faults in its body.
fn mutated(valid: Vec<TestRequest>) -> impl Strategy<Value = TestRequest> {
    let faults = prop::collection::vec(fault(), 0..4);
    (select(valid), faults).prop_map(|(request, faults)| TestRequest {
        body: mutate(request.body.clone(), &faults),
        ..request
    })
}

/// Every command once, as JSON.
fn commands() -> Vec<Value> {
    let (id, new) = (KNOWN, "0190f3a0-0000-7000-8000-000000000002");
    let of = json!({ "client": "00000000-0000-0000-0000-000000000000", "seq": 3 });
    vec![
        json!({ "add": { "id": new, "title": "Buy eggs", "at": { "after": id } } }),
        json!({ "add": { "id": id, "title": "Buy milk", "at": "end" } }),
        json!({ "add_all": { "items": [{ "id": new, "title": "a", "completed_at": 5, "order": 1 }], "at": "start" } }),
        json!({ "edit": { "id": id, "title": "Buy tea", "completed": true, "order": null } }),
        json!({ "rename": { "id": id, "title": "Buy bread" } }),
        json!({ "complete": { "id": id, "completed": true } }),
        json!({ "order": { "id": id, "order": -9_223_372_036_854_775_808_i64 } }),
        json!({ "move": { "id": id, "at": { "before": new } } }),
        json!({ "remove": { "id": id } }),
        json!({ "restore": { "ids": [id, new, id] } }),
        json!({ "remove_all": { "ids": [id, id] } }),
        json!({ "clear_completed": { "ids": [id] } }),
        json!({ "complete_all": { "ids": [id, new], "completed": true } }),
        json!({ "revert": { "of": of } }),
        json!("expire"),
    ]
}

fn batches() -> impl Strategy<Value = TestRequest> {
    let one = (select(commands()), prop_oneof![1..4_u64, any::<u64>()]);
    let faults = prop::collection::vec(fault(), 0..3);
    let many = prop::collection::vec(one, 0..5);
    (many, any::<u8>(), faults).prop_map(|(commands, client, faults)| {
        let number = |(command, seq)| json!({ "seq": seq, "command": command });
        let commands: Vec<Value> = commands.into_iter().map(number).collect();
        let client = uuid::Uuid::from_u128(client.into());
        let batch = json!({ "client": client, "commands": commands }).to_string();
        TestRequest::new("POST", COMMANDS).with(JSON, mutate(batch.into(), &faults))
    })
}

#[test]
fn no_body_makes_the_apis_fail() {
    let todo = format!("{TODOS}/{KNOWN}");
    let fields = json!({ "title": "Buy milk", "completed": true, "order": 7 }).to_string();
    let resource =
        |method, path: &str| TestRequest::new(method, path).with(JSON, fields.clone().into());
    let item =
        TestRequest::new("POST", "/api/items").with(JSON, b"{\"item\": \"Buy milk\"}".into());
    check_answers(mutated(vec![
        item,
        resource("POST", TODOS),
        resource("PATCH", &todo),
    ]));
}

#[test]
fn no_batch_of_commands_makes_the_server_fail() {
    check_answers(batches());
}

#[test]
fn no_call_of_the_page_makes_the_server_fail() {
    let read = |command: Value| serde_json::from_value::<version_1::Command>(command).ok();
    let mut all: Vec<Command> = commands()
        .into_iter()
        .filter_map(|command| Some(read(command)?.into()))
        .collect();
    all.extend(Command::add_all(
        [
            new_item(Title::parse("a").unwrap()),
            new_item(Title::parse("b").unwrap()),
        ],
        At::Start,
        usize::MAX,
    ));
    let call = |revision: u64, seq: u64, commands: Vec<Command>| {
        let client: ClientId = uuid::Uuid::from_u128(7).into();
        let (since, first) = (Cursor { epoch: 0, revision }, CommandId { client, seq });
        let body = CallEncoding::encode(&Exchange {
            list: ListId::HOME,
            since,
            first,
            commands,
        })
        .unwrap();
        TestRequest::new("POST", EXCHANGE).with("application/x-postcard", body.into())
    };
    let rename = json!({ "rename": { "id": KNOWN, "title": "x" } });
    let mut valid: Vec<TestRequest> = all
        .iter()
        .map(|command| call(1, 1, vec![command.clone()]))
        .collect();
    valid.extend([
        call(u64::MAX, u64::MAX, all.clone()),
        call(0, 0, Vec::new()),
        call(3, 1, all),
        call(3, 1, vec![read(rename).unwrap().into(); 200]),
    ]);
    // A fault in the signature is refused at once, so the faults are in the rest.
    let signed = mutated(valid).prop_map(|request| {
        let mut body = b"todo-list 1\n".to_vec();
        body.extend(request.body.iter().skip(body.len()));
        TestRequest { body, ..request }
    });
    let random = prop::collection::vec(any::<u8>(), 0..100).prop_map(|bytes| {
        let body = [b"todo-list 1\n", &bytes[..]].concat();
        TestRequest::new("POST", EXCHANGE).with("application/x-postcard", body)
    });
    check_answers(prop_oneof![3 => signed, 1 => random]);
}

#[test]
fn no_form_makes_the_server_fail() {
    let bodies = [
        "title=Buy+milk",
        "title=%F0%9F%98%80&undo=",
        "redo=1",
        "do=save&item=ID&title=x&was=y",
        "do=edit&item=ID",
        "do=remove&item=ID",
        "do=up&item=ID",
        "do=bottom&item=ID",
        "do=complete&item=ID",
        "all=true&revision=3",
        "clear=&revision=18446744073709551615",
        "restore=all&revision=3",
        "restore=ID",
        "undo=3",
        "password=x&to=%2F&text=a&before=mine",
    ];
    let paths = [
        "/",
        "/active?q=a",
        "/completed?done=1,2,3&undone=4",
        "/share?text=a",
        "/trash",
        "/sign-in",
        "/sign-out",
    ];
    let requests = paths.iter().flat_map(|path| {
        let request = |body: &&str| {
            TestRequest::new("POST", *path).with(FORM, body.replace("ID", KNOWN).into())
        };
        bodies.iter().map(request).collect::<Vec<_>>()
    });
    check_answers(mutated(requests.collect()));
}

/// A path or query part: percent-encoded bytes, known names, or printable characters.
fn encoded() -> impl Strategy<Value = String> {
    let bytes = prop::collection::vec(any::<u8>(), 0..12).prop_map(|bytes| {
        bytes
            .iter()
            .map(|byte| format!("%{byte:02x}"))
            .collect::<String>()
    });
    let known = select(vec![
        "home",
        KNOWN,
        "..",
        ".",
        "",
        "%2e%2e%2f",
        "%",
        "%4",
        "%00",
        "pkg",
        "todo-list.js",
        "a%20b",
    ]);
    prop_oneof![bytes, known.prop_map(String::from), "[!-~]{0,12}"]
}

fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let names = select(vec![
        "if-match",
        "if-none-match",
        "last-event-id",
        "accept-encoding",
        "cookie",
        "host",
        "origin",
        "content-type",
        "range",
        "accept",
        "sec-fetch-site",
        "content-length",
        "if-modified-since",
        "referer",
        "todo-list-session",
        "x-forwarded-for",
        "authorization",
    ]);
    let known = select(vec![
        "*",
        "\"*",
        "W/\"1\"",
        "\"1.1.1.1.1\", *",
        "0-0",
        "18446744073709551615-18446744073709551615",
        "br;q=1e9",
        "bytes=9-0,-",
        "null",
        "http://",
        "todo-list-session=;=;",
        "application/json; a=\"",
        "same-origin",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "[::1]:99999",
    ]);
    // Every byte that HTTP allows in a header value.
    let byte = prop_oneof![Just(b'\t'), b' '..=b'~', 0x80..=0xff_u8];
    let value = prop_oneof![
        known.prop_map(Vec::from),
        prop::collection::vec(byte, 0..20)
    ];
    prop::collection::vec((names, value), 0..3)
}

#[test]
fn no_address_and_no_header_makes_the_server_fail() {
    let methods = select(vec![
        "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE",
        "CONNECT",
    ]);
    let templates = select(vec![
        "/",
        "/active",
        "/completed",
        "/share",
        "/trash",
        "/sign-in",
        "/list.txt",
        "/sw.js",
        "/A",
        "/A/A",
        "/pkg/A",
        "/api/A",
        "/api/items",
        "/api/openapi.json",
        "/api/fn/A",
        "/api/v1/A",
        "/api/v1/events",
        "/api/v1/lists/A",
        "/api/v1/lists/home",
        "/api/v1/lists/A/A",
        "/api/v1/lists/home/todos",
        "/api/v1/lists/home/todos/A",
        "/api/v1/lists/A/todos/A",
    ]);
    let names = select(vec![
        "q", "item", "done", "undone", "since", "cursor", "format", "title", "text", "url", "to",
        "A",
    ]);
    let values = prop_oneof![
        encoded(),
        select(vec![
            "0-0",
            "99999999999999999999-1",
            "1,2,,x,18446744073709551615",
            KNOWN,
            "compact"
        ])
        .prop_map(String::from),
    ];
    let query = prop::collection::vec((names, values), 0..4);
    let requests = (methods, templates, encoded(), encoded(), query, headers());
    check_answers(
        requests.prop_map(|(method, template, a, b, query, headers)| {
            let path = template.replacen('A', &a, 1).replace('A', &b);
            let pairs: Vec<String> = query
                .iter()
                .map(|(name, value)| format!("{}={value}", name.replace('A', &b)))
                .collect();
            let query = if pairs.is_empty() {
                String::new()
            } else {
                format!("?{}", pairs.join("&"))
            };
            let mut request = TestRequest::new(method, format!("{path}{query}"));
            request.headers.extend(headers);
            request
        }),
    );
}
