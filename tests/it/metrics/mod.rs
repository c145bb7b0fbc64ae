//! `/metrics`: what is counted, where it is served, and that it follows the rules of Prometheus.

mod exposition;

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;

use todo_list::server::config::Config;
use todo_list::server::http::{monitoring, run};
use todo_list::server::limits::Limits;
use todo_list::server::process::shutdown::Shutdown;

use self::exposition::Exposition;
use crate::event_reader::Events;
use crate::program::{Running, program};
use crate::spawn::{Server, folder_with_page, header};

/// Starts the monitoring listener on an address of its own.
async fn monitor(server: &Server) -> String {
    let config = Config::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = Config {
        metrics_addr: Some(address),
        ..config
    };
    let router = monitoring(&server.store, &config, Shutdown::never());
    tokio::spawn(run(
        listener,
        router,
        Limits::new(&config),
        std::future::pending(),
    ));
    format!("http://{address}")
}

async fn read(url: &str) -> String {
    let response = reqwest::get(format!("{url}/metrics")).await.unwrap();
    assert_eq!(response.status(), 200);
    let media_type = header(&response, "content-type");
    assert_eq!(media_type, "text/plain; version=0.0.4");
    assert_eq!(header(&response, "cache-control"), "no-store");
    response.text().await.unwrap()
}

async fn numbers(url: &str) -> Exposition {
    Exposition::parse(&read(url).await)
}

/// Sends commands of one sender.
async fn send(server: &Server, first: u64, commands: &[serde_json::Value]) -> u16 {
    let number = |(seq, command)| json!({ "seq": seq, "command": command });
    let commands: Vec<_> = (first..).zip(commands).map(number).collect();
    let client = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";
    let request = server.request("POST", "/api/v1/lists/home/commands");
    let request = request.json(&json!({ "client": client, "commands": commands }));
    request.send().await.unwrap().status().as_u16()
}

/// Causes at least one of everything that is counted.
async fn use_everything(server: &Server) {
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let add = json!({ "add": { "id": id, "title": "Buy milk", "at": "end" } });
    let complete = json!({ "complete": { "id": id, "completed": true } });
    let refused = json!({ "remove": { "id": "01890a5d-ac96-774b-bcce-b302099a8058" } });
    // One request each: the commands of one batch may share a commit.
    assert_eq!(send(server, 1, std::slice::from_ref(&add)).await, 200);
    assert_eq!(send(server, 2, std::slice::from_ref(&complete)).await, 200);
    assert_eq!(send(server, 1, &[add]).await, 200);
    assert_eq!(send(server, 3, std::slice::from_ref(&refused)).await, 200);
    assert_eq!(send(server, 3, std::slice::from_ref(&refused)).await, 200);
    assert_eq!(send(server, 4, &[complete]).await, 200);
    assert_eq!(send(server, 9, &[refused]).await, 409);
    let list = server.get("/api/v1/lists/home").await;
    let list: serde_json::Value = list.json().await.unwrap();
    let remove = json!({ "remove": { "id": list["items"][0]["id"] } });
    assert_eq!(send(server, 5, &[remove]).await, 200);
}

#[tokio::test]
async fn commands_requests_and_commits_are_counted() {
    let server = Server::start().await;
    let url = monitor(&server).await;
    use_everything(&server).await;
    let numbers = numbers(&url).await;
    let check = |series: &str, expected: f64| {
        assert_eq!(numbers.value(series), Some(expected), "{series}");
    };
    let route = "/api/v1/lists/{list}/commands";
    let requests = |status: &str| {
        format!(
            "todo_list_http_requests_total{{method=\"POST\",route=\"{route}\",status=\"{status}\"}}"
        )
    };
    check(&requests("2xx"), 7.0);
    check(&requests("4xx"), 1.0);
    let duration = "todo_list_http_request_duration_seconds_count";
    check(&format!("{duration}{{route=\"{route}\"}}"), 8.0);
    let command = |kind: &str, outcome: &str| {
        format!("todo_list_commands_total{{kind=\"{kind}\",outcome=\"{outcome}\"}}")
    };
    check(&command("add", "accepted"), 1.0);
    check(&command("add", "repeated"), 1.0);
    check(&command("edit", "accepted"), 1.0);
    check(&command("edit", "unchanged"), 1.0);
    check(&command("remove", "accepted"), 1.0);
    check(&command("remove", "rejected"), 1.0);
    check(&command("remove", "repeated"), 1.0);
    check(&command("remove", "out_of_order"), 1.0);
    // The first two items share a commit; the other commands came one after the other.
    check("todo_list_journal_commit_duration_seconds_count", 6.0);
    check("todo_list_journal_commit_commands_count", 6.0);
    check("todo_list_journal_commit_commands_sum", 7.0);
    check("todo_list_changes_announced_total", 3.0);
    check("todo_list_items{state=\"open\"}", 1.0);
    check("todo_list_items{state=\"completed\"}", 1.0);
    check("todo_list_items{state=\"removed\"}", 1.0);
    check("todo_list_revision", 5.0);
    // The server itself is a sender.
    check("todo_list_senders", 2.0);
    let version = env!("CARGO_PKG_VERSION");
    check(
        &format!("todo_list_build_info{{version=\"{version}\"}}"),
        1.0,
    );
    let connections = numbers.value("todo_list_connections").unwrap();
    assert!(connections >= 1.0, "{connections}");
}

