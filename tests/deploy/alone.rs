//! The single binary runs alone: without files beside it, a working folder, libraries or a named user.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::limits::output;
use crate::program::{Running, file, path};

/// The files of the built page: relative paths and contents.
fn built_page() -> Vec<(String, Vec<u8>)> {
    let site = file("target/site");
    let mut folders = vec![site.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(&site).unwrap().to_str().unwrap();
                files.push((name.to_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    files
}

#[tokio::test]
async fn every_file_of_the_built_page_is_in_it_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(path());
    // An empty working folder, and no settings.
    command.current_dir("/").env_clear();
    command
        .args(["--addr", "127.0.0.1:0", "--data"])
        .arg(folder.path());
    let running = Running::start(&mut command);
    let get = async |name: &str, encoding: &str| {
        let request = reqwest::Client::new().get(format!("{}/{name}", running.url));
        let response = request
            .header("accept-encoding", encoding)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200, "{name}");
        let found = response.headers().get("content-encoding").cloned();
        let immutable = response.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable");
        assert_eq!(immutable, name.starts_with("pkg/"), "{name}");
        (
            found.map(|value| value.to_str().unwrap().to_owned()),
            response.bytes().await.unwrap(),
        )
    };
    let page = reqwest::get(&running.url)
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let files = built_page();
    let mut variants = 0;
    for (name, content) in &files {
        assert_eq!(
            get(name, "identity").await,
            (None, content.clone().into()),
            "{name}"
        );
        for (ending, encoding) in [(".br", "br"), (".gz", "gzip")] {
            let compressed = files
                .iter()
                .find(|(other, _)| *other == format!("{name}{ending}"));
            if let Some((_, content)) = compressed {
                let expected = (Some(encoding.to_owned()), content.clone().into());
                assert_eq!(get(name, encoding).await, expected, "{name}");
                variants += 1;
            }
        }
    }
    assert!(variants > 0, "no file is compressed");
    for kind in ["js", "wasm", "css"] {
        let built = files.iter().filter(|(name, _)| {
            Path::new(name)
                .extension()
                .is_some_and(|ending| ending == kind)
                && page.contains(&format!("/{name}"))
        });
        assert_eq!(built.count(), 1, "{kind}");
    }
    let worker = reqwest::get(format!("{}/sw.js", running.url))
        .await
        .unwrap();
    assert!(
        worker
            .text()
            .await
            .unwrap()
            .contains("/manifest.webmanifest")
    );
}

/// A root folder that contains only the program and a data folder.
struct Root(TempDir);

impl Root {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("data")).unwrap();
        // Another process copies: if this one had the file open for writing, a concurrent test could pass it to a
        // child,
        // and a file that is open for writing cannot be executed.
        let mut copy = Command::new("cp");
        assert!(output(copy.arg(path()).arg(root.path())).status.success());
        Self(root)
    }

    /// The program in it, as an unnamed user, as in a container with an arbitrary user id.
    fn command(&self) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--user", "--root"]).arg(self.0.path());
        command.args(["--wd", "/", "/todo-list"]);
        command.env_clear().env("TODO_LIST_DATA", "/data");
        command
    }
}

#[tokio::test]
async fn it_runs_in_a_root_folder_with_nothing_else_in_it() {
    let root = Root::new();
    let serve = || Running::start(root.command().args(["--addr", "127.0.0.1:0"]));
    {
        let running = serve();
        running.add("Buy milk").await;
        assert_eq!(running.items().await.len(), 3);
    }
    for arguments in [
        &["backup", "/data/backup.db"][..],
        &["restore", "/data/backup.db"],
        &["check"],
        &["export", "/data/list.md"],
        &["import", "/data/list.md"],
    ] {
        let mut command = root.command();
        let output = output(command.args(arguments).stderr(Stdio::piped()));
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
    assert_eq!(serve().items().await.len(), 6);
}

#[test]
fn without_a_home_it_says_that_it_needs_a_folder() {
    let root = Root::new();
    let mut command = root.command();
    command.env_remove("TODO_LIST_DATA").stderr(Stdio::piped());
    let output = output(&mut command);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{words}");
    assert!(words.contains("there is no default data folder"), "{words}");
}
