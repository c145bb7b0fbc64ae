//! One client that means harm, with the limits as they are by default: what it costs the others, the memory and the
//! next start.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};
use todo_list::domain::{ClientId, Command, CommandId, ItemId, Rejection, Timestamp};
use todo_list::server::journal::{Journal, Record};
use uuid::Uuid;

use crate::program::{Place, Running, rounds, tell};

/// How many ids collide.
const IDS: u64 = 20_000;
/// How many times as long what collides may take as what does not: it was a hundred times and more.
const TIMES: u32 = 4;
/// What is too short to be compared.
const NOTHING: Duration = Duration::from_millis(300);

/// Ids whose halves have the same exclusive or, or that have nothing in common.
fn item_id(number: u64, collides: bool) -> Uuid {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let low = if collides { number ^ 0x5555 } else { scattered };
    Uuid::from_u64_pair(number, low)
}

/// Senders that an unseeded `FxHash` takes for one and the same: the first half is one of its constants.
fn sender(number: u64, collides: bool) -> Uuid {
    let constant = 0x243f_6a88_85a3_08d3_u64.swap_bytes();
    let first = if collides { constant } else { number };
    Uuid::from_u64_pair(first, number)
}

fn check(what: &str, colliding: Duration, ordinary: Duration) {
    let line = format!("{what}: {colliding:.1?} with ids that collide, {ordinary:.1?} without");
    tell(&line);
    assert!(colliding < ordinary.max(NOTHING) * TIMES, "{line}");
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let begin = Instant::now();
    work.await;
    begin.elapsed()
}

/// How long it takes to add items, to show them after that, to remove them, and to start again.
async fn take_items(collides: bool) -> [Duration; 4] {
    let place = Place::new();
    let running = place.start();
    let ids: Vec<Uuid> = (1..=IDS).map(|number| item_id(number, collides)).collect();
    let added = timed(async {
        for (index, ids) in ids.chunks(400).enumerate() {
            let add = |id| json!({ "add": { "id": id, "title": "x", "at": "end" } });
            let commands: Vec<Value> = ids.iter().map(add).collect();
            let commands: Vec<&Value> = commands.iter().collect();
            let (status, _) = running.send(index as u64 * 400 + 1, &commands).await;
            assert_eq!(status, 200);
        }
    });
    let added = added.await;
    let shown = timed(async { assert_eq!(running.status("/").await, 200) }).await;
    let removed = timed(async {
        let todos = format!("{}/api/v1/lists/home/todos", running.url);
        let answer = Client::new().delete(todos).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    });
    let removed = removed.await;
    running.stop();
    let started = timed(async { place.start().stop() }).await;
    [added, shown, removed, started]
}

#[tokio::test]
async fn items_whose_ids_collide_cost_no_more_than_others() {
    let (colliding, ordinary) = (take_items(true).await, take_items(false).await);
    for (index, what) in ["adding", "showing", "removing", "starting"]
        .into_iter()
        .enumerate()
    {
        check(what, colliding[index], ordinary[index]);
    }
}

/// How long a start takes after so many senders.
async fn start_with_senders(collides: bool) -> Duration {
    let place = Place::new();
    let (mut journal, _) = Journal::open(&place.data()).unwrap();
    let id = ItemId::from(Uuid::nil());
    let record = |number| Record {
        id: CommandId {
            client: ClientId::from(sender(number, collides)),
            seq: 1,
        },
        at: Timestamp(1),
        command: Command::Remove { id },
        answer: Err(Rejection::NoSuchItem { id }),
    };
    let records: Vec<Record> = (1..=rounds(40_000) as u64).map(record).collect();
    journal.append(&records, || {}).unwrap();
    drop(journal);
    let begin = Instant::now();
    let running = place.start();
    let (taken, peak) = (begin.elapsed(), peak_memory(&running));
    running.stop();
    // From a snapshot.
    let again = timed(async { place.start().stop() }).await;
    let count = records.len();
    tell(&format!(
        "{count} senders: {peak} MB, a start in {taken:.1?} and the next in {again:.1?}"
    ));
    taken
}

#[tokio::test]
async fn senders_whose_ids_collide_cost_a_start_no_more_than_others() {
    let colliding = start_with_senders(true).await;
    check("starting", colliding, start_with_senders(false).await);
}

