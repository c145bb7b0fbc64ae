//! One hostile client under the default limits: its effect on other clients, on memory and on
//! the next start.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use reqwest::Client;
use serde_json::{Value, json};
use todo_list::domain::{ClientId, Command, CommandId, ItemId, Rejection, Timestamp};
use todo_list::server::journal::{Record, SqliteJournal};
use tokio::sync::watch;
use uuid::Uuid;

use crate::program::{Running, Sandbox, rounds, tell};

const COMMANDS: &str = "/api/v1/lists/home/commands";

/// How many colliding ids a test uses.
const IDS: u64 = 20_000;
/// How many times as long as other ids colliding ids may take. Without a keyed hash it is more than a hundred times.
const MAX_SLOWDOWN: u32 = 4;
/// Shorter waits of a person than this are not compared.
const MIN_WAIT_COMPARED: Duration = Duration::from_millis(20);
/// Shorter times than this are not compared.
const MIN_COMPARED: Duration = Duration::from_millis(300);

/// Returns an id. All ids that collide have the same exclusive or of their halves.
fn item_id(number: u64, collides: bool) -> Uuid {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let low = if collides { number ^ 0x5555 } else { scattered };
    Uuid::from_u64_pair(number, low)
}

/// Returns a sender. An unseeded `FxHash` maps all colliding ones to the same hash: the first half is one of its
/// constants.
fn sender(number: u64, collides: bool) -> Uuid {
    let constant = 0x243f_6a88_85a3_08d3_u64.swap_bytes();
    let first = if collides { constant } else { number };
    Uuid::from_u64_pair(first, number)
}

fn check(what: &str, colliding: Duration, ordinary: Duration) {
    let line = format!("{what}: {colliding:.1?} with ids that collide, {ordinary:.1?} without");
    tell(&line);
    assert!(
        colliding < ordinary.max(MIN_COMPARED) * MAX_SLOWDOWN,
        "{line}"
    );
}

async fn timed(work: impl Future<Output = ()>) -> Duration {
    let begin = Instant::now();
    work.await;
    begin.elapsed()
}

