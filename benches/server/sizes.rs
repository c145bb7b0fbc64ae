//! The cost of many items: memory, and the time until the server listens.

use std::fs;
use std::time::Instant;

use super::Results;
use super::program::Sandbox;
use super::results::{Budget, Curve, Line, Row, spread};
use super::{ROUNDS, rounds};

const GROUP: &str = "Many items";
const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

/// A folder whose `data` holds a list of this many items.
pub fn sandbox_with(items: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    let line = |number| format!("item {number}: something that needs to be done\n");
    fs::write(
        sandbox.path("list.txt"),
        (0..items).map(line).collect::<String>(),
    )
    .unwrap();
    let mut import = sandbox.command(&["import", "list.txt", "--data", "data"]);
    let output = import.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    sandbox
}

pub fn measure(results: &mut Results) {
    let sandboxes = SIZES.map(sandbox_with);
    let starts = rounds(
        ROUNDS,
        sandboxes.each_ref().map(|sandbox| || start(sandbox)),
    );
    let (mut seconds, mut memory) = (Vec::new(), Vec::new());
    for (size, rounds) in SIZES.into_iter().zip(&starts) {
        let times: Vec<f64> = rounds.iter().map(|(seconds, _)| seconds * 1e3).collect();
        let bytes: Vec<f64> = rounds.iter().map(|(_, bytes)| *bytes).collect();
        let row = Row::new(GROUP, &format!("start with {size} items"), "ms", &times);
        results.add(match size {
            100_000 => row.budget(Budget::AtMost(1_000.0)),
            _ => row,
        });
        seconds.push((size as f64, spread(&times).0));
        memory.push((size as f64, spread(&bytes).0 / 1_048_576.0));
    }
    for (size, rounds) in SIZES.into_iter().zip(&starts).skip(2) {
        let more = (size - SIZES[0]) as f64;
        let pairs = rounds.iter().zip(&starts[0]);
        let each: Vec<f64> = pairs
            .map(|((_, all), (_, few))| (all - few) / more)
            .collect();
        let what = format!("memory of one of {size} items");
        results.add(Row::new(GROUP, &what, "bytes", &each));
    }
    for (name, title, y, points) in [
        (
            "start",
            "Time until the server listens",
            "milliseconds",
            seconds,
        ),
        ("memory", "Resident memory of the server", "MiB", memory),
    ] {
        let lines = vec![Line {
            name: "todo-list".into(),
            points,
        }];
        results.curves.push(Curve {
            name: name.into(),
            title: title.into(),
            x: "items".into(),
            y: y.into(),
            x_is_log: true,
            y_is_log: true,
            lines,
        });
    }
}

/// Returns the time until the server listens, in seconds, and its memory then, in bytes.
fn start(sandbox: &Sandbox) -> (f64, f64) {
    let begin = Instant::now();
    let program = sandbox.start(&["--data", "data"]);
    (begin.elapsed().as_secs_f64(), program.resident())
}
