//! The house rules, checked on the source itself.

use std::fs;
use std::path::{Path, PathBuf};

/// The Rust files in a folder of the project, with their texts.
pub fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    assert!(!files.is_empty(), "there are no files in {folder}");
    files
}

fn all_rust_files() -> Vec<(PathBuf, String)> {
    ["src", "tests", "frontend/src"]
        .into_iter()
        .flat_map(rust_files)
        .collect()
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    for (path, text) in all_rust_files() {
        assert!(
            text.starts_with("//! "),
            "{} opens without //!",
            path.display()
        );
    }
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named = text.split('`').filter_map(|part| part.split_once("::"));
    let mut count = 0;
    for (file, test) in named {
        let source = fs::read_to_string(root.join(file)).unwrap_or_else(|_| panic!("{file}"));
        let is_there = [format!("fn {test}()"), format!("test('{test}'")];
        let is_there = is_there.iter().any(|begin| source.contains(begin));
        assert!(is_there, "{test} is missing in {file}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn features_are_gated_in_few_places() {
    let is_gate = |line: &&str| line.contains("feature =") || line.contains("feature=");
    let gates: Vec<String> = rust_files("src")
        .iter()
        .flat_map(|(path, text)| {
            text.lines()
                .filter(is_gate)
                .map(move |line| format!("{}: {line}", path.display()))
        })
        .collect();
    assert!(gates.len() <= 4, "{gates:#?}");
}

#[test]
fn markup_is_never_written_past_the_framework() {
    for (path, text) in rust_files("src") {
        for word in [
            "inner_html",
            "innerHTML",
            "insert_adjacent_html",
            "outer_html",
        ] {
            assert!(!text.contains(word), "{} contains {word}", path.display());
        }
    }
}

#[test]
fn imports_point_one_way() {
    // main -> server -> app -> rpc -> browser -> sync -> domain
    let check = |module: &str, forbidden: &[&str]| {
        let belongs = |path: &Path| path.to_string_lossy().contains(&format!("src/{module}"));
        for (path, text) in rust_files("src")
            .into_iter()
            .filter(|(path, _)| belongs(path))
        {
            for other in forbidden {
                // A `super` that leaves the module is not used; `crate::` is the only way out.
                let found = text
                    .lines()
                    .find(|line| line.contains(&format!("crate::{other}")));
                assert_eq!(found, None, "{} must not know {other}", path.display());
            }
        }
    };
    check(
        "domain/",
        &["server", "app", "rpc", "browser", "sync", "hydrate"],
    );
    check("sync/", &["server", "app", "rpc", "browser", "hydrate"]);
    check("browser/", &["server", "app", "rpc", "hydrate"]);
    check("rpc/", &["server", "app", "hydrate"]);
    check("app/", &["server", "hydrate"]);
}

/// It panics before 1970, where clocks without a battery may stand.
#[test]
fn ids_are_not_made_of_a_clock_that_may_not_be_set() {
    for (path, text) in rust_files("src") {
        assert!(!text.contains("now_v7"), "{}", path.display());
    }
}

#[test]
fn the_core_knows_no_framework_clock_or_randomness() {
    let forbidden = [
        "leptos",
        "axum",
        "tokio",
        "std::time",
        "std::fs",
        "std::net",
        "rand",
        "now_v7",
        "web_sys",
        "js_sys",
    ];
    for (path, text) in ["src/domain", "src/sync"].into_iter().flat_map(rust_files) {
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            let found = forbidden
                .iter()
                .find(|word| line.contains(*word) && !line.contains("random"));
            assert_eq!(found, None, "{}: {line}", path.display());
        }
    }
}
