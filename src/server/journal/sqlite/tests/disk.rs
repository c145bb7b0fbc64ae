//! A disk on which an upgrade cannot keep a copy.

use super::killed::{run, shim, upgrade};
use super::*;

/// Upgrades data on a disk with a fault of the shim. The program must end with this exit code and message, and the data
/// must be unchanged.
fn check(fault: &str, code: i32, expected: &str) {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");
    let no_spawns = hold_off_spawns();
    let list = written_by_current(&folder);
    let before = fs::read(database(&folder)).unwrap();
    drop(no_spawns);
    fs::write(place.path().join(fault), "").unwrap();
    let mut program = upgrade(&folder);
    program
        .env("LD_PRELOAD", shim(place.path()))
        .env("SHIM_FOLDER", &folder)
        .env("SHIM_CONTROL", place.path())
        .env("SHIM_ONLY", ".before-version-");
    let (status, words) = run(&mut program);
    assert_eq!(status.code(), Some(code), "{fault}: {words}");
    let common = "the data stays at version 2, because no copy of it can be kept: ";
    assert!(words.contains(&format!("{common}{expected}")), "{words}");

    let _no_spawns = hold_off_spawns();
    assert_eq!(copies(&folder), [""; 0], "{fault}: a useless file is left");
    let after = fs::read(database(&folder)).unwrap();
    assert!(after == before, "{fault}: the data has changed");
    assert_eq!(opened(&folder, CURRENT), list);
}

#[test]
fn on_a_full_disk_nothing_is_migrated() {
    check("full", 73, "the disk is full");
}

#[test]
fn a_copy_that_differs_from_the_data_is_detected() {
    check("garbles", 65, "the data is damaged: ");
}
