//! `todo-list password` and `todo-list sign-out`, and their effect on a running server.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::limits::output;
use crate::program::Running;
use crate::spawn::folder_with_page;

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-list"));
    command
        .current_dir(folder)
        .env_clear()
        .env("TODO_LIST_DATA", "data");
    command
}

/// Runs a command with this standard input.
fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(input.as_bytes()).unwrap();
    drop(writer);
    let mut command = program(folder);
    command.args(arguments).stdin(reader);
    output(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
}

fn words(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test]
async fn a_password_takes_effect_while_the_server_runs() {
    let folder = folder_with_page();
    let mut serve = program(folder.path());
    serve.args(["--addr", "127.0.0.1:0"]).stderr(Stdio::piped());
    let server = Running::start(serve);
    let url = &server.url;
    let items = format!("{url}/api/items");
    let becomes = async |expected: u16| {
        let begin = Instant::now();
        while reqwest::get(&items).await.unwrap().status() != expected {
            assert!(
                begin.elapsed() < Duration::from_secs(20),
                "never {expected}"
            );
        }
    };
    becomes(200).await;

    let refused = run(folder.path(), &["password"], "short\n");
    assert_eq!(refused.status.code(), Some(65));
    assert_eq!(
        words(&refused),
        "todo-list: the password has 5 characters; at least 8 are needed\n"
    );
    becomes(200).await;

    let set = run(folder.path(), &["password"], "correct horse\r\n");
    assert_eq!(
        words(&set),
        "the password is set: everyone must sign in now\n"
    );
    assert!(set.status.success() && set.stdout.is_empty());
    becomes(401).await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let client = client.build().unwrap();
    // As a person types it, and as curl sends whole files with `--data-urlencode password@file`.
    for password in [
        "correct+horse",
        "correct+horse%0A",
        "%EF%BB%BFcorrect+horse%0D%0A",
    ] {
        let sign_in = client.post(format!("{url}/sign-in"));
        let sign_in = sign_in.header("content-type", "application/x-www-form-urlencoded");
        let signed_in = sign_in.body(format!("password={password}")).send().await;
        assert_eq!(signed_in.unwrap().status(), 303, "{password}");
    }

    let ended = run(folder.path(), &["sign-out"], "");
    assert_eq!(
        words(&ended),
        "all sessions have ended: everyone must sign in again\n"
    );
    let removed = run(folder.path(), &["password", "--remove"], "");
    assert!(
        words(&removed).starts_with("the password is removed"),
        "{}",
        words(&removed)
    );
    becomes(200).await;
}

#[test]
fn a_file_that_is_no_plain_text_is_no_password() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [
        &b"\xff\xfec\0o\0r\0r\0e\0c\0t\0 \0h\0o\0"[..],
        b"correct\0horse\n",
        b"correct h\xf6rse\n",
    ] {
        std::fs::write(folder.path().join("password"), bytes).unwrap();
        let mut command = program(folder.path());
        command.args(["password", "--new"]).stderr(Stdio::piped());
        let input = std::fs::File::open(folder.path().join("password")).unwrap();
        let refused = output(command.stdin(input));
        let words = words(&refused);
        assert_eq!(refused.status.code(), Some(65), "{words}");
        assert!(
            words.starts_with("todo-list: cannot read the password: "),
            "{words}"
        );
        assert!(words.contains("UTF-8"), "{words}");
        assert!(!folder.path().join("data").exists());
    }
}

#[test]
fn a_list_in_memory_has_no_password() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(
        folder.path(),
        &["--data", ":memory:", "password"],
        "correct horse\n",
    );
    assert_eq!(refused.status.code(), Some(64));
    assert!(
        words(&refused).contains("kept in memory"),
        "{}",
        words(&refused)
    );
}
