//! The server: HTTP, the list in memory, and the journal.
//!
//! A module uses only modules to its right:
//! `cli, http -> auth -> limits -> store -> journal -> config -> telemetry, net, process, files`.

pub mod auth;
pub mod cli;
pub mod config;
pub mod files;
pub mod http;
pub mod journal;
pub mod limits;
pub mod net;
pub mod process;
pub mod store;
pub mod telemetry;
