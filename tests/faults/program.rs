//! The program with a data folder of its own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::thread::JoinHandle;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::limits::{output, wait};

/// A sender of commands.
pub const SENDER: &str = "0b7c4d3e-5a52-4c5e-8f0a-6d1f4b1c2a39";

/// Returns the number of rounds: the usual one times `TODO_LIST_ROUNDS`.
pub fn rounds(usual: usize) -> usize {
    let times = std::env::var("TODO_LIST_ROUNDS").map_or(1, |times| times.parse().unwrap());
    usual * times
}

/// Returns a copy of the program without a hash.txt beside it, because the page of these tests has plain names. It is
/// made before any program starts: a file that is open for writing cannot be executed.
fn program() -> &'static Path {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    COPY.get_or_init(|| {
        let program = std::env::var("TODO_LIST_PROGRAM");
        let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_todo-list").into());
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("todo-list");
        // Another test run may still use the old copy.
        let _ = fs::remove_file(&copy);
        fs::copy(&program, &copy).unwrap_or_else(|error| panic!("{program}: {error}"));
        copy
    })
}

/// A temporary folder with a built page of empty files, and a data folder.
pub struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        for kind in ["js", "wasm", "css"] {
            fs::write(folder.path().join(format!("site/pkg/todo-list.{kind}")), "").unwrap();
        }
        Self { folder }
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file in the data folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    /// Returns the program, ready to start on a free port with this data.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .current_dir(self.folder.path())
            .env_clear()
            // The load of a test comes from one client, so the limits are off.
            .env("TODO_LIST_READS_PER_SECOND", "0")
            .env("TODO_LIST_CHANGES_PER_SECOND", "0")
            .env("TODO_LIST_NEW_SENDERS_PER_HOUR", "0")
            .args(["--addr", "127.0.0.1:0", "--site-root", "site", "--data"])
            .arg(self.data())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a subcommand. Returns its exit code, standard output and standard error.
    pub fn act(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let output = output(self.command().args(arguments).stdout(Stdio::piped()));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(!words.contains("panicked"), "{words}");
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            words,
        )
    }

    /// A path beside the data folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Starts the program and waits until it listens.
    pub fn start(&self) -> Running {
        Running::start(&mut self.command()).unwrap_or_else(|words| panic!("{words}"))
    }

    /// Runs the program until it exits by itself.
    pub fn run_to_the_end(&self) -> Output {
        output(&mut self.command())
    }
}

/// A running program; killed when it is dropped.
pub struct Running {
    child: Child,
    pub url: String,
    /// The log after the line that says where it listens.
    log: Option<JoinHandle<String>>,
}

impl Running {
    /// Starts a program. The error is what it printed before it exited.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let mut running = Self {
            child: command.spawn().unwrap(),
            url: String::new(),
            log: None,
        };
        let mut log = BufReader::new(running.child.stderr.take().unwrap());
        let mut said = String::new();
        let mut line = String::new();
        while log.read_line(&mut line).unwrap() > 0 {
            if let Some((_, url)) = line.trim_end().split_once("listening on ") {
                let url = url.split(' ').next().unwrap();
                running.url = url.trim_end_matches('/').to_owned();
                // A thread reads the rest, so that the pipe does not fill.
                running.log = Some(std::thread::spawn(move || {
                    let mut rest = String::new();
                    log.read_to_string(&mut rest).unwrap();
                    rest
                }));
                return Ok(running);
            }
            said += &line;
            line.clear();
        }
        let status = running.child.wait().unwrap();
        Err(format!("{status}: {said}"))
    }

    /// Kills it as a power cut would kill the process.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }

    /// Waits for the exit and returns the log since it listens.
    pub fn log(&mut self) -> String {
        self.log.take().unwrap().join().unwrap()
    }

    /// Asks it to stop.
    pub fn ask_to_stop(&self) {
        self.signal("-TERM");
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status();
        assert!(kill.unwrap().success());
    }

    /// Asks it to stop, and waits.
    pub fn stop(mut self) {
        self.ask_to_stop();
        assert!(self.wait().success());
    }

    /// The peak memory so far, in megabytes.
    pub fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        kilobytes.unwrap().parse::<u64>().unwrap() / 1_024
    }

    /// Waits until `/readyz` has this status.
    pub async fn wait_until_ready(&self, expected: bool) {
        let status = if expected { 200 } else { 503 };
        let changed = async { while self.status("/readyz").await != status {} };
        let changed = timeout(Duration::from_secs(20), changed).await;
        changed.unwrap_or_else(|_| panic!("/readyz does not come to say {status}"));
    }

    /// The status of a GET.
    pub async fn status(&self, path: &str) -> u16 {
        let response = reqwest::get(format!("{}{path}", self.url)).await;
        response.unwrap().status().as_u16()
    }

    pub async fn items(&self) -> Vec<String> {
        let response = reqwest::get(format!("{}/api/items", self.url))
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    /// The whole list.
    pub async fn list(&self) -> Value {
        let response = reqwest::get(format!("{}/api/v1/lists/home", self.url))
            .await
            .unwrap();
        response.json().await.unwrap()
    }

    /// The epoch of the list.
    pub async fn epoch(&self) -> String {
        let list = self.list().await;
        let (epoch, revision) = list["cursor"].as_str().unwrap().split_once('-').unwrap();
        assert_eq!(list["revision"].to_string(), revision);
        epoch.into()
    }

    /// Sends commands of one sender, numbered from `first`. Returns the status and the body.
    pub async fn send(&self, first: u64, commands: &[&Value]) -> (u16, Value) {
        self.send_as(SENDER, first, commands).await
    }

    /// The same for another sender.
    pub async fn send_as(&self, client: &str, first: u64, commands: &[&Value]) -> (u16, Value) {
        let number = |(seq, command)| json!({ "seq": seq, "command": command });
        let commands: Vec<Value> = (first..).zip(commands).map(number).collect();
        let request = Client::new().post(format!("{}/api/v1/lists/home/commands", self.url));
        let request = request.json(&json!({ "client": client, "commands": commands }));
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Adds an item; must succeed.
    pub async fn add(&self, item: &str) {
        let status = post(&Client::new(), &self.url, item).await;
        assert_eq!(status, Some(201), "{item}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints a measurement, uncaptured by the test harness.
pub fn tell(line: &str) {
    let mut output = std::io::stderr();
    writeln!(output, "{line}").unwrap();
}

/// Posts an item. Returns the status, or `None` without an answer.
pub async fn post(client: &Client, url: &str, item: &str) -> Option<u16> {
    let request = client
        .post(format!("{url}/api/items"))
        .json(&json!({ "item": item }));
    request
        .send()
        .await
        .ok()
        .map(|response| response.status().as_u16())
}

/// Returns the content of each file in a folder, by name.
pub fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}
