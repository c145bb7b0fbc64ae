//! The tables in `docs` say what the program does.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory;
use serde_json::Value;

use todo_list::domain::Title;
use todo_list::server::cli::Arguments;
use todo_list::server::config::Config;
use todo_list::server::limits::{Limits, MAX_BODY_BYTES};

use crate::routes::routes_in_source;
use crate::spawn::Server;

fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The rows of all tables in a document, cell by cell, without those of their heads.
fn rows(document: &str) -> Vec<Vec<String>> {
    let text = read(document);
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |index: usize| {
        let next = lines.get(index + 1);
        next.is_some_and(|next| next.starts_with("|---"))
    };
    let rows = lines.iter().enumerate().filter(|(index, line)| {
        line.starts_with('|') && !line.starts_with("|---") && !is_head(*index)
    });
    let rows: Vec<Vec<String>> = rows
        .map(|(_, line)| {
            let cells = line.trim().strip_prefix('|').unwrap().strip_suffix('|');
            let cells = cells.expect("a whole row").split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "{document} has no table");
    rows
}

/// The words between backticks in a cell.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[test]
fn the_table_of_settings_has_every_flag_with_its_variable() {
    let described: BTreeSet<(String, String)> = rows("docs/settings.md")
        .iter()
        .map(|row| {
            let words: Vec<&str> = quoted(&row[1]).chain(quoted(&row[2])).collect();
            (words[0].to_owned(), words[1].to_owned())
        })
        .collect();
    let command = Arguments::command();
    let settings: BTreeSet<(String, String)> = command
        .get_arguments()
        .filter_map(|argument| {
            let flag = format!("--{}", argument.get_long()?);
            let variable = argument.get_env()?.to_string_lossy();
            Some((flag, variable.into_owned()))
        })
        .collect();
    assert_eq!(described, settings);
}

#[test]
fn the_table_of_settings_has_the_defaults() {
    let rows = rows("docs/settings.md");
    let check = |setting: &str, expected: String| {
        let row = rows.iter().find(|row| row[0] == format!("`{setting}`"));
        let row = row.unwrap_or_else(|| panic!("{setting} has no row"));
        assert_eq!(row[3].trim_matches('`'), expected, "{setting}");
    };
    let config = Config::default();
    check("site-addr", config.site_addr.to_string());
    check("site-root", config.site_root.display().to_string());
    check("site-pkg-dir", config.site_pkg_dir);
    check("output-name", config.output_name);
    check("log", config.log);
    check("drain", config.drain.to_string());
    let limits = config.limits;
    check("reads-per-second", limits.reads_per_second.to_string());
    check("changes-per-second", limits.changes_per_second.to_string());
    check(
        "new-senders-per-hour",
        limits.new_senders_per_hour.to_string(),
    );
}

#[test]
fn the_table_of_limits_has_the_numbers_of_the_program() {
    let rows = rows("docs/limits.md");
    let check = |what: &str, expected: String| {
        let row = rows.iter().find(|row| row[0].starts_with(what));
        let row = row.unwrap_or_else(|| panic!("{what} has no row"));
        assert!(row[1].contains(&expected), "{row:?} without {expected}");
    };
    let config = Config::default();
    let limits = Limits::new(&config);
    let seconds = |time: std::time::Duration| format!("{} seconds", time.as_secs());
    check(
        "requests of one client that read",
        format!("{} units a second", config.limits.reads_per_second),
    );
    check(
        "requests of one client that change",
        format!("{} units a second", config.limits.changes_per_second),
    );
    check(
        "new senders of one client",
        format!("{} an hour", config.limits.new_senders_per_hour),
    );
    check("time for the head", seconds(limits.head_timeout));
    check("time for the body", seconds(limits.body_timeout));
    check(
        "time in which a client reads nothing",
        seconds(limits.write_timeout),
    );
    check(
        "body of a request",
        format!("{} KiB", MAX_BODY_BYTES / 1_024),
    );
    check("title", format!("{} characters", Title::MAX_CHARS));
}

#[tokio::test]
async fn the_table_of_metrics_has_those_that_are_served() {
    let server = Server::start().await;
    let text = server.store.metrics().as_text(&server.store.list());
    let served: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(str::to_owned)
        .collect();
    let described: BTreeSet<String> = rows("docs/monitoring.md")
        .iter()
        .filter(|row| row.len() == 4)
        .map(|row| format!("{} {}", row[0].trim_matches('`'), row[1]))
        .collect();
    // A metric whose labels have no value yet is not served.
    assert!(
        served.is_subset(&described),
        "{:?}",
        served.difference(&described)
    );
    assert!(described.len() <= served.len() + 3, "{described:?}");
}

#[test]
fn the_document_of_the_api_names_its_routes() {
    let text = read("docs/api.md");
    let words: Vec<&str> = quoted(&text).collect();
    for (path, _) in routes_in_source() {
        if path.starts_with("/api/") && !path.starts_with("/api/fn/") {
            let path = path.replace("{list}", "home");
            let is_named = words.iter().any(|words| {
                let mut words = words.split(|c: char| c == '?' || c.is_whitespace());
                words.any(|word| word == path)
            });
            assert!(is_named, "{path} is not in docs/api.md");
        }
    }
}

#[test]
fn the_document_of_the_api_and_its_description_have_the_same_codes() {
    let document: Value =
        serde_json::from_str(&read("src/server/http/api/v1/openapi.json")).unwrap();
    let problem = &document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"];
    let described = problem.as_array().expect("a list of codes");
    let described = set(described.iter().filter_map(Value::as_str));
    let is_status = |cell: &str| cell.len() == 3 && cell.parse::<u16>().is_ok();
    let rows = rows("docs/api.md");
    let codes = rows
        .iter()
        .filter(|row| row.len() == 3 && is_status(&row[1]));
    let codes = set(codes.flat_map(|row| quoted(&row[0])));
    assert_eq!(codes, described);
}

#[test]
fn the_exit_codes_of_the_help_are_explained() {
    let help = Arguments::command().render_long_help().to_string();
    let codes = help.split("Exit codes:").nth(1).expect("the exit codes");
    let codes = codes.split("\n\n").next().unwrap_or_default();
    let numbers = codes.split(|c: char| !c.is_ascii_digit());
    let numbers = set(numbers.filter(|number| !number.is_empty()));
    let rows = rows("docs/troubleshooting.md");
    let explained = rows
        .iter()
        .filter(|row| row.len() == 3)
        .flat_map(|row| row[0].split(", "));
    assert_eq!(set(explained), numbers);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("docs")];
    let mut files: Vec<_> = [
        "README.md",
        "ARCHITECTURE.md",
        "SECURITY.md",
        "CHANGELOG.md",
    ]
    .map(|name| root.join(name))
    .into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    let mut links = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for link in text.split("](").skip(1) {
            let link = link.split(')').next().unwrap_or_default();
            let target = link.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            links += 1;
            let target = file.parent().unwrap().join(target);
            assert!(target.exists(), "{}: {link}", file.display());
        }
    }
    assert!(links > 50, "{links}");
}
