//! Tests through the server's boundary: HTTP against the real router on a port of its own, and the
//! real program. Each file is named after what it asks for.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod access;
mod actions;
mod connection_limits;
mod documents;
mod door;
mod events;
mod form;
mod formats;
mod fuzz;
mod guessing;
mod health;
mod healthcheck;
#[path = "../support/texts.rs"]
mod hostile;
mod hosts;
mod items_api;
mod kept_pages;
#[path = "../support/limits.rs"]
mod limits;
mod live;
mod log;
mod metrics;
#[cfg(target_os = "linux")]
mod notify;
mod offline;
mod origins;
mod page;
mod password;
mod prepared;
mod program;
mod rate_limits;
mod reads;
mod routes;
mod security;
mod server_fns;
mod settings;
mod simulation;
mod size_limits;
mod spawn;
mod stalled_stream;
mod static_files;
mod texts;
mod tidy;
mod time_limits;
mod todos;
mod v1;
mod work_limits;
