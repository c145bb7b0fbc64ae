//! The rules, tried on small sources: each finds what is planted, and names the file, the line and the path.

use std::collections::BTreeMap;

use super::layers::{Exception, Order, SCOPES, unlisted, wrong_directions};
use super::program;
use super::rules;
use super::source::File;

const NO_EXCEPTIONS: &[Exception] = &[];

/// The planned modules, empty but for their children and for what is added.
fn crate_with(added: &[(&str, &str)]) -> Vec<File> {
    let mut files = BTreeMap::from([("src/main.rs".to_owned(), String::new())]);
    for scope in SCOPES {
        let modules = match scope.order {
            Order::Layers(layers) => layers.concat(),
            Order::Acyclic(modules) => modules.to_vec(),
        };
        let folder = format!("src/{}", scope.module.replace("::", "/"));
        let file = if scope.module.is_empty() {
            "src/lib.rs".to_owned()
        } else {
            format!("{folder}/mod.rs")
        };
        for module in modules.into_iter().filter(|module| *module != "main") {
            let text = files.entry(file.clone()).or_default();
            *text += &format!("pub mod {module};\n");
            let folder = folder.trim_end_matches('/');
            files
                .entry(format!("{folder}/{module}/mod.rs"))
                .or_default();
        }
    }
    for (file, text) in added {
        *files.entry((*file).to_owned()).or_default() += text;
    }
    let files = files.iter();
    files.map(|(file, text)| File::new(file, text)).collect()
}

fn directions(added: &[(&str, &str)]) -> Vec<String> {
    let source = program(&crate_with(added));
    assert_eq!(unlisted(&source, SCOPES), [""; 0]);
    wrong_directions(&source, SCOPES, NO_EXCEPTIONS)
}

fn assert_direction(file: &str, text: &str, expected: &str) {
    assert_eq!(directions(&[(file, text)]), [expected], "{text}");
}

#[test]
fn an_empty_crate_breaks_no_rule() {
    assert_eq!(directions(&[]), [""; 0]);
}

