//! The units of systemd.

use std::process::{Command, Stdio};

use crate::limits::output;
use crate::program::file;

/// The exposure level of a unit as systemd computes it: 0 is nothing, 10 is everything.
fn exposure(unit: &str) -> f64 {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--offline=true", "--no-pager"]);
    command
        .arg(file("deploy").join(unit))
        .stdout(Stdio::piped());
    let output = output(&mut command);
    let table = String::from_utf8(output.stdout).unwrap();
    let (_, result) = table.split_once("Overall exposure level for ").unwrap();
    let number = result.split_whitespace().nth(1).unwrap();
    number.parse().unwrap_or_else(|_| panic!("{result}"))
}

#[test]
fn the_units_reach_next_to_nothing_of_the_system() {
    for unit in ["todo-list.service", "todo-list-backup.service"] {
        let exposure = exposure(unit);
        assert!(exposure <= 2.0, "{unit}: {exposure}");
    }
}

#[test]
fn systemd_understands_the_units() {
    let units = [
        "todo-list.service",
        "todo-list-backup.service",
        "todo-list-backup.timer",
    ];
    let mut command = Command::new("systemd-analyze");
    command.args(["verify", "--man=no"]);
    command.args(units.map(|unit| file("deploy").join(unit)));
    let output = output(command.stderr(Stdio::piped()));
    let words = String::from_utf8(output.stderr).unwrap();
    // The programs that the units start are not installed here.
    let complaints = words.lines().filter(|line| {
        units.iter().any(|unit| line.contains(unit)) && !line.contains("is not executable")
    });
    assert_eq!(complaints.collect::<Vec<_>>(), [""; 0]);
}
