//! The cost of a durable command in lists of different lengths: `make bench`. It uses the store itself, without
//! HTTP. Each round measures every length, and the result is the ratio.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "support/results.rs"]
mod results;

use std::time::Instant;

use results::{Budget, Curve, Line, Results, Row, is_quick, spread};
use todo_list::domain::{At, Command, HashKey, Item, List, Title};
use todo_list::server::journal::{LoadedList, SqliteJournal};
use todo_list::server::store::{Store, new_item};

const GROUP: &str = "Many items";
/// The longest leaves room for the items that are added and removed again: the maximum is 100,000.
const SIZES: [usize; 4] = [100, 1_000, 10_000, 99_000];
/// How many commands are pending at the same time, and are committed together.
const WAITING: usize = 64;

fn main() {
    println!("\nOne durable command, {WAITING} waiting at a time, by the length of the list");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut results = Results::new();
    runtime.block_on(by_size(&mut results));
    results.write("store");
}

async fn by_size(results: &mut Results) {
    let mut folders = Vec::new();
    let mut stores = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let (journal, loaded) = SqliteJournal::open(folder.path()).unwrap();
        let list = List::at_revision(HashKey::new([7; 16]), 1, items(size));
        stores.push(Store::start(Box::new(journal), LoadedList { list, ..loaded }).unwrap());
        folders.push(folder);
    }
    let mut costs = vec![Vec::new(); SIZES.len()];
    for _ in 0..if is_quick() { 3 } else { 9 } {
        for (store, costs) in stores.iter().zip(&mut costs) {
            costs.push(cost(store).await);
        }
    }
    let mut points = Vec::new();
    for (size, of_size) in SIZES.into_iter().zip(&costs) {
        let what = format!("one command in {size} items");
        let row = Row::new(GROUP, &what, "microseconds", of_size);
        points.push((size as f64, spread(of_size).0));
        results.add(match size {
            100 => row,
            _ => row
                .against("in 100 items", of_size, &costs[0])
                .budget(Budget::RatioAtMost(2.0)),
        });
    }
    let line = Line {
        name: "add or remove".into(),
        points,
    };
    results.curves.push(Curve {
        name: "command".into(),
        title: "One durable command".into(),
        x: "items in the list".into(),
        y: "microseconds".into(),
        x_is_log: true,
        y_is_log: false,
        lines: vec![line],
    });
}

fn items(count: usize) -> Vec<Item> {
    let title =
        |number| Title::parse(&format!("item {number}: something that needs to be done")).unwrap();
    (0..count).map(|number| new_item(title(number))).collect()
}

/// Returns the microseconds for one command. Half of the commands add an item, half remove it again, so that the list
/// keeps its length.
async fn cost(store: &Store) -> f64 {
    let commands = if is_quick() { 1_024 } else { 4_096 };
    let begin = Instant::now();
    for _ in 0..commands / WAITING {
        let add_and_remove = |Item { id, title, .. }| {
            let at = At::End;
            [Command::add(id, title, at), Command::Remove { id }]
        };
        run_all(
            store,
            items(WAITING / 2).into_iter().flat_map(add_and_remove),
        )
        .await;
    }
    begin.elapsed().as_secs_f64() * 1e6 / commands as f64
}

/// Submits all commands, then waits for the answers.
async fn run_all(store: &Store, commands: impl Iterator<Item = Command>) {
    let mut answers = Vec::new();
    for command in commands {
        answers.push(store.submit(None, command).await.unwrap());
    }
    for answer in answers {
        answer.await.unwrap();
    }
}
