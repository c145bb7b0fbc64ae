//! How fast the server is: `make bench`. The server is the program itself, and everything that it is compared
//! with is a process of its own, too. Each round measures ours and then the others, so that whatever
//! else the machine does meets all of them; what counts is the ratio.

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

/// How many rounds there are; a glance takes three. Two rounds of one and the same program can differ by half.
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

/// How long a round measures, after a quarter of it to get warm.
fn measured() -> Duration {
    Duration::from_millis(if is_quick() { 150 } else { 800 })
}

/// Measures all in turn, round by round.
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
