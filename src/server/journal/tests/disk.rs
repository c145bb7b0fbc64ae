//! A disk on which no copy can be kept before an upgrade.

use super::killed::{run, shim, upgrade};
use super::*;

/// Upgrades data on a disk with a fault of the shim; the program must end with this code and these words, and
/// the data must be what they were.
fn check(fault: &str, code: i32, expected: &str) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");
    let starting = alone();
    let list = written_by_one(&folder);
    let before = fs::read(database(&folder)).unwrap();
    drop(starting);
    fs::write(place.path().join(fault), "").unwrap();
    let mut program = upgrade(&folder);
    program
        .env("LD_PRELOAD", shim(place.path()))
        .env("SHIM_FOLDER", &folder)
        .env("SHIM_CONTROL", place.path())
        .env("SHIM_ONLY", ".before-version-");
    let (status, words) = run(&mut program);
    assert_eq!(status.code(), Some(code), "{fault}: {words}");
    let common = "the data of version 1 stay as they are, since no copy of them can be kept: ";
    assert!(words.contains(&format!("{common}{expected}")), "{words}");

    let _alone = alone();
    assert_eq!(copies(&folder), [""; 0], "{fault}: it takes room");
    let after = fs::read(database(&folder)).unwrap();
    assert!(after == before, "{fault}: the data have changed");
    assert_eq!(opened(&folder, ONE), list);
}

#[test]
fn on_a_full_disk_nothing_is_migrated() {
    check("full", 73, "the disk is full");
}

#[test]
fn a_copy_that_is_not_what_was_copied_is_noticed() {
    check("garbles", 65, "the data is damaged: ");
}
