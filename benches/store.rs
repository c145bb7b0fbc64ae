//! What durability costs: `make bench`. Every row is a ratio of two things measured in the same run,
//! since the speed of a machine is not a property of the program.
//!
//! The load comes from the same process over the loopback interface, by connections that send the next
//! request when the answer to the one before has come.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Json;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use todo_list::domain::{At, Command, Item, List, Title};
use todo_list::server::access::Access;
use todo_list::server::assets::Assets;
use todo_list::server::config::Config;
use todo_list::server::journal::Journal;
use todo_list::server::limits::{LimitSettings, Limits};
use todo_list::server::store::{Store, new_item};
use todo_list::server::{router, run};

const ROUNDS: usize = 5;
const MEASURED: Duration = Duration::from_millis(800);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("\nDurable POST /api/items against a bare handler without a store, requests/s");
    println!(
        "{:>12} {:>10} {:>10} {:>10} {:>22}",
        "connections", "durable", "in memory", "no store", "ratio (min to max)"
    );
    for connections in [1, 16, 64, 256] {
        runtime.block_on(compare(connections));
    }
    println!(
        "\nOne durable command in a list of so many items, 64 waiting at a time, against one in a list of 100"
    );
    println!(
        "{:>12} {:>14} {:>22}",
        "items", "microseconds", "ratio (min to max)"
    );
    runtime.block_on(by_size());
    println!("\nStart and memory by items");
    println!(
        "{:>12} {:>14} {:>16}",
        "items", "start in ms", "bytes per item"
    );
    for items in [1_000, 10_000, 100_000] {
        runtime.block_on(start_up(items));
    }
}

fn median(values: &mut [f64]) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (
        values[values.len() / 2],
        values[0],
        values[values.len() - 1],
    )
}

/// The handler of the JSON API, as far as one can go without keeping anything.
async fn without_store(Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    let title = body["item"]
        .as_str()
        .and_then(|text| Title::parse(text).ok());
    match title {
        Some(title) => (
            StatusCode::CREATED,
            Json(json!({ "status": "success", "item": title })),
        ),
        None => (
            StatusCode::BAD_REQUEST,
            Json(json!({ "error": "Missing item data in request" })),
        ),
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let limits = Limits::new(&Config::default());
    tokio::spawn(run(listener, router, limits, std::future::pending()));
    address
}

async fn compare(connections: usize) {
    let [mut durable, mut memory, mut bare, mut ratios] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        durable.push(load_store(Journal::open(folder.path()).unwrap(), connections).await);
        memory.push(load_store(Journal::in_memory().unwrap(), connections).await);
        let address = serve(Router::new().route("/api/items", post(without_store))).await;
        bare.push(load(&address, connections).await);
        ratios.push(durable[durable.len() - 1] / bare[bare.len() - 1]);
    }
    let (ratio, least, most) = median(&mut ratios);
    let [durable, memory, bare] =
        [&mut durable, &mut memory, &mut bare].map(|rates| median(rates).0);
    let ratio = format!("{ratio:.2} ({least:.2} to {most:.2})");
    println!("{connections:>12} {durable:>10.0} {memory:>10.0} {bare:>10.0} {ratio:>22}");
}

/// Requests a second of the whole server on a journal.
async fn load_store((journal, list): (Journal, List), connections: usize) -> f64 {
    let store = Store::start(journal, list).unwrap();
    // One client makes the whole load.
    let limits = LimitSettings {
        changes_per_second: 0,
        ..LimitSettings::default()
    };
    let config = Config {
        limits,
        ..Config::default()
    };
    let access = Access::open(None, &config).unwrap();
    let router = router(&store, &access, Assets::with_hashes(&config, ""), &config);
    load(&serve(router).await, connections).await
}