#[test]
fn a_path_to_a_lower_layer_is_allowed_however_it_is_written() {
    let found = directions(&[
        (
            "src/server/http/mod.rs",
            "use crate::{domain::Item, server::{auth, store::{self, Store as S}}};",
        ),
        (
            "src/server/auth/mod.rs",
            "use super::{store::*, net}; fn f() { super::super::domain::f(store!(crate::sync::g())) }",
        ),
        (
            "src/app/session/mod.rs",
            "pub use super::state; use crate::{rpc, browser as b, sync};",
        ),
        (
            "src/main.rs",
            "use todo_list::server::{http, cli}; fn main() { todo_list::domain::f() }",
        ),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn a_path_to_a_higher_layer_is_found_however_it_is_written() {
    let file = "src/domain/mod.rs";
    let message = |line: u32, written: &str| {
        format!("{file}:{line}: domain -> server by `{written}`, but server is not below domain")
    };
    let cases = [
        (
            "use crate::server::store::Store;",
            1,
            "crate::server::store::Store",
        ),
        (
            "use crate::{\n    domain::X,\n    server::{store::{Store}},\n};",
            3,
            "crate::server::store::Store",
        ),
        ("use crate::server::store as s;", 1, "crate::server::store"),
        ("use crate::server::store::*;", 1, "crate::server::store"),
        ("use crate::server::{self};", 1, "crate::server"),
        ("pub use super::server::X;", 1, "super::server::X"),
        ("use todo_list::server::X;", 1, "todo_list::server::X"),
        (
            "fn f() {\n    crate::server::run();\n}",
            2,
            "crate::server::run",
        ),
        (
            "fn f() {\n    use super::server::run;\n}",
            2,
            "super::server::run",
        ),
        ("fn f(x: &crate::server::X) {}", 1, "crate::server::X"),
        (
            "type X = Vec<Option<crate::server::X>>;",
            1,
            "crate::server::X",
        ),
        ("impl crate::server::X for Y {}", 1, "crate::server::X"),
        (
            "fn f() { match x { crate::server::X::Y => {} } }",
            1,
            "crate::server::X::Y",
        ),
        (
            "fn f() { format!(\"{}\", crate::server::X) }",
            1,
            "crate::server::X",
        ),
        (
            "fn f() { m!(a, [b, { self::super::server::X }]) }",
            1,
            "self::super::server::X",
        ),
        (
            "m! { use crate::{domain, server::X}; }",
            1,
            "crate::server::X",
        ),
        (
            "macro_rules! m { () => { $crate::server::X } }",
            1,
            "crate::server::X",
        ),
        (
            "#[serde(with = \"crate::server::x\")] struct X;",
            1,
            "crate::server::x",
        ),
        ("#[crate::server::x] struct X;", 1, "crate::server::x"),
        (
            "mod inner { use super::super::server::X; }",
            1,
            "super::super::server::X",
        ),
        (
            "mod inner {\n    fn f() { super::super::server::f() }\n}",
            2,
            "super::super::server::f",
        ),
    ];
    for (text, line, written) in cases {
        assert_direction(file, text, &message(line, written));
    }
}

#[test]
fn a_name_that_is_imported_leads_where_the_import_leads() {
    let store = "src/server/store/mod.rs";
    let text = "use crate::server as s;\nuse s::http::X;\nfn f() { s::auth::g() }";
    let found = directions(&[(store, text)]);
    let expected = [
        format!("{store}:1: store -> server by `crate::server`, but server is not below store"),
        format!("{store}:2: store -> http by `s::http::X`, but http is not below store"),
        format!("{store}:3: store -> auth by `s::auth::g`, but auth is not below store"),
    ];
    assert_eq!(found, expected);
    let text = "use super::*;\nfn f() { cli::g() }";
    let found = directions(&[(store, text)]);
    assert_eq!(
        found[1],
        format!("{store}:2: store -> cli by `cli::g`, but cli is not below store")
    );
}

#[test]
fn modules_of_one_layer_and_their_parent_are_not_below_each_other() {
    let file = "src/server/telemetry/mod.rs";
    assert_direction(
        file,
        "use crate::server::net::Host;",
        "src/server/telemetry/mod.rs:1: telemetry -> net by `crate::server::net::Host`, but net is not below telemetry",
    );
    // As a re-export of the parent would lead around the table.
    let added = [
        ("src/server/mod.rs", "pub use http::Router;"),
        (file, "use super::Router;"),
    ];
    let message = format!(
        "{file}:1: telemetry -> server by `super::Router`, but server is not below telemetry"
    );
    assert_eq!(directions(&added), [message]);
}

#[test]
fn a_cycle_is_found_where_every_direction_is_allowed() {
    let pages = ("src/server/http/pages/mod.rs", "mod list;");
    let list = (
        "src/server/http/pages/list.rs",
        "\nuse super::super::cache::Etag;",
    );
    let cache = (
        "src/server/http/cache/mod.rs",
        "use crate::server::http::{body::Body};",
    );
    let body = (
        "src/server/http/body/mod.rs",
        "fn f() -> super::pages::Page {}",
    );
    assert_eq!(directions(&[pages, list, cache]), [""; 0]);
    let cycle = "a cycle:
  src/server/http/body/mod.rs:1: body -> pages by `super::pages::Page`
  src/server/http/pages/list.rs:2: pages -> cache by `super::super::cache::Etag`
  src/server/http/cache/mod.rs:1: cache -> body by `crate::server::http::body::Body`";
    assert_eq!(directions(&[pages, list, cache, body]), [cycle]);
}

#[test]
fn code_of_tests_may_use_everything() {
    let found = directions(&[
        (
            "src/domain/mod.rs",
            "#[cfg(test)] mod tests;\n#[cfg(test)] use crate::server::X;",
        ),
        ("src/domain/tests.rs", "mod more;"),
        ("src/domain/tests/more.rs", "use crate::server::X;"),
        (
            "src/sync/mod.rs",
            "#[cfg(test)] mod tests { use crate::app::X; }",
        ),
        ("src/store.rs", ""),
    ]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn an_exception_is_for_one_module_and_has_to_be_needed() {
    let exceptions = [("rpc", "server::http::api")];
    let check = |text: &str| {
        let source = program(&crate_with(&[("src/rpc/mod.rs", text)]));
        wrong_directions(&source, SCOPES, &exceptions)
    };
    assert_eq!(check("use crate::server::http::api::call;"), [""; 0]);
    let unneeded = "nothing needs the exception rpc -> server::http::api";
    assert_eq!(check(""), [unneeded]);
    let wrong =
        "src/rpc/mod.rs:1: rpc -> server by `crate::server::http::X`, but server is not below rpc";
    assert_eq!(check("use crate::server::http::X;"), [wrong, unneeded]);
}

#[test]
fn every_module_is_in_the_table_and_the_table_has_no_other() {
    let files = crate_with(&[
        ("src/server/mod.rs", "mod other;\n#[cfg(test)] mod tests {}"),
        ("src/server/other.rs", ""),
    ]);
    let found = unlisted(&program(&files), SCOPES);
    assert_eq!(found, ["server: other is not in the table"]);
    let mut files = crate_with(&[]);
    let lib = files.iter_mut().find(|file| file.path == "src/lib.rs");
    let lib = lib.unwrap();
    lib.text = lib.text.replace("pub mod sync;\n", "");
    let found = unlisted(&program(&files), SCOPES);
    assert_eq!(found, ["the crate: there is no sync"]);
}

#[test]
fn a_module_may_have_a_path_of_its_own_and_two_files() {
    let file = "src/browser/mod.rs";
    let found = directions(&[
        (
            file,
            "#[cfg(a)]\n#[path = \"dom/mod.rs\"]\nmod side;\n#[cfg(not(a))]\n#[path = \"../twin.rs\"]\nmod side;",
        ),
        ("src/browser/dom/mod.rs", "mod rows;"),
        ("src/browser/dom/rows.rs", "use crate::app::X;"),
        ("src/twin.rs", "use super::super::server::X;"),
    ]);
    let expected = [
        "src/browser/dom/rows.rs:1: browser -> app by `crate::app::X`, but app is not below browser",
        "src/twin.rs:1: browser -> server by `super::super::server::X`, but server is not below browser",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_core_is_pure_outside_of_its_tests() {
    let check = |text: &str| {
        let files = crate_with(&[("src/sync/mod.rs", text)]);
        rules::impurities(&files, &program(&files).named())
    };
    let pure = "use std::{fmt, collections::BTreeMap}; use uuid::Uuid; struct X { random: [u8; 16] }
        fn f(random: u64) { u64::from_le_bytes(x); str::from_utf8(y); Uuid::from_bytes(z); BTreeMap::new(); }
        #[cfg(test)] mod tests { use proptest::prelude::*; use std::time::Instant; }";
    assert_eq!(check(pure), [""; 0]);
    let cases = [
        ("use leptos::prelude::*;", "leptos::prelude"),
        ("use std::{fmt, time::Instant};", "std::time::Instant"),
        ("fn f(random: u8) { std::fs::read(x) }", "std::fs::read"),
        (
            "use std::time as fmt; fn f(random: fmt::Instant) {}",
            "std::time",
        ),
        ("fn f() { log!(::tokio::spawn(x), random) }", "tokio::spawn"),
        (
            "use uuid::Uuid; fn f(random: u8) { Uuid::now_v7() }",
            "now_v7",
        ),
        ("fn f(random: u8) { println!(\"\") }", "println"),
        (
            "use std::collections::HashMap;",
            "std::collections::HashMap",
        ),
        ("fn f() -> std::hash::RandomState {}", "RandomState"),
    ];
    for (text, name) in cases {
        assert_eq!(
            check(text).first(),
            Some(&format!("src/sync/mod.rs:1: {name}")),
            "{text}"
        );
    }
}

#[test]
fn names_are_found_in_code_and_not_in_comments() {
    let check = |rule: fn(&File) -> Vec<String>, text: &str| rule(&File::new("src/x.rs", text));
    let comments =
        "//! inner_html\n// now_v7 innerHTML\n/// cfg(feature = \"x\") now_v7\nfn f() {}";
    for rule in [rules::markup, rules::ids_by_clock, rules::feature_gates] {
        assert_eq!(check(rule, comments), [""; 0]);
    }
    let found = check(
        rules::markup,
        "fn f() {\n    view! { <p inner_html=x/> };\n    js(\"x.innerHTML\")\n}",
    );
    assert_eq!(found, ["src/x.rs:2: inner_html", "src/x.rs:3: innerHTML"]);
    let found = check(rules::ids_by_clock, "fn f() {\n    m!(Uuid::now_v7())\n}");
    assert_eq!(found, ["src/x.rs:2: now_v7"]);
    let gates = "#![cfg_attr(feature = \"a\", x)]\n#[cfg(all(unix, feature=\"b\"))]\nfn f() {\n    cfg!(not(feature = \"c\"))
    m! { #[cfg(feature = \"d\")] x }\n}\n#[cfg(test)]\nfn feature() {}";
    let found = check(rules::feature_gates, gates);
    let expected = [
        "src/x.rs:1: cfg_attr",
        "src/x.rs:2: cfg",
        "src/x.rs:4: cfg",
        "src/x.rs:5: cfg",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_test_is_a_function_that_runs_as_one() {
    let text =
        "#[test]\nfn one() {}\n#[tokio::test(flavor = \"x\")]\nasync fn two() {}\nfn helper() {}
        proptest! {\n#![x]\n#[test]\nfn three(x in any()) {} }\n#[test]\n#[ignore]\nfn four() {}
        // #[test] fn five() {}\n#[cfg(test)] fn six() {}";
    let tests = rules::tests(&File::new("tests/x.rs", text));
    assert_eq!(tests, ["one", "two", "three"]);
}
