//! The program as it is handed over, running.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::limits::wait;

/// A file or folder of the repository.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The program that `make dist` has made.
pub fn path() -> PathBuf {
    let program = std::env::var_os("TODO_LIST_PROGRAM").map(PathBuf::from);
    let program = program.unwrap_or_else(|| file("target/dist/todo-list"));
    assert!(program.is_file(), "{program:?} is missing: make dist");
    program
}

/// A program that serves; killed when it is dropped.
pub struct Running {
    child: Child,
    /// Without a slash at the end.
    pub url: String,
}

impl Running {
    /// Starts the command, which must come to listen.
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
        // Nobody reads on: the rest must not fill the pipe.
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        running
    }

    /// The address and port.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Adds an item, which must work.
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
        // It may have ended already.
        let _ = self.child.kill();
        wait(&mut self.child);
    }
}
