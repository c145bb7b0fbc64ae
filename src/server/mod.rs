//! The server: HTTP in front, lists in memory, a journal behind.
//!
//! Arrows between the rooms point down only:
//! `cli, http -> auth, limits -> store -> journal -> telemetry, config, net, process`.

pub mod auth;
pub mod cli;
pub mod config;
pub mod http;
pub mod journal;
pub mod limits;
pub mod net;
pub mod process;
pub mod store;
pub mod telemetry;
