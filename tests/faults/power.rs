//! Power cuts: a shim records every write and sync in the data folder. The test rebuilds what the disk could hold
//! at a moment, and starts the program on it.

use std::collections::HashSet;
use std::fs;

use reqwest::Client;

use crate::program::{Running, Sandbox, post, rounds};
use crate::recorded::{Disk, Luck, Record, disk_after, parse};
use crate::shim::Shim;

/// A recorded run: the log, and for each acknowledged item the length of the log at that moment.
struct Recorded {
    log: Vec<u8>,
    acknowledged: Vec<(String, usize)>,
    sent: HashSet<String>,
}

async fn record() -> Recorded {
    let (sandbox, shim) = (Sandbox::new(), Shim::new());
    let mut running = Running::start(shim.command(&sandbox).env("SHIM_LOG", shim.log())).unwrap();
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

/// Cuts the power at moments throughout the record, and returns every loss.
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
            let sandbox = Sandbox::new();
            fs::create_dir(sandbox.data()).unwrap();
            for (file, content) in disk_after(Disk::new(), records, count, luck) {
                fs::write(sandbox.file(&file), content).unwrap();
            }
            let what = format!("after {count} of {} records, {luck:?}", records.len());
            let items = match Running::start(&mut sandbox.command()) {
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

    // The same run without a sync at every commit, which is what SQLite's
    // synchronous=NORMAL means until the first checkpoint: the harness must notice.
    records.retain(|record| record.kind != b's' || !record.file.ends_with("-wal"));
    assert!(
        losses(&recorded, &records).await.len() > rounds(10),
        "losses go unnoticed"
    );
}