/// Measures adding items, showing them, removing them, and a restart.
async fn take_items(collides: bool) -> [Duration; 4] {
    let sandbox = Sandbox::new();
    let running = sandbox.start();
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
    let started = timed(async { sandbox.start().stop() }).await;
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

/// Measures a start with many known senders.
async fn start_with_senders(collides: bool) -> Duration {
    let sandbox = Sandbox::new();
    let (mut journal, _) = SqliteJournal::open(&sandbox.data()).unwrap();
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
    journal.append_at_end(&records, || {}).unwrap();
    drop(journal);
    let begin = Instant::now();
    let running = sandbox.start();
    let (taken, peak) = (begin.elapsed(), peak_memory(&running));
    running.stop();
    // From a snapshot.
    let again = timed(async { sandbox.start().stop() }).await;
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

/// Starts the program with this many items and its default limits. Clients differ by the address that a trusted proxy
/// on this machine forwards.
fn start_with_items(sandbox: &Sandbox, items: usize) -> Running {
    let file = sandbox.beside("list.txt");
    let mut list = String::new();
    for number in 0..items {
        writeln!(list, "Item {number} of a list under attack").unwrap();
    }
    std::fs::write(&file, list).unwrap();
    let (code, _, words) = sandbox.act(&["import", file.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{words}");
    start_with_limits(sandbox)
}

fn start_with_limits(sandbox: &Sandbox) -> Running {
    let mut command = sandbox.command();
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

/// A client that repeats the most expensive requests.
struct Attacker {
    client: Client,
    url: Arc<str>,
}

impl Attacker {
    fn new(running: &Running) -> Self {
        Self {
            client: Client::new(),
            url: running.url.as_str().into(),
        }
    }

    /// Sends a request and returns the status.
    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> u16 {
        self.ask(method, path, body).await.0
    }

    /// Sends a request and returns the status and the body.
    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Vec<u8>) {
        let method = method.parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url));
        let request = request.header("x-forwarded-for", "192.0.2.1");
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let Ok(answer) = request.send().await else {
            return (0, Vec::new());
        };
        let status = answer.status().as_u16();
        (status, answer.bytes().await.unwrap_or_default().into())
    }

    /// Sends commands of a new sender.
    async fn batch(&self, sender: Uuid, commands: Vec<Value>) {
        let number = |(seq, command)| json!({ "seq": seq, "command": command });
        let commands: Vec<Value> = (1_u64..).zip(commands).map(number).collect();
        let batch = json!({ "client": sender, "commands": commands });
        self.send("POST", COMMANDS, Some(batch)).await;
    }

    /// Removes everything, then reverts that and the reverts, as many as fit into a request. Returns the status of the
    /// removal, or 0 if the list cannot be read because the client has used up its limits.
    async fn remove_and_revert(&self) -> u16 {
        let (_, list) = self.ask("GET", "/api/v1/lists/home", None).await;
        let Ok(list) = serde_json::from_slice::<Value>(&list) else {
            return 0;
        };
        let removed = self.send("DELETE", "/api/v1/lists/home/todos", None).await;
        let since = format!("/api/v1/lists/home?since={}", list["revision"]);
        let (_, changes) = self.ask("GET", &since, None).await;
        let changes: Value = serde_json::from_slice(&changes).unwrap_or_default();
        let removal = &changes["changes"][0]["command"];
        let sender = Uuid::new_v4();
        let of = |seq: u64| match seq {
            1 => removal.clone(),
            seq => json!({ "client": sender, "seq": seq - 1 }),
        };
        let revert = |seq| json!({ "revert": { "of": of(seq) } });
        self.batch(sender, (1..=61).map(revert).collect()).await;
        removed
    }

    /// Sends reads with large answers, and searches.
    async fn read_all(&self) {
        for path in [
            "/?q=under",
            "/?q=attack%20missing",
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
    }

    /// One round of all attacks.
    async fn attack(&self) {
        self.remove_and_revert().await;
        self.read_all().await;
        let expire = vec![json!("expire"); 900];
        self.batch(Uuid::new_v4(), expire).await;
    }

    async fn attack_until_the_end(
        self,
        mut phase: watch::Receiver<Phase>,
        rounds: Arc<AtomicUsize>,
    ) {
        let not_paused = |phase: &Phase| *phase != Phase::Paused;
        while *phase.wait_for(not_paused).await.unwrap() == Phase::Attacking {
            self.attack().await;
            rounds.fetch_add(1, Relaxed);
        }
    }
}

/// How many connections attack.
const ATTACKERS: usize = 4;
/// How often a test measures without and with the attack, one after the other, so that both see the same machine.
const PHASES: usize = 4;
/// How long a phase is, and how long a person pauses between two requests.
const PHASE: Duration = Duration::from_secs(1);
const REQUEST_INTERVAL: Duration = Duration::from_millis(10);
/// How many times as long a person may wait under attack: the attack has to share the two threads of the server with
/// the person. Without limits it is more than a hundred times.
const MAX_SLOWDOWN_OF_OTHERS: u32 = 10;

/// Attackers on a separate thread. They wait while the attack is paused.
struct Attack {
    state: watch::Sender<Phase>,
    rounds: Arc<AtomicUsize>,
    thread: std::thread::JoinHandle<()>,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Paused,
    Attacking,
    Ended,
}

impl Attack {
    fn new(running: &Running) -> Self {
        let attackers: Vec<_> = (0..ATTACKERS).map(|_| Attacker::new(running)).collect();
        let (state, receiver) = watch::channel(Phase::Paused);
        let rounds = Arc::<AtomicUsize>::default();
        let attacks = attackers
            .into_iter()
            .map(|attacker| attacker.attack_until_the_end(receiver.clone(), Arc::clone(&rounds)));
        let attacks = join_all(attacks.collect::<Vec<_>>());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(attacks);
        });
        Self {
            state,
            rounds,
            thread,
        }
    }

    /// Ends the attack and returns how many rounds were made.
    fn end(self) -> usize {
        self.state.send_replace(Phase::Ended);
        self.thread.join().unwrap();
        self.rounds.load(Relaxed)
    }
}

/// How long a person's requests take.
#[derive(Default)]
struct Waits {
    reads: Vec<Duration>,
    changes: Vec<Duration>,
}

impl Waits {
    /// Reads the page and adds items for the time of one phase.
    async fn measure(&mut self, running: &Running) {
        let client = Client::new();
        let begin = Instant::now();
        while begin.elapsed() < PHASE {
            let read = timed(async {
                let page = client.get(format!("{}/", running.url));
                let page = page.header("x-forwarded-for", "192.0.2.2").send().await;
                let page = page.unwrap();
                assert_eq!(page.status(), 200);
                page.bytes().await.unwrap();
            });
            self.reads.push(read.await);
            let change = timed(async {
                let add = client.post(format!("{}/api/items", running.url));
                let add = add.header("x-forwarded-for", "192.0.2.2");
                let add = add.json(&json!({ "item": "kept" }));
                assert_eq!(add.send().await.unwrap().status(), 201);
            });
            self.changes.push(change.await);
            tokio::time::sleep(REQUEST_INTERVAL).await;
        }
    }
}

fn mean(times: &[Duration]) -> Duration {
    times.iter().sum::<Duration>() / u32::try_from(times.len()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_most_expensive_client_hardly_slows_others() {
    let sandbox = Sandbox::new();
    let running = start_with_items(&sandbox, 90_000);
    let attack = Attack::new(&running);
    let (mut alone, mut attacked) = (Waits::default(), Waits::default());
    for _ in 0..PHASES {
        attack.state.send_replace(Phase::Paused);
        alone.measure(&running).await;
        attack.state.send_replace(Phase::Attacking);
        attacked.measure(&running).await;
    }
    let rounds = attack.end();
    assert!(rounds > 0, "no attack was made");
    for (kind, alone, attacked) in [
        ("GET /", alone.reads, attacked.reads),
        ("POST /api/items", alone.changes, attacked.changes),
    ] {
        let (alone, attacked) = (mean(&alone), mean(&attacked));
        let line = format!("{rounds} rounds: {kind} takes {attacked:.1?}, and {alone:.1?} without");
        tell(&line);
        let compared = alone.max(MIN_WAIT_COMPARED);
        assert!(attacked < compared * MAX_SLOWDOWN_OF_OTHERS, "{line}");
    }
}

/// Returns the peak memory of the process, in megabytes.
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
async fn a_full_list_stays_within_its_memory_and_starts_quickly_under_attack() {
    let sandbox = Sandbox::new();
    let running = start_with_items(&sandbox, 100_000);
    let attackers: Vec<_> = (0..4).map(|_| Attacker::new(&running)).collect();
    // No limit holds back the first removal.
    assert_eq!(attackers[0].remove_and_revert().await, 204);
    join_all(attackers.iter().map(Attacker::read_all)).await;
    join_all(attackers.iter().map(Attacker::attack)).await;
    let peak = peak_memory(&running);
    running.stop();
    let begin = Instant::now();
    let running = start_with_limits(&sandbox);
    let started = begin.elapsed();
    let line = format!("at most {peak} MB, and a start in {started:.1?}");
    tell(&line);
    assert!(peak < 512, "{line}");
    assert!(started < Duration::from_secs(2), "{line}");
    running.stop();
}
