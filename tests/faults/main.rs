//! Fault tests of the real program over HTTP: kills, power cuts, damaged files, full disks, hostile clients.
//!
//! `TODO_LIST_PROGRAM` names the program to test, a release build; the default is the one
//! that was built with these tests. `TODO_LIST_ROUNDS` multiplies the number of rounds.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

mod admin;
mod attacks;
mod clock;
mod damage;
mod disk;
mod few_files;
mod files;
mod fixtures;
mod guessing;
mod health;
mod history;
mod kill;
#[path = "../support/limits.rs"]
mod limits;
mod load;
mod locks;
mod memory;
mod power;
mod program;
mod read_only;
mod reconnect;
#[path = "../support/recorded.rs"]
mod recorded;
mod restart;
mod shim;
mod start;
mod stop;
