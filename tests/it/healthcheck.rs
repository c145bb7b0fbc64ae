//! `todo-list healthcheck` against healthy, unhealthy, foreign and missing servers.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::thread;

use crate::limits::output;

/// Runs the health check on an address. Returns its output and its exit code.
fn check(address: SocketAddr) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-list"));
    command
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = output(command.args(["healthcheck", "--addr", &address.to_string()]));
    let words = String::from_utf8(output.stderr).unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let is_healthy = said == format!("the server at http://{address}/ is healthy\n");
    assert_eq!(is_healthy, output.status.success(), "{said:?}");
    (output.status.code(), words)
}

/// A server that answers one request with this text. Returns the request line.
fn answering(answer: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        while !lines.next().unwrap().unwrap().is_empty() {}
        stream.write_all(answer.as_bytes()).unwrap();
        first
    });
    (address, served)
}

#[test]
fn a_server_is_healthy_if_and_only_if_it_says_so() {
    for (answer, code, words) in [
        ("HTTP/1.1 200 OK\r\n\r\nok", 0, ""),
        (
            "HTTP/1.1 503 Service Unavailable\r\n\r\n",
            69,
            "answers \"HTTP/1.1 503 Service",
        ),
        (
            "HTTP/1.1 404 Not Found\r\n\r\n",
            69,
            "answers \"HTTP/1.1 404 Not Found\"",
        ),
        ("\0\n", 69, "answers \"\\0\""),
        ("", 69, "answers \"\""),
    ] {
        let (address, served) = answering(answer);
        let (found, said) = check(address);
        assert_eq!(found, Some(code), "{answer:?}: {said}");
        assert!(said.contains(words) && said.lines().count() <= 1, "{said}");
        assert_eq!(served.join().unwrap(), "GET /healthz HTTP/1.1");
    }
}

#[test]
fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
    let (address, served) = answering("HTTP/1.1 200 OK\r\n\r\n");
    let everywhere = SocketAddr::new([0, 0, 0, 0].into(), address.port());
    assert_eq!(check(everywhere), (Some(0), String::new()));
    served.join().unwrap();
}

#[test]
fn where_there_is_no_server_there_is_no_health() {
    // A port that was free a moment ago.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let (code, said) = check(address);
    assert_eq!(code, Some(69));
    assert!(
        said.starts_with(&format!("todo-list: no server answers at {address}: ")),
        "{said}"
    );
    assert!(said.ends_with("(from --addr)\n"), "{said}");
}

#[test]
fn the_address_comes_from_the_settings_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (address, served) = answering("HTTP/1.1 200 OK\r\n\r\n");
    let settings = format!("site-addr = '{address}'");
    std::fs::write(folder.path().join("Leptos.toml"), settings).unwrap();
    let run = |variable: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_todo-list"));
        command.env_clear().current_dir(folder.path());
        command.envs(variable.map(|value| ("LEPTOS_SITE_ADDR", value)));
        let output = output(command.arg("healthcheck").stderr(Stdio::piped()));
        let words = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), words)
    };
    assert_eq!(run(None), (Some(0), String::new()));
    served.join().unwrap();
    let (code, words) = run(Some("127.0.0.1:0"));
    assert_eq!(code, Some(69));
    assert!(words.contains("127.0.0.1:0 means any free port"), "{words}");
    assert!(words.contains("(from LEPTOS_SITE_ADDR)"), "{words}");
}
