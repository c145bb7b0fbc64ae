//! The bytes of all stored and transferred formats: the public JSON, the rows of the journal, the calls between page and
//! server, and the commands that the page stores in the browser. `tests/golden` holds them, in a file for each version of a
//! format.
//!
//! `TODO_LIST_GOLDEN=write` writes the file of a new version. It never changes a file that is there: programs and data of
//! that version exist.

mod catalogue;
mod journal;
mod page;
mod public;
mod version_1;
mod wire;

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The golden file of a version of a format.
fn path(format: &str, version: impl Into<i64>) -> PathBuf {
    let file = format!("tests/golden/{format}-{}.txt", version.into());
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

fn read(format: &str, version: impl Into<i64>) -> String {
    fs::read_to_string(path(format, version)).unwrap()
}

/// The values of the lines `NAME: VALUE` of a golden file whose names begin like this.
fn lines(format: &str, version: impl Into<i64>, name: &str) -> Vec<String> {
    let text = read(format, version);
    let lines = text.lines().filter(|line| line.starts_with(name));
    let values = lines.map(|line| line.split_once(": ").unwrap().1.to_owned());
    let values: Vec<String> = values.collect();
    assert!(!values.is_empty(), "{format} has no {name}");
    values
}

/// Compares a text with the golden file of a version.
fn check(format: &str, version: impl Into<i64>, found: &str) {
    let path = path(format, version);
    let writes = std::env::var("TODO_LIST_GOLDEN").is_ok_and(|how| how == "write");
    if writes && !path.exists() {
        fs::write(&path, found).unwrap();
    }
    let expected = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; see tests/golden/README.md", path.display()));
    let name = path.file_name().unwrap().display();
    for (number, (expected, found)) in expected.lines().zip(found.lines()).enumerate() {
        assert_eq!(
            expected,
            found,
            "{name}, line {}: see tests/golden/README.md",
            number + 1
        );
    }
    assert_eq!(
        expected.lines().count(),
        found.lines().count(),
        "{name}: see tests/golden/README.md"
    );
}

/// Encodes a value as JSON, and asserts that it decodes to the same value.
fn as_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value);
    text
}
