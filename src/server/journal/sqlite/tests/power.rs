//! Power cuts at every write and sync of an upgrade. A log of the calls gives the possible contents of the disk.

use std::path::Path;

use super::killed::{Upgrade, run, shim, upgrade};
use super::recorded::{Disk, Luck, disk_after, parse};
use super::*;

/// The content of every file of a folder.
fn disk(folder: &Path) -> Disk {
    let entries = fs::read_dir(folder).unwrap();
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        (name, fs::read(entry.path()).unwrap())
    };
    entries.map(|entry| file(entry.unwrap())).collect()
}

#[test]
fn a_power_cut_at_any_write_ends_in_the_old_or_the_new_version() {
    let place = tempfile::tempdir().unwrap();
    let (folder, log) = (place.path().join("data"), place.path().join("log"));
    let no_spawns = hold_off_spawns();
    let list = written_by_current(&folder);
    let (before, expected) = (disk(&folder), Upgrade::of(&folder, &list));
    drop(no_spawns);
    let mut program = upgrade(&folder);
    program
        .env("LD_PRELOAD", shim(place.path()))
        .env("SHIM_FOLDER", &folder)
        .env("SHIM_LOG", &log);
    let (status, words) = run(&mut program);
    assert!(status.success(), "{words}");

    let log = fs::read(log).unwrap();
    let records = parse(&log);
    assert_eq!(records.last().unwrap().end, log.len());
    let mut found = [0, 0];
    for count in 1..=records.len() {
        for luck in [Luck::Nothing, Luck::Everything, Luck::Sectors(count as u64)] {
            let place = tempfile::tempdir().unwrap();
            for (name, bytes) in disk_after(before.clone(), &records, count, luck) {
                fs::write(place.path().join(name), bytes).unwrap();
            }
            let _no_spawns = hold_off_spawns();
            let what = format!("after {count} of {} records, {luck:?}", records.len());
            found[usize::from(expected.check_left(place.path(), &what))] += 1;
        }
    }
    assert!(found.iter().all(|count| *count > 5), "{found:?}");
}
