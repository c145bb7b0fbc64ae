//! The cost of durability: durable additions against a handler without persistence.

use super::Results;
use super::load::{Request, rate};
use super::program::Sandbox;
use super::references::{Reference, flask_folder};
use super::results::{Budget, Row};
use super::{ROUNDS, measured, rounds};

const GROUP: &str = "Keeping";

/// Returns the additions per second over 64 connections.
pub fn measure(results: &mut Results) -> f64 {
    let mut capacity = 0.0;
    for connections in [1, 16, 64, 256] {
        let durable = || ours("data", connections);
        let in_memory = || ours(":memory:", connections);
        let without = || load(&Reference::items().address, connections);
        let all: [&dyn Fn() -> f64; 3] = [&durable, &in_memory, &without];
        let [durable, in_memory, without] = rounds(ROUNDS, all);
        let s = if connections == 1 { "" } else { "s" };
        let what = format!("POST /api/items, {connections} connection{s}");
        let row = |what: &str, ours: &[f64]| {
            Row::new(GROUP, what, "requests/s", ours).against(
                "axum without a store",
                ours,
                &without,
            )
        };
        let mut kept = row(&what, &durable);
        if connections == 64 {
            capacity = kept.ours;
            kept = kept.budget(Budget::RatioAtLeast(0.5));
        }
        results.add(kept);
        results.add(row(&format!("{what}, in memory"), &in_memory));
    }
    if flask_folder().is_some() {
        let flask = || load(&Reference::flask().unwrap().address, 64);
        let durable = || ours("data", 64);
        let both: [&dyn Fn() -> f64; 2] = [&durable, &flask];
        let [ours, flask] = rounds(ROUNDS, both);
        let row = Row::new(
            GROUP,
            "POST /api/items, 64 connections, durable",
            "requests/s",
            &ours,
        );
        results.add(row.against("Flask, not durable", &ours, &flask));
    }
    capacity
}

/// Each round has its own list, because a list would be full after a few rounds.
fn ours(data: &str, connections: usize) -> f64 {
    let sandbox = Sandbox::new();
    let program = sandbox.start(&["--data", data]);
    load(&program.address, connections)
}

fn load(address: &str, connections: usize) -> f64 {
    rate(address, &Request::post_item(), connections, measured())
}
