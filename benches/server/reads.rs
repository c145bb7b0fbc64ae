//! The cost of reads, against a bare axum server with the same bytes.

use super::Results;
use super::load::{Request, fetch, rate};
use super::program::{Program, Sandbox};
use super::references::Reference;
use super::results::{Budget, Row};
use super::sizes::sandbox_with;
use super::{ROUNDS, measured, rounds};

const GROUP: &str = "Reading";
const CONNECTIONS: usize = 32;
const BARE: &str = "bare axum, same bytes";

/// Measures reads of the page with 100 items. Returns the rate per second.
pub fn measure(results: &mut Results) -> f64 {
    let mut capacity = 0.0;
    for items in [2, 100, 1_000] {
        let sandbox = sandbox_with(items);
        let program = sandbox.start(&["--data", "data"]);
        for (kind, lines) in [("", ""), (", brotli", "accept-encoding: br\r\n")] {
            let what = format!("GET /, {items} items{kind}");
            let row = compare(&program, &what, &Request::get("/", lines, "200"), 0.8);
            if (items, kind) == (100, "") {
                capacity = row.ours;
            }
            results.add(row);
        }
        if items == 100 {
            results.add(not_modified(&program));
        }
        let what = format!("GET /api/items, {items} items");
        let request = Request::get("/api/items", "", "200");
        results.add(compare(&program, &what, &request, 0.9));
    }
    if let Some(row) = against_flask() {
        results.add(row);
    }
    capacity
}

/// Requests per second, against a bare server.
fn compare(program: &Program, what: &str, request: &Request, budget: f64) -> Row {
    let bare = Reference::bare(&fetch(&program.address, request));
    pairs(what, BARE, [&program.address, &bare.address], request)
        .budget(Budget::RatioAtLeast(budget))
}

/// Conditional requests for a list that the client has already.
fn not_modified(program: &Program) -> Row {
    const PATH: &str = "/api/v1/lists/home";
    let answer = fetch(&program.address, &Request::get(PATH, "", "200"));
    let mut lines = answer.0.lines();
    let tag = lines.find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let request = Request::get(PATH, &format!("if-none-match: {tag}\r\n"), "304");
    let bare = Reference::bare(&answer);
    let addresses = [&program.address, &bare.address];
    pairs(
        &format!("GET {PATH}, 304"),
        "bare axum, 304",
        addresses,
        &request,
    )
    .budget(Budget::RatioAtLeast(0.8))
}

fn against_flask() -> Option<Row> {
    let flask = Reference::flask()?;
    let sandbox = Sandbox::new();
    let program = sandbox.start(&["--data", ":memory:"]);
    let request = Request::get("/api/items", "", "200");
    let addresses = [&program.address, &flask.address];
    Some(pairs(
        "GET /api/items, 2 items",
        "Flask",
        addresses,
        &request,
    ))
}

fn pairs(what: &str, against: &str, addresses: [&String; 2], request: &Request) -> Row {
    let load = |address: &String| rate(address, request, CONNECTIONS, measured());
    let [ours, reference] = rounds(ROUNDS, addresses.map(|address| move || load(address)));
    Row::new(GROUP, what, "requests/s", &ours).against(against, &ours, &reference)
}
