//! The backup script: it runs beside the server and keeps the newest backups.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::limits::output;
use crate::program::{Running, file, path};

/// The file names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

/// Runs the script on the data. Returns the exit code and the output.
fn back_up(data: &Path, folder: &Path, keep: &str) -> (Option<i32>, String) {
    // The script finds the program in `PATH`.
    let programs = path().parent().unwrap().to_owned();
    let search = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(file("deploy/todo-list-backup"));
    command.env("PATH", search).env("TODO_LIST_DATA", data);
    let output = output(command.arg(folder).arg(keep).stderr(Stdio::piped()));
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test]
async fn the_latest_backups_are_kept_and_hold_what_the_running_server_has() {
    let place = tempfile::tempdir().unwrap();
    let [data, folder, restored] =
        ["data", "backups", "restored"].map(|name| place.path().join(name));
    fs::create_dir(&folder).unwrap();
    let old = [
        "2026-01-01T03-00-00Z",
        "2026-01-02T03-00-00Z",
        "2026-01-03T03-00-00Z",
    ];
    let old = old.map(|time| format!("todo-list-{time}.db"));
    for name in &old {
        fs::write(folder.join(name), "").unwrap();
    }
    fs::write(folder.join("other.db"), "").unwrap();

    let serve = |data: &Path| {
        let mut command = Command::new(path());
        command
            .env_clear()
            .args(["--addr", "127.0.0.1:0", "--data"])
            .arg(data);
        Running::start(&mut command)
    };
    let running = serve(&data);
    running.add("Buy milk").await;
    let (code, words) = back_up(&data, &folder, "3");
    assert_eq!(code, Some(0), "{words}");
    let found = names(&folder);
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(found[..2], ["other.db".to_owned(), old[1].clone()]);
    assert_eq!(found[2], old[2]);

    let mut command = Command::new(path());
    command
        .env_clear()
        .env("TODO_LIST_DATA", &restored)
        .arg("restore");
    let output = output(command.arg(folder.join(&found[3])).stderr(Stdio::piped()));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(serve(&restored).items().await, running.items().await);
}

#[test]
fn a_backup_that_fails_removes_nothing() {
    let place = tempfile::tempdir().unwrap();
    for name in ["todo-list-1.db", "todo-list-2.db"] {
        fs::write(place.path().join(name), "").unwrap();
    }
    let (code, words) = back_up(&place.path().join("nothing"), place.path(), "1");
    assert_eq!(code, Some(73), "{words}");
    assert_eq!(names(place.path()), ["todo-list-1.db", "todo-list-2.db"]);
}