/// Requests a second, by so many connections.
async fn load(address: &str, connections: usize) -> f64 {
    let body = r#"{"item": "Something that needs to be done"}"#;
    let request: Arc<str> = format!(
        "POST /api/items HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into();
    let (count, done) = (
        Arc::new(AtomicU64::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (request, count, done) = (request.clone(), count.clone(), done.clone());
        tasks.push(tokio::spawn(async move {
            let mut buffer = [0; 1_024];
            while !done.load(Ordering::Relaxed) {
                stream.write_all(request.as_bytes()).await.unwrap();
                // The answer is small, and comes in one piece.
                let length = stream.read(&mut buffer).await.unwrap();
                assert!(buffer[..length].starts_with(b"HTTP/1.1 201 "));
                count.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    tokio::time::sleep(MEASURED / 4).await;
    let (begin, before) = (Instant::now(), count.load(Ordering::Relaxed));
    tokio::time::sleep(MEASURED).await;
    let requests = count.load(Ordering::Relaxed) - before;
    let rate = requests as f64 / begin.elapsed().as_secs_f64();
    done.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    rate
}

fn items(count: usize) -> Vec<Item> {
    let title =
        |number| Title::parse(&format!("item {number}: something that needs to be done")).unwrap();
    (0..count).map(|number| new_item(title(number))).collect()
}

async fn by_size() {
    const SIZES: [usize; 4] = [100, 1_000, 10_000, 99_000];
    let mut folders = Vec::new();
    let mut stores = Vec::new();
    for size in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = Journal::open(folder.path()).unwrap();
        stores.push(Store::start(journal, List::at_revision(1, items(size))).unwrap());
        folders.push(folder);
    }
    let mut costs = vec![Vec::new(); SIZES.len()];
    for _ in 0..ROUNDS {
        for (store, costs) in stores.iter().zip(&mut costs) {
            costs.push(cost(store).await);
        }
    }
    let smallest = costs[0].clone();
    for (size, mut costs) in SIZES.into_iter().zip(costs) {
        let mut ratios: Vec<f64> = costs
            .iter()
            .zip(&smallest)
            .map(|(cost, least)| cost / least)
            .collect();
        let (ratio, least, most) = median(&mut ratios);
        let microseconds = median(&mut costs).0 * 1e6;
        println!(
            "{size:>12} {microseconds:>14.1} {:>22}",
            format!("{ratio:.2} ({least:.2} to {most:.2})")
        );
    }
}

/// Seconds for one command: half of them add an item, half remove it again, so that the list keeps its
/// length.
async fn cost(store: &Store) -> f64 {
    const COMMANDS: usize = 4_096;
    let begin = Instant::now();
    for _ in 0..COMMANDS / 64 {
        let add_and_remove = |Item { id, title, .. }| {
            [
                Command::Add {
                    id,
                    title,
                    at: At::End,
                },
                Command::Remove { id },
            ]
        };
        run_all(store, items(32).into_iter().flat_map(add_and_remove)).await;
    }
    begin.elapsed().as_secs_f64() / COMMANDS as f64
}

/// Hands all commands over, then waits for the answers.
async fn run_all(store: &Store, commands: impl Iterator<Item = Command>) {
    let mut answers = Vec::new();
    for command in commands {
        answers.push(store.hand_over(None, command).await.unwrap());
    }
    for answer in answers {
        answer.await.unwrap();
    }
}

async fn start_up(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let (journal, list) = Journal::open(folder.path()).unwrap();
    let store = Store::start(journal, list).unwrap();
    for chunk in items(count - 2).chunks(256) {
        let add = |Item { id, title, .. }| Command::Add {
            id,
            title,
            at: At::End,
        };
        run_all(&store, chunk.iter().cloned().map(add)).await;
    }
    store.close().await;
    let mut times = Vec::new();
    let mut bytes = 0;
    for _ in 0..ROUNDS {
        let before = resident();
        let begin = Instant::now();
        let (journal, list) = Journal::open(folder.path()).unwrap();
        let store = Store::start(journal, list).unwrap();
        times.push(begin.elapsed().as_secs_f64() * 1e3);
        // The first time only: later ones use the memory again.
        if bytes == 0 {
            bytes = resident().saturating_sub(before);
        }
        store.close().await;
    }
    println!(
        "{count:>12} {:>14.1} {:>16}",
        median(&mut times).0,
        bytes / count as u64
    );
}

/// The memory of this process, in bytes; 0 where the system does not tell.
fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = text
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_u64) * 4_096
}
