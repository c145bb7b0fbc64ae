//! Power cuts: every write and sync in the data folder is recorded, what the disk could hold at a moment
//! is rebuilt from the record, and the program is started on it.
//!
//! What was synced is on the disk. Of what was written to a file since its last sync, anything may be:
//! nothing, all, or any sectors of it, as on a disk with a cache of its own.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use reqwest::Client;

use crate::program::{Place, Running, post, rounds};
use crate::shim::Shim;

/// What a disk keeps whole or not at all, in bytes.
const SECTOR: usize = 512;

#[derive(Debug)]
struct Record {
    kind: u8,
    file: String,
    offset: u64,
    bytes: Vec<u8>,
    /// Where the record ends in the log: the moment at which it was there.
    end: usize,
}

fn parse(log: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut at = 0;
    let mut take = |length: usize| {
        at += length;
        (&log[at - length..at], at)
    };
    let number = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().unwrap());
    loop {
        let (kind, _) = take(1);
        let (length, _) = take(2);
        let (file, _) = take(usize::from(u16::from_le_bytes(length.try_into().unwrap())));
        let (offset, _) = take(8);
        let (length, mut end) = take(8);
        let mut bytes: &[u8] = &[];
        if kind[0] == b'w' {
            (bytes, end) = take(usize::try_from(number(length)).unwrap());
        }
        records.push(Record {
            kind: kind[0],
            file: String::from_utf8(file.into()).unwrap(),
            offset: number(offset),
            bytes: bytes.into(),
            end,
        });
        if end == log.len() {
            return records;
        }
    }
}

/// What is left of writes that were not synced.
#[derive(Clone, Copy, Debug)]
enum Luck {
    Nothing,
    Everything,
    /// Every sector by the toss of a coin, from this seed.
    Sectors(u64),
}

type Disk = BTreeMap<String, Vec<u8>>;

fn apply(disk: &mut Disk, record: &Record, mut is_kept: impl FnMut() -> bool) {
    let file = disk.entry(record.file.clone()).or_default();
    let offset = usize::try_from(record.offset).unwrap();
    match record.kind {
        b't' if is_kept() => file.resize(offset, 0),
        b'w' => {
            for (index, sector) in record.bytes.chunks(SECTOR).enumerate() {
                if is_kept() {
                    let begin = offset + index * SECTOR;
                    let end = begin + sector.len();
                    file.resize(file.len().max(end), 0);
                    file[begin..end].copy_from_slice(sector);
                }
            }
        }
        _ => {}
    }
}

/// What the disk could hold after the first `count` records.
fn disk_after(records: &[Record], count: usize, luck: Luck) -> Disk {
    let mut disk = Disk::new();
    let mut unsynced: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &records[..count] {
        let waiting = unsynced.entry(&record.file).or_default();
        match record.kind {
            b's' => waiting
                .drain(..)
                .for_each(|record| apply(&mut disk, record, || true)),
            b'u' => {
                waiting.clear();
                disk.remove(&record.file);
            }
            _ => waiting.push(record),
        }
    }
    let mut coin = match luck {
        Luck::Sectors(seed) => seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1,
        _ => 1,
    };
    let mut is_kept = || match luck {
        Luck::Nothing => false,
        Luck::Everything => true,
        Luck::Sectors(_) => {
            // Xorshift64 (Marsaglia, 2003).
            coin ^= coin << 13;
            coin ^= coin >> 7;
            coin ^= coin << 17;
            coin & 1 == 1
        }
    };
    for record in unsynced.values().flatten() {
        apply(&mut disk, record, &mut is_kept);
    }
    disk
}

/// A recorded run: the log, and for each acknowledged item the length of the log at that moment.
struct Recorded {
    log: Vec<u8>,
    acknowledged: Vec<(String, usize)>,
    sent: HashSet<String>,
}

async fn record() -> Recorded {
    let (place, shim) = (Place::new(), Shim::new());
    let mut running = Running::start(shim.command(&place).env("SHIM_LOG", shim.log())).unwrap();
    let write = |writer: usize| {
        let (url, log) = (running.url.clone(), shim.log());
        tokio::spawn(async move {
            let client = Client::new();
            let mut acknowledged = Vec::new();
            for number in 0..30 {
                let item = format!("writer {writer}, item {number}");
                assert_eq!(post(&client, &url, &item).await, Some(201));
                let now = fs::metadata(&log).unwrap().len();
                acknowledged.push((item, usize::try_from(now).unwrap()));
            }
            acknowledged
        })
    };
    let writers: Vec<_> = (0..3).map(write).collect();
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    running.kill();
    let sent = acknowledged.iter().map(|(item, _)| item.clone()).collect();
    Recorded {
        log: fs::read(shim.log()).unwrap(),
        acknowledged,
        sent,
    }
}

/// Cuts the power at moments all over the record, and answers every loss.
async fn losses(recorded: &Recorded, records: &[Record]) -> Vec<String> {
    let mut losses = Vec::new();
    let moments = rounds(40);
    for moment in 0..moments {
        let count = (records.len() * (moment + 1) / moments).max(1);
        let now = records[count - 1].end;
        for luck in [
            Luck::Nothing,
            Luck::Everything,
            Luck::Sectors(moment as u64),
        ] {
            let place = Place::new();
            fs::create_dir(place.data()).unwrap();
            for (file, content) in disk_after(records, count, luck) {
                fs::write(place.file(&file), content).unwrap();
            }
            let what = format!("after {count} of {} records, {luck:?}", records.len());
            let items = match Running::start(&mut place.command()) {
                Ok(running) => running.items().await,
                Err(words) => {
                    losses.push(format!("{what}: {words}"));
                    continue;
                }
            };
            let there: HashSet<&String> = items[2..].iter().collect();
            assert_eq!(
                there.len(),
                items.len() - 2,
                "{what}: something is there twice"
            );
            assert!(
                there.iter().all(|item| recorded.sent.contains(*item)),
                "{what}"
            );
            let lost = recorded
                .acknowledged
                .iter()
                .find(|(item, at)| *at <= now && !there.contains(item));
            losses.extend(lost.map(|(item, _)| format!("{what}: {item}")));
        }
    }
    losses
}

#[tokio::test]
async fn a_power_cut_loses_nothing_that_was_acknowledged() {
    let recorded = record().await;
    let mut records = parse(&recorded.log);
    assert!(
        records
            .iter()
            .any(|record| record.kind == b's' && record.file.ends_with("-wal"))
    );
    assert_eq!(losses(&recorded, &records).await, Vec::<String>::new());

    // The same run as if the log were not synced at every commit, which is what SQLite's
    // synchronous=NORMAL means until the first checkpoint: the harness must notice.
    records.retain(|record| record.kind != b's' || !record.file.ends_with("-wal"));
    assert!(
        losses(&recorded, &records).await.len() > rounds(10),
        "losses go unnoticed"
    );
}
