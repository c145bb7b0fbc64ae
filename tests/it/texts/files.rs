//! Hostile texts in files: every format exports and imports them unchanged.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::hostile::titles;
use crate::limits::output;
use crate::program::program;

/// Runs an action on the data in a folder. Returns its exit code and its output.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = program(folder);
    let output = output(
        command
            .args(arguments)
            .args(["--data", "data"])
            .stdout(Stdio::null()),
    );
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn done(folder: &Path, arguments: &[&str]) {
    let (code, words) = run(folder, arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {words}");
}

/// Titles, and whether they are completed.
fn read(file: &Path) -> Vec<(String, bool)> {
    let rows: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let row = |row: &Value| {
        (
            row["title"].as_str().unwrap().to_owned(),
            row["completed"] == true,
        )
    };
    rows.iter().map(row).collect()
}

#[test]
fn every_title_survives_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut titles = titles();
    // At the beginning of a file it is a byte order mark, not part of the text.
    titles.sort_by_key(|title| !title.starts_with('\u{feff}'));
    for completed in [false, true] {
        let rows: Vec<(String, bool)> = titles
            .iter()
            .enumerate()
            .map(|(n, title)| (title.clone(), completed ^ (n % 2 > 0)))
            .collect();
        let as_json: Vec<Value> = rows
            .iter()
            .map(|(title, completed)| json!({ "title": title, "completed": completed }))
            .collect();
        let from = folder.path().join(format!("from-{completed}"));
        fs::create_dir(&from).unwrap();
        fs::write(from.join("rows.json"), json!(as_json).to_string()).unwrap();
        done(&from, &["import", "rows.json"]);
        for name in ["list.json", "list.csv", "list.md", "list.txt"] {
            done(&from, &["export", name]);
            let to = folder.path().join(format!("to-{completed}-{name}"));
            fs::create_dir(&to).unwrap();
            fs::copy(from.join(name), to.join(name)).unwrap();
            done(&to, &["import", name]);
            done(&to, &["export", "all.json"]);
            let found = read(&to.join("all.json"));
            assert_eq!(found.len(), rows.len(), "{name}");
            for (found, row) in found.iter().zip(&rows) {
                assert_eq!(found, row, "{name}");
            }
        }
    }
}

#[test]
fn a_file_with_a_text_that_cannot_be_a_title_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    for (text, reason) in [
        ("a\u{0}b", "control character"),
        ("a\u{1b}[31mb", "control character"),
        (&*"x".repeat(501), "501 characters"),
    ] {
        let rows = json!([{ "title": "fine" }, { "title": text }]);
        fs::write(folder.path().join("rows.json"), rows.to_string()).unwrap();
        let (code, words) = run(folder.path(), &["import", "rows.json"]);
        assert_eq!(code, Some(65), "{words}");
        assert!(
            words.contains("entry 2: ") && words.contains(reason),
            "{words}"
        );
        assert!(!words.trim_end().contains(char::is_control), "{words:?}");
        assert!(
            !folder.path().join("data/todo-list.db").exists(),
            "nothing was changed"
        );
    }
}
