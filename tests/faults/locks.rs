//! A data folder that another process uses, that a newer program has written, or that is not writable.

use std::fs;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::program::{Sandbox, contents};

/// The exit code of the program, and its last line.
fn end(sandbox: &Sandbox) -> (Option<i32>, String) {
    let output = sandbox.run_to_the_end();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!words.contains("panicked"), "{words}");
    assert_eq!(words.lines().count(), 1, "{words}");
    (output.status.code(), words)
}

#[tokio::test]
async fn a_second_program_ends_at_once_and_the_first_goes_on() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    running.add("first").await;
    let begin = Instant::now();
    let (code, words) = end(&sandbox);
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(code, Some(75), "{words}");
    assert!(words.contains("is in use by another todo-list"), "{words}");
    running.add("second").await;
    assert_eq!(running.items().await[2..], ["first", "second"]);
}

#[tokio::test]
async fn a_newer_database_is_left_as_it_is() {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    running.add("kept").await;
    running.stop();
    let database = Connection::open(sandbox.file("todo-list.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let before = contents(&sandbox.data());
    let (code, words) = end(&sandbox);
    assert_eq!(code, Some(78), "{words}");
    assert!(words.contains("has version 99"), "{words}");
    assert_eq!(contents(&sandbox.data()), before);
}

#[tokio::test]
async fn a_database_of_another_program_is_left_as_it_is() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.data()).unwrap();
    let database = Connection::open(sandbox.file("todo-list.db")).unwrap();
    database.execute_batch("CREATE TABLE other (x)").unwrap();
    drop(database);
    let before = fs::read(sandbox.file("todo-list.db")).unwrap();
    let (code, words) = end(&sandbox);
    assert_eq!(code, Some(65), "{words}");
    assert_eq!(fs::read(sandbox.file("todo-list.db")).unwrap(), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.data(), "a file in the way").unwrap();
    let (code, words) = end(&sandbox);
    assert_eq!(code, Some(73), "{words}");
    assert!(words.contains("cannot write in the data folder"), "{words}");
}
