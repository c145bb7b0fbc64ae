//! A shim between the program and its files, which makes writes and syncs fail, and records them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::program::Sandbox;

/// The shim's library, compiled once by the C compiler that Rust links with.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim/shim.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shim.so");
        let mut compile = Command::new("cc");
        compile
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(source);
        assert!(compile.status().unwrap().success(), "cc has failed");
        library
    })
}

/// The switches and the log of one program.
pub struct Shim {
    folder: TempDir,
}

impl Shim {
    pub fn new() -> Self {
        library();
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Returns the program of a sandbox, with the shim between it and its data.
    pub fn command(&self, sandbox: &Sandbox) -> Command {
        let mut command = sandbox.command();
        command
            .env("LD_PRELOAD", library())
            .env("SHIM_FOLDER", sandbox.data())
            .env("SHIM_CONTROL", self.folder.path());
        command
    }

    /// Turns a fault on or off.
    pub fn set(&self, fault: &str, on: bool) {
        let switch = self.folder.path().join(fault);
        if on {
            fs::write(switch, "").unwrap();
        } else {
            fs::remove_file(switch).unwrap();
        }
    }

    /// The path of the record of all changes, for `SHIM_LOG`.
    pub fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }
}
