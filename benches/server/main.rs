//! The speed of the server: `make bench`. The server is the program itself, and every reference
//! is a process of its own too. Each round measures our server and then the others, so that other load
//! on the machine affects all of them. The result is the ratio.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

mod latency;
mod load;
#[path = "../support/program.rs"]
mod program;
mod reads;
mod references;
#[path = "../support/results.rs"]
mod results;
mod sizes;
mod writes;

use std::time::Duration;

use results::{Results, is_quick};

/// The number of rounds; a quick run takes three. Two rounds of the same program can differ by half.
const ROUNDS: usize = 9;

fn main() {
    references::serve_if_asked();
    println!("\nThe server: medians, and the ratio of each pair of rounds (least to most)");
    if references::flask_folder().is_none() {
        println!("Without Flask, which is not installed; `make bench` does that if it can");
    }
    let mut results = Results::new();
    let reads = reads::measure(&mut results);
    let writes = writes::measure(&mut results);
    latency::measure(&mut results, reads, writes);
    sizes::measure(&mut results);
    results.write("server");
}

/// How long a round measures, after a quarter of that time as warm-up.
fn measured() -> Duration {
    Duration::from_millis(if is_quick() { 150 } else { 800 })
}

/// Measures all servers in turn, round by round.
fn rounds<T, const N: usize>(count: usize, mut all: [impl FnMut() -> T; N]) -> [Vec<T>; N] {
    let mut values = [const { Vec::new() }; N];
    let count = if is_quick() { count.min(3) } else { count };
    for _ in 0..count {
        for (measure, values) in all.iter_mut().zip(&mut values) {
            values.push(measure());
        }
    }
    values
}
