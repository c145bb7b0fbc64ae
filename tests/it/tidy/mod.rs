//! The house rules, checked on the source itself.

mod fixtures;
mod layers;
mod rules;
mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub use source::rust_files;
use source::{File, Source};

use layers::{EXCEPTIONS, SCOPES};

/// The folders with Rust files, each with the roots of the crates in it.
const FOLDERS: [(&str, &[&str]); 4] = [
    ("src", &["src/lib.rs", "src/main.rs"]),
    ("frontend/src", &["frontend/src/lib.rs"]),
    (
        "tests",
        &[
            "tests/deploy/main.rs",
            "tests/faults/main.rs",
            "tests/it/main.rs",
        ],
    ),
    (
        "benches",
        &[
            "benches/live.rs",
            "benches/report/main.rs",
            "benches/server/main.rs",
            "benches/store.rs",
        ],
    ),
];

/// How often a `cfg` in `src` may decide by a feature.
const MAX_FEATURE_GATES: usize = 4;

fn program(files: &[File]) -> Source {
    Source::parse(
        files,
        &[("src/lib.rs", None), ("src/main.rs", Some("main"))],
    )
}

/// The files of `src` and those that its tests share with others.
fn src_and_shared() -> Vec<File> {
    let folders = ["src", "tests/support"];
    folders.into_iter().flat_map(rust_files).collect()
}

fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}\n", problems.join("\n"));
}

/// Checks each file of `src` by itself.
fn check_src(rule: fn(&File) -> Vec<String>) {
    let problems: Vec<String> = rust_files("src").iter().flat_map(rule).collect();
    assert_none(&problems);
}

#[test]
fn every_file_opens_by_saying_what_it_owns() {
    let files = FOLDERS.iter().flat_map(|(folder, _)| rust_files(folder));
    let silent = files.filter(|file| !file.text.starts_with("//! "));
    let silent: Vec<String> = silent.map(|file| file.path).collect();
    assert_none(&silent);
}

#[test]
fn every_file_belongs_to_a_crate() {
    let files: Vec<File> = FOLDERS
        .iter()
        .flat_map(|(folder, _)| rust_files(folder))
        .collect();
    let roots = FOLDERS.iter().flat_map(|(_, roots)| *roots);
    let roots: Vec<_> = roots.map(|root| (*root, None)).collect();
    let reached = Source::parse(&files, &roots).reached;
    let reached: BTreeSet<String> = reached.into_iter().collect();
    let lost = files.into_iter().map(|file| file.path);
    let lost: Vec<String> = lost.filter(|path| !reached.contains(path)).collect();
    assert_none(&lost);
}

#[test]
fn every_test_that_the_threat_model_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let named = text.split('`').filter_map(|part| part.split_once("::"));
    let mut count = 0;
    for (path, test) in named {
        let text = fs::read_to_string(root.join(path)).unwrap_or_else(|_| panic!("{path}"));
        let is_there = if path.ends_with(".rs") {
            rules::tests(&File::new(path, &text)).contains(&test.to_owned())
        } else {
            text.contains(&format!("test('{test}'"))
        };
        assert!(is_there, "{path} has no test {test}");
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn features_are_gated_in_few_places() {
    let gates: Vec<String> = rust_files("src")
        .iter()
        .flat_map(rules::feature_gates)
        .collect();
    assert!((1..=MAX_FEATURE_GATES).contains(&gates.len()), "{gates:#?}");
}

#[test]
fn markup_is_never_written_past_the_framework() {
    check_src(rules::markup);
}

#[test]
fn ids_do_not_depend_on_a_clock_that_may_be_unset() {
    check_src(rules::ids_by_clock);
}

#[test]
fn the_core_knows_no_framework_clock_randomness_or_io() {
    let files = src_and_shared();
    assert_none(&rules::impurities(&files, &program(&files).named()));
}

#[test]
fn imports_point_one_way() {
    let source = program(&src_and_shared());
    assert_none(&layers::unlisted(&source, SCOPES));
    assert_none(&layers::wrong_directions(&source, SCOPES, EXCEPTIONS));
}
