//! Exporting and importing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::admin::{done, refused};
use crate::limits::output;
use crate::program::{Sandbox, contents};
use crate::shim::Shim;

#[test]
fn a_file_without_items_is_refused_and_its_lines_are_named() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.beside("notes.md"), "# Notes\n\nNothing to do.\n").unwrap();
    for arguments in [
        &["import", "notes.md"][..],
        &["import", "notes.md", "--dry-run"],
    ] {
        let (code, _, words) = sandbox.act(arguments);
        assert_eq!(code, Some(65), "{words}");
        for expected in [
            "line 1 \"# Notes\"",
            "line 3 \"Nothing to do.\"",
            "todo-list: nothing was imported: the file has no items",
        ] {
            assert!(words.contains(expected), "{words}");
        }
    }
    assert!(!sandbox.data().exists());
}

#[test]
fn a_list_can_come_from_standard_input_and_go_to_standard_output() {
    let sandbox = Sandbox::new();
    let file = sandbox.beside("piped");
    fs::write(&file, "1. [ ] One\n2. [x] Two\n\nText\n").unwrap();
    for (arguments, expected) in [
        (
            &["import", "-", "--dry-run"][..],
            "would add 2 items, 1 of them completed",
        ),
        (&["import", "-"], "added 2 items, 1 of them completed"),
    ] {
        let input = fs::File::open(&file).unwrap();
        let output = output(sandbox.command().args(arguments).stdin(input));
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words}");
        assert!(words.contains(expected), "{words}");
        assert!(words.contains("line 4 \"Text\""), "{words}");
    }
    let text = done(&sandbox, &["export", "-", "--format", "markdown"]);
    assert_eq!(text, "- [ ] One\n- [x] Two\n");
    assert!(!sandbox.beside("-").exists());
}

#[test]
fn a_dry_run_refuses_what_the_import_would_refuse() {
    let sandbox = Sandbox::new();
    let lines: String = (0..100_001).map(|number| format!("{number}\n")).collect();
    fs::write(sandbox.beside("many.txt"), lines).unwrap();
    let expected = "the file has 100001 items, but the list has room for 100000 more";
    refused(&sandbox, &["import", "many.txt", "--dry-run"], 65, expected);
    refused(&sandbox, &["import", "many.txt"], 65, expected);
}

#[test]
fn a_completion_time_survives_each_format_that_has_times() {
    let sandbox = Sandbox::new();
    let source = "[{\"title\": \"Send the parcel\", \"completed_at\": \"2025-11-02T10:15:00.123Z\", \"order\": 3}]";
    fs::write(sandbox.beside("source.json"), source).unwrap();
    done(&sandbox, &["import", "source.json"]);
    for (name, expected) in [
        ("list.json", "2025-11-02T10:15:00.123Z"),
        ("list.csv", "2025-11-02T10:15:00.123Z"),
        ("list.txt", "2025-11-02T00:00:00Z"),
    ] {
        done(&sandbox, &["export", name]);
        let other = Sandbox::new();
        done(&other, &["import", sandbox.beside(name).to_str().unwrap()]);
        let text = done(&other, &["export"]);
        assert!(text.contains(expected), "{name}: {text}");
    }
}

#[test]
fn a_failed_export_leaves_no_file() {
    let sandbox = Sandbox::new();
    fs::write(sandbox.beside("list.txt"), "One\nTwo\n").unwrap();
    done(&sandbox, &["import", "list.txt"]);
    fs::create_dir(sandbox.beside("out")).unwrap();
    let shim = Shim::new();
    shim.set("full", true);
    let export = || {
        let mut command = shim.command(&sandbox);
        command.env("SHIM_FOLDER", sandbox.beside("out"));
        output(command.args(["export", "out/list.md"]))
    };
    let failed = export();
    let words = String::from_utf8(failed.stderr).unwrap();
    assert_eq!(failed.status.code(), Some(74), "{words}");
    assert!(words.contains("out/list.md"), "{words}");
    assert_eq!(contents(&sandbox.beside("out")), []);
    shim.set("full", false);
    assert!(export().status.success());
    assert_eq!(
        contents(&sandbox.beside("out")),
        [("list.md".to_owned(), b"- [ ] One\n- [ ] Two\n".to_vec())]
    );
}

