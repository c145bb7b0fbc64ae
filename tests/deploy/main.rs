//! Tests of the release artefacts: the single binary, the systemd units, the backup
//! script, and the examples for nginx and Caddy.
//!
//! `make deploy-test` builds the program and installs what these tests need. `TODO_LIST_PROGRAM` names the program,
//! and `target/site` is the page that it was built with.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![cfg(target_os = "linux")]

mod alone;
mod backup;
#[path = "../support/limits.rs"]
mod limits;
mod program;
mod proxies;
mod proxy;
mod systemd;
