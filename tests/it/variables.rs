//! Settings from flags and environment variables, and the messages about wrong ones.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::program::{Running, last_words, program};
use crate::spawn::folder_with_page;

/// The program without settings.
fn without_data(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-list"));
    command
        .current_dir(folder)
        .env_clear()
        .stderr(Stdio::piped());
    command
}

#[test]
fn a_data_folder_that_nobody_means_is_refused() {
    let folder = folder_with_page();
    let words = last_words(without_data(folder.path()).args(["--data", "~/todo"]));
    let expected =
        "todo-list: the data folder \"~/todo\" in --data or TODO_LIST_DATA begins with ~";
    assert!(words.starts_with(expected), "{words}");
    let words = last_words(without_data(folder.path()).env("TODO_LIST_DATA", "~/todo"));
    assert!(words.starts_with(expected), "{words}");
    assert!(!folder.path().join("~").exists());
}

#[test]
fn a_taken_port_is_found_before_the_data_folder_is_made() {
    let folder = folder_with_page();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (flag, value) in [("--addr", "127.0.0.1:0"), ("--metrics-addr", &*address)] {
        let mut command = without_data(folder.path());
        command.args(["--data", "data", flag, value]);
        // Each time one of the two addresses is taken.
        command.env("LEPTOS_SITE_ADDR", &address);
        command.env("TODO_LIST_METRICS_ADDR", &address);
        let words = last_words(&mut command);
        assert!(
            words.contains(&format!("cannot listen on {address}: ")),
            "{words}"
        );
        assert!(words.contains("another program uses this port"), "{words}");
        assert!(
            words.contains("(from LEPTOS_SITE_ADDR)")
                || words.contains("(from TODO_LIST_METRICS_ADDR)"),
            "{words}"
        );
        assert!(!folder.path().join("data").exists());
    }
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let folder = folder_with_page();
    let mut command = program(folder.path());
    command.args(["--addr", "127.0.0.1:0"]);
    for variable in [
        "RUST_LOG",
        "TODO_LIST_DATA",
        "LEPTOS_SITE_ROOT",
        "TODO_LIST_PUBLIC_URL",
        "TODO_LIST_MAX_STREAMS",
        "TODO_LIST_LOG_FORMAT",
        "TODO_LIST_METRICS_ADDR",
        "TODO_LIST_TRUSTED_PROXIES",
    ] {
        command.env(variable, "");
    }
    // It says where it listens, at the level `info`.
    let running = Running::start(command);
    assert!(running.is_for_this_machine_only);
}

#[test]
fn a_wrong_variable_is_named() {
    let folder = folder_with_page();
    let check = |variable: &str, value: &str, expected: &str| {
        let words = last_words(program(folder.path()).env(variable, value));
        assert!(words.contains(expected), "{words}");
        assert_eq!(words.lines().count(), 1, "{words}");
        assert!(words.starts_with("todo-list: "), "{words}");
    };
    check(
        "LEPTOS_SITE_ADDR",
        "here",
        "invalid value 'here' for the environment variable LEPTOS_SITE_ADDR: ",
    );
    check(
        "TODO_LIST_LOG_FORMAT",
        "xml",
        "invalid value 'xml' for the environment variable TODO_LIST_LOG_FORMAT",
    );
    check(
        "TODO_LIST_MAX_STREAMS",
        "many",
        "invalid value 'many' for the environment variable TODO_LIST_MAX_STREAMS",
    );
    check("RUST_LOG", "x=y", "the log filter \"x=y\" is wrong: ");
    check("RUST_LOG", "x=y", "(from RUST_LOG)");
    let value = OsStr::from_bytes(b"\xff");
    let words = last_words(program(folder.path()).env("RUST_LOG", value));
    assert!(
        words.contains("the environment variable RUST_LOG is not UTF-8"),
        "{words}"
    );
}

#[test]
fn a_misspelt_log_level_hides_no_warning() {
    let folder = folder_with_page();
    for filter in ["debgu", ""] {
        let mut command = program(folder.path());
        command.args(["--addr", "0.0.0.0:0", "--log", filter]);
        let mut child = command.spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (line, lines) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut warnings = log.lines().map_while(Result::ok);
            let is_expected =
                |line: String| line.contains(" WARN ") && line.contains("every client");
            let _ = line.send(warnings.any(is_expected));
        });
        // A server that does not warn goes on without a word.
        let warned = lines.recv_timeout(Duration::from_secs(20)) == Ok(true);
        child.kill().unwrap();
        child.wait().unwrap();
        reader.join().unwrap();
        assert!(warned, "{filter:?}");
    }
}

#[test]
fn settings_come_from_the_file_the_environment_and_the_flags_in_this_order() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Leptos.toml"), "site-root = 'from-file'").unwrap();
    let missing = |command: &mut Command| {
        let words = last_words(command);
        assert!(
            words.starts_with("todo-list: the page is not built: there is no "),
            "{words}"
        );
        words
    };
    assert!(missing(&mut program(folder.path())).contains("no from-file/pkg"));
    let mut command = program(folder.path());
    command.env("LEPTOS_SITE_ROOT", "from-environment");
    assert!(missing(&mut command).contains("no from-environment/pkg"));
    command.args(["--site-root", "from-flag"]);
    assert!(missing(&mut command).contains("no from-flag/pkg"));
}

#[test]
fn a_wrong_setting_or_a_taken_port_is_one_clear_line() {
    let folder = folder_with_page();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let check = |arguments: &[&str], expected: &str| {
        let words = last_words(program(folder.path()).args(arguments));
        assert!(words.starts_with(expected), "{words}");
        assert!(
            words.starts_with("error: ") || words.lines().count() == 1,
            "{words}"
        );
    };
    check(
        &["--addr", &address],
        &format!("todo-list: cannot listen on {address}: "),
    );
    check(
        &["--log", "x=y"],
        "todo-list: the log filter \"x=y\" is wrong: ",
    );
    check(
        &["--config", "none.toml"],
        "todo-list: cannot read the settings file none.toml: ",
    );
    check(
        &["--public-url", "todo.example"],
        "error: invalid value 'todo.example' for '--public-url <URL>': \"todo.example\" does not begin with http",
    );
    check(
        &["--allowed-hosts", "a,b:80"],
        "error: invalid value 'a,b:80' for '--allowed-hosts <HOST,...>': \"b:80\" is not a host",
    );
    check(
        &["--trusted-proxies", "proxy.lan"],
        "error: invalid value 'proxy.lan' for '--trusted-proxies <NETWORK,...>': \"proxy.lan\" is neither",
    );
    check(
        &["--max-streams", "many"],
        "error: invalid value 'many' for '--max-streams <N>'",
    );
    check(
        &["--log-format", "xml"],
        "error: invalid value 'xml' for '--log-format <FORMAT>'",
    );
    check(
        &["--addr", "127.0.0.1:0", "--metrics-addr", &address],
        &format!("todo-list: cannot listen on {address}: "),
    );
    check(
        &["--addr", "here"],
        "error: invalid value 'here' for '--addr <IP:PORT>'",
    );
}
