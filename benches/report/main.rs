//! Combines the results of the benches into `report.md`, with a table and charts, and `results.json`, all in
//! `target/bench`. It compares them with earlier results: the file that `BEFORE` names, or the one
//! in `docs/performance`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

mod chart;
#[expect(dead_code, reason = "nothing is measured here")]
#[path = "../support/results.rs"]
mod results;
mod svg;
mod table;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use results::{Results, folder};
use serde::{Deserialize, Serialize};

/// The order of the benches; others follow.
const ORDER: [&str; 5] = ["server", "store", "live", "latency", "page"];

/// The results of all benches on one machine.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Report {
    machine: String,
    benches: BTreeMap<String, Results>,
}

fn main() {
    let report = Report {
        machine: machine(),
        benches: read_all(),
    };
    assert!(
        !report.benches.is_empty(),
        "nothing was measured: run `make bench`"
    );
    let before = before();
    let write = |name: &str, text: &str| fs::write(folder().join(name), text).unwrap();

    let mut text = report.heading();
    let rows: Vec<_> = report
        .in_order()
        .flat_map(|(_, results)| &results.rows)
        .collect();
    text += &table::of(&rows, before.as_ref().map(Report::rows).as_deref());
    let mut show = |name: &str, alternative: &str, picture: &str| {
        write(&format!("{name}.svg"), picture);
        text += &format!("\n![{alternative}]({name}.svg)\n");
    };
    show(
        "ratios",
        "Requests a second as a part of the reference's",
        &chart::ratios(&rows),
    );
    for curve in report.in_order().flat_map(|(_, results)| &results.curves) {
        show(&curve.name, &curve.title, &chart::curve(curve));
    }
    write("report.md", &text);
    write(
        "results.json",
        &(serde_json::to_string_pretty(&report).unwrap() + "\n"),
    );
    println!("{text}");
    println!("All of it is in {}", folder().display());
}

impl Report {
    fn in_order(&self) -> impl Iterator<Item = (&String, &Results)> {
        let mut benches: Vec<_> = self.benches.iter().collect();
        let rank = |name: &str| ORDER.iter().position(|known| *known == name);
        benches.sort_by_key(|(name, _)| rank(name).unwrap_or(ORDER.len()));
        benches.into_iter()
    }

    fn rows(&self) -> Vec<&results::Row> {
        self.benches
            .values()
            .flat_map(|results| &results.rows)
            .collect()
    }

    fn heading(&self) -> String {
        let loads = self
            .in_order()
            .map(|(name, results)| format!("{name} {:.1}", results.load));
        let loads = loads.collect::<Vec<_>>().join(", ");
        let mut text = format!(
            "# What was measured\n\nOn {}, which also makes the load. Load of the machine over the last minute \
             when each began: {loads}. Numbers are medians; a ratio is the median of those of all pairs of rounds, \
             from the least to the most.\n",
            self.machine
        );
        let quick = self.in_order().filter(|(_, results)| results.quick);
        let quick: Vec<&str> = quick.map(|(name, _)| name.as_str()).collect();
        if !quick.is_empty() {
            let names = quick.join(", ");
            text += &format!(
                "\n**Only a glance** (`QUICK=1`) was taken at: {names}. Short rounds and few, good for seeing \
                 that all is measured.\n"
            );
        }
        text + "\n"
    }
}

/// The results of every bench. An unreadable file is an error, because a missing row would look
/// like one that is not measured.
fn read_all() -> BTreeMap<String, Results> {
    let files = fs::read_dir(folder()).into_iter().flatten();
    let files = files.map(|file| file.unwrap().path());
    let is_of_bench = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "json") && !path.ends_with("results.json")
    };
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let results = serde_json::from_str(&text);
        (
            name,
            results.unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        )
    };
    files.filter(is_of_bench).map(read).collect()
}

fn before() -> Option<Report> {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/performance/results.json");
    let text = match std::env::var_os("BEFORE").filter(|path| !path.is_empty()) {
        Some(path) => fs::read_to_string(path).unwrap(),
        None => fs::read_to_string(kept).ok()?,
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// A short description of the machine.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let mut lines = processor.lines();
    let model = lines.find_map(|line| line.strip_prefix("model name\t: "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = model.unwrap_or("an unknown processor");
    format!("{cores} cores ({model}, {})", std::env::consts::OS)
}