#[tokio::test]
async fn open_streams_are_counted_until_they_end() {
    let server = Server::start().await;
    let url = monitor(&server).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(Events::open(server.request("GET", "/api/v1/events")).await);
    }
    let open = || async { numbers(&url).await.value("todo_list_streams").unwrap() };
    assert_eq!(open().await, 3.0);
    drop(streams);
    // The server notices the end a moment later.
    let all_gone = async { while open().await > 0.0 {} };
    timeout(Duration::from_secs(20), all_gone).await.unwrap();
}

#[tokio::test]
async fn clients_cannot_create_series() {
    let server = Server::start().await;
    let url = monitor(&server).await;
    for number in 0..20 {
        server.get(&format!("/nowhere/{number}")).await;
        server.get(&format!("/api/v1/lists/{number}")).await;
        let method = format!("MADE-UP-{number}");
        server.request(&method, "/").send().await.unwrap();
    }
    let host = server.request("GET", "/").header("host", "evil.example");
    host.send().await.unwrap();
    let numbers = numbers(&url).await;
    let requests = numbers.series("todo_list_http_requests_total");
    let series = |method: &str, route: &str, class: &str| {
        format!(
            "todo_list_http_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{class}\"}}"
        )
    };
    let expected = [
        series("GET", "/", "4xx"),
        series("GET", "/api/v1/lists/{list}", "4xx"),
        series("GET", "other", "4xx"),
        series("other", "/", "4xx"),
    ];
    assert_eq!(requests, expected);
    assert_eq!(numbers.value(&expected[0]), Some(1.0));
    assert_eq!(numbers.value(&expected[2]), Some(20.0));
}

#[tokio::test]
async fn it_follows_the_rules_of_prometheus() {
    let server = Server::start().await;
    let url = monitor(&server).await;
    use_everything(&server).await;
    let text = read(&url).await;
    Exposition::parse(&text).check();
}

#[tokio::test]
#[ignore = "needs promtool; make unit runs it where there is one"]
async fn promtool_finds_no_fault() {
    let server = Server::start().await;
    let url = monitor(&server).await;
    use_everything(&server).await;
    let text = read(&url).await;
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut promtool = promtool.expect("promtool");
    let mut input = promtool.stdin.take().unwrap();
    input.write_all(text.as_bytes()).unwrap();
    drop(input);
    let output = promtool.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && words.is_empty(), "{words}");
}

#[tokio::test]
async fn it_is_answered_at_its_own_address_only() {
    let server = Server::start().await;
    let url = monitor(&server).await;
    assert_eq!(server.get("/metrics").await.status(), 404);
    let client = reqwest::Client::new();
    for (method, path, host, expected) in [
        ("GET", "/metrics", "localhost", 200),
        ("GET", "/healthz", "localhost", 200),
        ("GET", "/readyz", "localhost", 200),
        ("GET", "/metrics", "evil.example", 421),
        ("POST", "/metrics", "localhost", 405),
        ("GET", "/api/items", "localhost", 404),
        ("GET", "/", "localhost", 404),
    ] {
        let method = method.parse().unwrap();
        let request = client.request(method, format!("{url}{path}"));
        let response = request.header("host", host).send().await.unwrap();
        assert_eq!(response.status(), expected, "{path} {host}");
    }
}

#[tokio::test]
async fn the_program_has_such_an_address_if_one_is_set() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]);
    command.env("TODO_LIST_METRICS_ADDR", "127.0.0.1:0");
    let mut running = Running::start(command);
    let line = running.line();
    let (_, url) = line.split_once("metrics on ").expect(&line);
    let numbers = numbers(url.trim_end_matches("/metrics")).await;
    numbers.check();
    let startup = numbers.value("todo_list_startup_duration_seconds").unwrap();
    assert!(startup > 0.0 && startup < 20.0, "{startup}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let started = numbers.value("process_start_time_seconds").unwrap();
    let age = now.as_secs_f64() - started;
    assert!(startup < age && age < 20.0, "{age}");
}
