//! The released program, running.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::limits::wait;

/// A file or folder of the repository.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The program that `make dist` builds.
pub fn path() -> PathBuf {
    let program = std::env::var_os("TODO_LIST_PROGRAM").map(PathBuf::from);
    let program = program.unwrap_or_else(|| file("target/dist/todo-list"));
    assert!(program.is_file(), "{program:?} is missing: make dist");
    program
}

/// A running server; killed on drop.
pub struct Running {
    child: Child,
    /// Without a trailing slash.
    pub url: String,
}

impl Running {
    /// Starts the command and waits until it listens.
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self {
            child,
            url: String::new(),
        };
        let mut said = String::new();
        while running.url.is_empty() {
            let begin = said.len();
            assert!(log.read_line(&mut said).unwrap() > 0, "it ends: {said}");
            if let Some((_, url)) = said[begin..].split_once("listening on http://") {
                let host = url.split(['/', '"', ' ', '\n']).next().unwrap();
                running.url = format!("http://{host}");
            }
        }
        // A thread reads the rest, so that the pipe does not fill.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        running
    }

    /// The address and port.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Adds an item; must succeed.
    pub async fn add(&self, item: &str) {
        let request = reqwest::Client::new().post(format!("{}/api/items", self.url));
        let request = request.json(&serde_json::json!({ "item": item }));
        assert_eq!(request.send().await.unwrap().status(), 201);
    }

    /// The titles.
    pub async fn items(&self) -> Vec<String> {
        let response = reqwest::get(format!("{}/api/items", self.url)).await;
        response.unwrap().json().await.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        wait(&mut self.child);
    }
}
