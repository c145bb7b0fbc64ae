//! Latency at half of the maximum load.

use super::Results;
use super::load::{Request, fetch, latencies};
use super::program::Sandbox;
use super::references::Reference;
use super::results::{Budget, Curve, Line, Row};
use super::sizes::sandbox_with;
use super::{ROUNDS, measured, rounds};

const GROUP: &str = "Waiting, at half of the capacity";
const CONNECTIONS: usize = 64;

/// The percentiles: one request of this many is slower.
const ONE_IN: [f64; 5] = [2.0, 10.0, 100.0, 1_000.0, 10_000.0];

/// `reads` and `writes` are the maximum rates per second.
pub fn measure(results: &mut Results, reads: f64, writes: f64) {
    let sandbox = sandbox_with(100);
    let program = sandbox.start(&["--data", "data"]);
    let get = Request::get("/", "", "200");
    let bare = Reference::bare(&fetch(&program.address, &get));
    let ours = || paced(&program.address, &get, reads);
    let reference = || paced(&bare.address, &get, reads);
    let both: [&dyn Fn() -> Vec<f64>; 2] = [&ours, &reference];
    let reading = rounds(ROUNDS, both);

    let post = Request::post_item();
    let ours = || {
        let sandbox = Sandbox::new();
        let program = sandbox.start(&["--data", "data"]);
        paced(&program.address, &post, writes)
    };
    let reference = || paced(&Reference::items().address, &post, writes);
    let both: [&dyn Fn() -> Vec<f64>; 2] = [&ours, &reference];
    let keeping = rounds(ROUNDS, both);

    let mut lines = Vec::new();
    for (what, against, measured) in [
        ("GET /, 100 items", "bare axum, same bytes", reading),
        ("POST /api/items", "axum without a store", keeping),
    ] {
        let [ours, reference] = &measured;
        for (share, budget) in [(0.5, None), (0.99, Some(Budget::AtMost(5.0)))] {
            let [ours, reference] = [ours, reference].map(|rounds| {
                let values = rounds.iter().map(|round| percentile(round, share));
                values.collect::<Vec<_>>()
            });
            let what = format!("{what}, p{:.0}", share * 100.0);
            let row = Row::new(GROUP, &what, "ms", &ours).against(against, &ours, &reference);
            results.add(match budget {
                Some(budget) => row.budget(budget),
                None => row,
            });
        }
        for (name, rounds) in [(what, ours), (against, reference)] {
            let mut all = rounds.concat();
            all.sort_by(f64::total_cmp);
            let is_known = |one_in: &f64| all.len() as f64 >= 10.0 * one_in;
            let points = ONE_IN.into_iter().filter(is_known);
            let points = points.map(|one_in| (one_in, percentile(&all, 1.0 - 1.0 / one_in)));
            lines.push(Line {
                name: name.into(),
                points: points.collect(),
            });
        }
    }
    results.curves.push(Curve {
        name: "waiting".into(),
        title: "How long an answer takes, at half of the capacity".into(),
        x: "one request in so many takes longer".into(),
        y: "milliseconds".into(),
        x_is_log: true,
        y_is_log: true,
        lines,
    });
}

fn paced(address: &str, request: &Request, capacity: f64) -> Vec<f64> {
    latencies(
        address,
        request,
        CONNECTIONS,
        capacity / 2.0,
        2 * measured(),
    )
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let index = (sorted.len() as f64 * share).ceil() as usize;
    sorted[index.clamp(1, sorted.len()) - 1]
}