#[test]
fn data_that_cannot_be_read_is_not_missing() {
    let sandbox = Sandbox::new();
    // A path below a file cannot be read, not even by root.
    fs::write(sandbox.beside("file"), "").unwrap();
    let mut command = Command::new(sandbox.command().get_program());
    command
        .current_dir(sandbox.beside(""))
        .env_clear()
        .stderr(Stdio::piped());
    let output = output(command.args(["--data", "file/data", "export"]));
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(74), "{words}");
    assert!(words.contains("file/data/todo-list.db: "), "{words}");
    assert!(!words.contains("there is no data"), "{words}");
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let sandbox = Sandbox::new();
    let source =
        "- [ ] Buy \"milk\", eggs\n- [x] Call the plumber\n- [ ] x ray\n- [x] \u{1f600} e\u{301}\n";
    fs::write(sandbox.beside("list.md"), source).unwrap();
    let (code, _, words) = sandbox.act(&["import", "list.md", "--dry-run"]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        words.contains("would add 4 items, 2 of them completed; nothing was changed"),
        "{words}"
    );
    assert!(!sandbox.data().exists());

    done(&sandbox, &["import", "list.md"]);
    let all = done(&sandbox, &["export", "--format", "markdown"]);
    assert_eq!(all, source);
    for name in ["list.json", "list.csv", "list.txt", "again.md"] {
        done(&sandbox, &["export", name]);
        let mode = fs::metadata(sandbox.beside(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
        refused(&sandbox, &["export", name], 73, "already exists");
        let other = Sandbox::new();
        done(&other, &["import", sandbox.beside(name).to_str().unwrap()]);
        let text = done(&other, &["export", "--format", "markdown"]);
        assert_eq!(text, all, "{name}");
    }
    assert_eq!(sandbox.start().items().await.len(), 4);
}

#[tokio::test]
async fn a_large_import_is_there_and_starts_quickly() {
    let sandbox = Sandbox::new();
    let lines: String = (0..20_000)
        .map(|number| format!("item {number}\n"))
        .collect();
    fs::write(sandbox.beside("many.txt"), lines).unwrap();
    done(&sandbox, &["import", "many.txt"]);
    let items = sandbox.start().items().await;
    assert_eq!(items.len(), 20_000);
    assert_eq!(items.last().map(String::as_str), Some("item 19999"));
}

#[tokio::test]
async fn a_file_that_cannot_be_imported_changes_nothing() {
    let sandbox = Sandbox::new();
    sandbox.start().stop();
    fs::write(
        sandbox.beside("long.txt"),
        format!("fine\n{}\n", "x".repeat(501)),
    )
    .unwrap();
    fs::write(sandbox.beside("broken.json"), "[{\"title\": ").unwrap();
    fs::write(sandbox.beside("bytes.csv"), b"title,done\n\xff,\xff\n").unwrap();
    fs::write(sandbox.beside("list.doc"), "x").unwrap();
    let before = contents(&sandbox.data());
    refused(
        &sandbox,
        &["import", "long.txt"],
        65,
        "line 2: It has 501 characters",
    );
    refused(
        &sandbox,
        &["import", "broken.json"],
        65,
        "nothing was imported",
    );
    refused(&sandbox, &["import", "bytes.csv"], 65, "line 2: ");
    refused(&sandbox, &["import", "list.doc"], 64, "is unknown");
    refused(
        &sandbox,
        &["import", "missing.txt"],
        74,
        "cannot use missing.txt",
    );
    refused(&sandbox, &["export", "list.doc"], 64, "is unknown");
    assert!(contents(&sandbox.data()) == before, "the data have changed");
    let running = sandbox.start();
    fs::write(sandbox.beside("fine.txt"), "fine\n").unwrap();
    refused(&sandbox, &["import", "fine.txt"], 75, "is in use");
    refused(&sandbox, &["import", "fine.txt"], 75, "stop that server");
    done(&sandbox, &["import", "fine.txt", "--dry-run"]);
    assert_eq!(running.items().await.len(), 2);
}