/// Starts the program with so many items and its limits as they are. Clients are told apart by the address that a proxy
/// on this machine says they have.
fn start_with_items(place: &Place, items: usize) -> Running {
    let file = place.beside("list.txt");
    let mut list = String::new();
    for number in 0..items {
        writeln!(list, "Item {number} of a list that somebody attacks").unwrap();
    }
    std::fs::write(&file, list).unwrap();
    let (code, _, words) = place.act(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{words}");
    start_with_limits(place)
}

fn start_with_limits(place: &Place) -> Running {
    let mut command = place.command();
    for name in [
        "TODO_LIST_READS_PER_SECOND",
        "TODO_LIST_CHANGES_PER_SECOND",
        "TODO_LIST_NEW_SENDERS_PER_HOUR",
    ] {
        command.env_remove(name);
    }
    command.env("TODO_LIST_TRUSTED_PROXIES", "127.0.0.1");
    Running::start(&mut command).unwrap_or_else(|words| panic!("{words}"))
}

/// A client that does what costs most, again and again, until it is stopped.
struct Attacker {
    client: Client,
    url: Arc<str>,
    sender: Uuid,
    seq: u64,
}

impl Attacker {
    fn new(running: &Running, number: u128) -> Self {
        Self {
            client: Client::new(),
            url: running.url.as_str().into(),
            sender: Uuid::from_u128(number),
            seq: 0,
        }
    }

    /// Sends a request; answers its status.
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> u16 {
        let method = method.parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.header("x-forwarded-for", "192.0.2.1");
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let Ok(answer) = request.send().await else {
            return 0;
        };
        let status = answer.status().as_u16();
        // All of it is read, and none kept.
        let _ = answer.bytes().await;
        status
    }

    async fn batch(&mut self, commands: Vec<Value>) -> u16 {
        let first = self.seq + 1;
        let count = commands.len() as u64;
        let number = |(seq, command)| json!({ "seq": seq, "command": command });
        let commands: Vec<Value> = (first..).zip(commands).map(number).collect();
        let batch = json!({ "client": self.sender, "commands": commands });
        let status = self
            .send("POST", "/api/v1/lists/home/commands", Some(batch))
            .await;
        if status == 200 {
            // As far as is known: what was not run makes the next batch fail, and then another sender goes on.
            self.seq += count;
        }
        status
    }

    /// Removes everything and brings it back, as often as a request has room for.
    async fn remove_and_revert(&mut self) {
        self.send("DELETE", "/api/v1/lists/home/todos", None).await;
        let nobody = Uuid::nil();
        let revert = |seq: u64| json!({ "revert": { "of": { "client": nobody, "seq": seq } } });
        let status = self.batch((1..60).map(revert).collect()).await;
        if status == 409 {
            self.sender = Uuid::new_v4();
            self.seq = 0;
        }
    }

    /// One round of everything.
    async fn attack(&mut self) {
        self.remove_and_revert().await;
        for path in [
            "/?q=somebody",
            "/?q=attacks%20nobody",
            "/completed?q=a",
            "/api/v1/lists/home/todos",
            "/api/v1/lists/home?since=0",
            "/api/v1/lists/home",
            "/api/items",
            "/trash",
            "/",
        ] {
            self.send("GET", path, None).await;
        }
        self.batch(vec![json!("expire"); 900]).await;
    }
}

/// Attacks until `done`, on one thread.
fn attack_with(
    running: &Running,
    attackers: u128,
    done: Arc<std::sync::atomic::AtomicBool>,
) -> std::thread::JoinHandle<usize> {
    let attackers: Vec<_> = (1..=attackers)
        .map(|number| Attacker::new(running, number))
        .collect();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let attack = |mut attacker: Attacker| {
                let done = done.clone();
                async move {
                    let mut rounds = 0;
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        attacker.attack().await;
                        rounds += 1;
                    }
                    rounds
                }
            };
            let all = futures_util::future::join_all(attackers.into_iter().map(attack)).await;
            all.into_iter().sum()
        })
    })
}

/// How many requests others make of each kind while the attack goes on.
const REQUESTS: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_hardly_notice_a_client_that_does_what_costs_most() {
    let place = Place::new();
    let running = start_with_items(&place, 1_000);
    let done = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let attack = attack_with(&running, 8, done.clone());
    let client = Client::new();
    let (mut reads, mut changes) = (Vec::new(), Vec::new());
    for number in 0..REQUESTS {
        let begin = Instant::now();
        let page = client.get(format!("{}/", running.url));
        let page = page.header("x-forwarded-for", "192.0.2.2").send().await;
        let page = page.unwrap();
        assert_eq!(page.status(), 200);
        page.bytes().await.unwrap();
        reads.push(begin.elapsed());
        let begin = Instant::now();
        let add = client.post(format!("{}/api/items", running.url));
        let add = add.header("x-forwarded-for", "192.0.2.2");
        let add = add.json(&json!({ "item": format!("kept {number}") }));
        assert_eq!(add.send().await.unwrap().status(), 201);
        changes.push(begin.elapsed());
    }
    done.store(true, std::sync::atomic::Ordering::Relaxed);
    let rounds = attack.join().unwrap();
    for (kind, mut times) in [("GET /", reads), ("POST /api/items", changes)] {
        times.sort();
        let (median, p99) = (times[REQUESTS / 2], times[REQUESTS * 99 / 100]);
        let line =
            format!("{rounds} rounds: {kind} takes {median:.1?}, 99 of 100 at most {p99:.1?}");
        tell(&line);
        assert!(median < Duration::from_millis(100), "{line}");
    }
}

/// The most memory that the process has ever had, in megabytes.
fn peak_memory(running: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.pid())).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1_024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_list_stays_within_its_memory_and_starts_soon_whatever_was_sent() {
    let place = Place::new();
    let running = start_with_items(&place, 100_000);
    let mut attackers: Vec<_> = (1..=4)
        .map(|number| Attacker::new(&running, number))
        .collect();
    let attacks = attackers.iter_mut().map(Attacker::attack);
    futures_util::future::join_all(attacks).await;
    let peak = peak_memory(&running);
    running.stop();
    let begin = Instant::now();
    let running = start_with_limits(&place);
    let started = begin.elapsed();
    let line = format!("at most {peak} MB, and a start in {started:.1?}");
    tell(&line);
    assert!(peak < 512, "{line}");
    assert!(started < Duration::from_secs(2), "{line}");
    running.stop();
}
