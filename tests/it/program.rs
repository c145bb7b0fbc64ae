//! The program itself: its output, its start and its shutdown.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::event_reader::Events;
use crate::limits::{output, wait};
use crate::spawn::folder_with_page;

/// Returns the program without settings other than those of the test.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-list"));
    command
        .current_dir(folder)
        .env_clear()
        .stderr(Stdio::piped())
        .args(["--data", ":memory:"]);
    command
}

/// A running program; killed on drop.
pub(crate) struct Running {
    child: Child,
    log: BufReader<ChildStderr>,
    pub(crate) url: String,
    pub(crate) is_for_this_machine_only: bool,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut running = Self {
            log: BufReader::new(child.stderr.take().unwrap()),
            child,
            url: String::new(),
            is_for_this_machine_only: false,
        };
        let line = running.line();
        let is_text = line.contains(" INFO todo_list: ") || line.starts_with('{');
        let (_, url) = line.split_once("listening on ").expect(&line);
        assert!(is_text, "{line}");
        let end = url.find(['"', ' ']).unwrap_or(url.len());
        running.url = url[..end].trim_end_matches('/').to_owned();
        running.is_for_this_machine_only = url.contains(" for this machine only");
        running
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.log.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status();
        assert!(kill.unwrap().success());
    }

    pub(crate) fn stop(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        wait(&mut self.child)
    }

    /// Stops the program and returns the unread part of its log.
    pub(crate) fn stop_and_read(mut self) -> String {
        self.signal("-TERM");
        assert!(wait(&mut self.child).success());
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs the program until it fails. Returns its output.
pub(crate) fn last_words(command: &mut Command) -> String {
    let output = output(command);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

pub(crate) async fn add(url: &str, item: &str) -> u16 {
    let client = reqwest::Client::new();
    let body = serde_json::json!({ "item": item });
    client
        .post(format!("{url}/api/items"))
        .json(&body)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn it_says_where_it_listens_and_starts_with_two_items() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    let running = Running::start({
        command.args(["--addr", "127.0.0.1:0"]);
        command
    });
    assert!(
        running.url.starts_with("http://127.0.0.1:"),
        "{}",
        running.url
    );
    assert!(running.is_for_this_machine_only);
    let response = reqwest::get(format!("{}/api/items", running.url))
        .await
        .unwrap();
    let items: Vec<String> = response.json().await.unwrap();
    assert_eq!(items, ["Build the front-end", "Connect to the back-end"]);
}

#[test]
fn a_public_server_logs_a_warning() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "0.0.0.0:0"]);
    let mut running = Running::start(command);
    assert!(!running.is_for_this_machine_only);
    let warning = running.line();
    let words = "every client that reaches this server can read and change the list";
    assert!(
        warning.contains(" WARN ") && warning.contains(words),
        "{warning}"
    );
}

#[tokio::test]
async fn each_addition_is_one_line_at_debug_level_with_the_new_length() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args([
        "--addr",
        "127.0.0.1:0",
        "--log",
        "info,todo_list::server=debug",
    ]);
    let mut running = Running::start(command);
    for length in 3..6 {
        assert_eq!(add(&running.url, "secret text\u{202e}").await, 201);
        let line = running.line();
        assert!(
            line.contains("DEBUG todo_list::server::store::writer: "),
            "{line}"
        );
        assert!(
            line.ends_with(&format!("added an item length={length}")),
            "{line}"
        );
        assert!(!line.contains("secret"), "{line}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn it_stops_when_asked_to() {
    for signal in ["-TERM", "-INT"] {
        let folder = folder_with_page();
        let mut command = program(folder.path());
        command.args(["--addr", "127.0.0.1:0"]);
        let running = Running::start(command);
        assert_eq!(running.stop(signal).code(), Some(0), "{signal}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_endless_request_does_not_delay_shutdown() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]);
    let running = Running::start(command);
    let mut hanging = TcpStream::connect(running.url.trim_start_matches("http://")).unwrap();
    let head = b"POST /api/items HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n";
    hanging.write_all(head).unwrap();
    assert_eq!(add(&running.url, "x").await, 201);
    let begin = Instant::now();
    assert_eq!(running.stop("-TERM").code(), Some(0));
    assert!(begin.elapsed() < Duration::from_secs(10));
    drop(hanging);
}

#[cfg(unix)]
#[tokio::test]
async fn open_streams_do_not_delay_shutdown() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]);
    let running = Running::start(command);
    let client = reqwest::Client::new();
    let mut streams = Vec::new();
    for _ in 0..100 {
        let request = client.get(format!("{}/api/v1/events", running.url));
        streams.push(Events::open(request).await);
    }
    let begin = Instant::now();
    assert_eq!(running.stop("-TERM").code(), Some(0));
    let taken = begin.elapsed();
    assert!(taken < Duration::from_secs(2), "{taken:?}");
    for events in &mut streams {
        assert_eq!(events.next().await.unwrap().name, "heartbeat");
        assert_eq!(events.next().await, None);
    }
}

#[tokio::test]
async fn while_developing_no_policy_stops_the_script_that_reloads_the_page() {
    let folder = folder_with_page();
    for (developing, policies) in [(false, 1), (true, 0)] {
        let mut command = program(folder.path());
        command.args(["--addr", "127.0.0.1:0"]);
        if developing {
            command.env("LEPTOS_WATCH", "true");
        }
        let running = Running::start(command);
        let response = reqwest::get(&running.url).await.unwrap();
        let found = response.headers().get_all("content-security-policy");
        assert_eq!(found.iter().count(), policies);
        assert!(response.headers().contains_key("x-frame-options"));
    }
}

#[tokio::test]
async fn public_url_and_allowed_hosts_can_be_set_by_the_environment() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]);
    command.env("TODO_LIST_PUBLIC_URL", "https://todo.example");
    command.env("TODO_LIST_ALLOWED_HOSTS", "todo.lan,todo.local");
    let running = Running::start(command);
    let client = reqwest::Client::new();
    for (host, status) in [
        ("todo.example", 200),
        ("todo.lan", 200),
        ("todo.local", 200),
        ("other.example", 421),
    ] {
        let request = client.get(&running.url).header("host", host);
        assert_eq!(request.send().await.unwrap().status(), status, "{host}");
    }
}

#[tokio::test]
async fn limits_can_be_set_by_the_file_the_environment_and_flags() {
    let folder = folder_with_page();
    let file =
        "trusted-proxies = ['127.0.0.0/8']\n[limits]\nmax-streams = 1\nchanges-per-second = 9";
    std::fs::write(folder.path().join("Leptos.toml"), file).unwrap();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0", "--reads-per-second", "2"]);
    command.env("TODO_LIST_CHANGES_PER_SECOND", "1");
    let running = Running::start(command);
    let url = format!("{}/api/v1/events", running.url);
    let client = reqwest::Client::new();
    let _stream = Events::open(client.get(&url)).await;
    assert_eq!(client.get(&url).send().await.unwrap().status(), 503);
    for (method, path, at_once) in [("GET", "/api/items", 20), ("POST", "/trash", 10)] {
        let request = |forwarded_for: &str| {
            let request = client.request(method.parse().unwrap(), format!("{}{path}", running.url));
            request.header("x-forwarded-for", forwarded_for).send()
        };
        let mut count = 0;
        while request("1.1.1.1").await.unwrap().status() != 429 {
            count += 1;
            assert!(count < 1_000, "{method} has no limit");
        }
        // Or more, if the start takes seconds.
        assert!(count >= at_once, "{method}: {count}");
        assert_ne!(request("2.2.2.2").await.unwrap().status(), 429);
    }
}
