//! Settings that are in two files agree.

use std::path::Path;

use todo_list::server::config::{Config, Flags};
use toml::{Table, Value};

fn read(name: &str) -> Table {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(file).unwrap().parse().unwrap()
}

#[test]
fn the_settings_file_contains_every_key_that_has_a_default_with_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Leptos.toml");
    let flags = Flags {
        config: Some(file),
        ..Flags::default()
    };
    assert_eq!(Config::load(flags).unwrap(), Config::default());
    let keys: Vec<String> = read("Leptos.toml")
        .into_iter()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(
        keys,
        [
            "allowed-hosts",
            "drain",
            "limits",
            "log",
            "log-format",
            "output-name",
            "site-addr",
            "site-pkg-dir",
            "site-root",
            "trusted-proxies"
        ]
    );
}

#[test]
fn what_the_build_and_the_server_both_need_is_the_same() {
    let run = read("Leptos.toml");
    let build = &read("Cargo.toml")["workspace"]["metadata"]["leptos"][0];
    for key in ["output-name", "site-addr", "site-root", "site-pkg-dir"] {
        assert_eq!(run.get(key), build.get(key), "{key}");
        assert!(run.get(key).is_some_and(Value::is_str), "{key}");
    }
}
