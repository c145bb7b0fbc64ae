//! Files that people have, and what an import makes of each: `tests/cases/import/NAME` and `NAME.expected`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use todo_list::server::files::{Completion, FormatChoice, TimeOfCompletion, import};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/import")
}

/// What an import of a file takes over, says and refuses.
fn describe(file: &Path) -> String {
    let bytes = fs::read(file).unwrap();
    let imported = match import(&bytes, FormatChoice::ByName(file)) {
        Ok(imported) => imported,
        Err(error) => return format!("refused: {error}\n"),
    };
    let mut text = String::new();
    for item in &imported.items {
        let tick = match item.completion {
            Completion::Open => " ".to_owned(),
            Completion::Completed(TimeOfCompletion::Unknown) => "x".to_owned(),
            Completion::Completed(TimeOfCompletion::At(at)) => format!("x {}", at.0),
        };
        write!(text, "[{tick}] {}", item.title).unwrap();
        if let Some(order) = item.order {
            write!(text, " (order {order})").unwrap();
        }
        text.push('\n');
    }
    for line in imported.report() {
        writeln!(text, "{line}").unwrap();
    }
    text
}

#[test]
fn every_file_gives_what_is_expected_of_it() {
    let mut count = 0;
    let mut wrong = String::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".expected") {
            continue;
        }
        count += 1;
        let found = describe(&file);
        let expected = fs::read_to_string(folder().join(format!("{name}.expected")));
        if expected.as_deref().ok() != Some(&found) {
            writeln!(wrong, "=== {name}\n{found}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(count > 60, "{count} files");
}
