//! The program itself, in a process of its own, with a page of empty files.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A folder with the program and its data.
pub struct Sandbox(TempDir);

/// The running program; killed on drop.
pub struct Program {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Sandbox {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        for kind in ["js", "wasm", "css"] {
            fs::write(folder.path().join(format!("site/pkg/todo-list.{kind}")), "").unwrap();
        }
        // A copy without a hash.txt beside it: this page has plain names.
        fs::copy(
            env!("CARGO_BIN_EXE_todo-list"),
            folder.path().join("todo-list"),
        )
        .unwrap();
        Self(folder)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns the program with these arguments, ready to run.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path("todo-list"));
        command
            .current_dir(self.0.path())
            .env_clear()
            .args(arguments);
        command
    }

    /// Starts the server with these flags, and waits until it listens. The load comes from one address, so
    /// limits are off.
    pub fn start(&self, flags: &[&str]) -> Program {
        let mut child = self
            .command(&["--addr", "127.0.0.1:0", "--site-root", "site"])
            .args(["--max-connections", "0"])
            .args([
                "--reads-per-second",
                "0",
                "--changes-per-second",
                "0",
                "--new-senders-per-hour",
                "0",
            ])
            .args(flags)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let (_, address) = line.trim_end().split_once("listening on http://").unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        // A thread reads the rest, so that the pipe does not fill.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Program { child, address }
    }
}

impl Program {
    /// Its resident memory, in bytes.
    pub fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mut lines = status.lines();
        let line = lines.find(|line| line.starts_with("VmRSS:")).unwrap();
        let kilobytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kilobytes * 1_024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
