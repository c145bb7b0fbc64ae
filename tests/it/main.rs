//! Tests through the server's boundary: HTTP against the real router on a free port, and the
//! real program. Each file is named after its subject.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod access;
mod actions;
mod back_forward_cache;
mod connection_limits;
mod documents;
mod event_reader;
mod event_stream;
mod faulty_journal;
mod form;
mod formats;
mod fuzz;
mod guessing;
mod health;
mod healthcheck;
#[path = "../support/texts.rs"]
mod hostile;
mod hosts;
mod import_cases;
mod items_api;
mod journal_contract;
#[path = "../support/limits.rs"]
mod limits;
mod log;
mod metrics;
mod offline;
mod origins;
mod page;
mod password;
mod pipeline;
mod program;
mod rate_limits;
mod reads;
mod response_cache;
mod routes;
mod rpc;
#[cfg(target_os = "linux")]
mod sd_notify;
mod security;
mod settings;
mod shared_journal;
mod simulation;
mod size_limits;
mod spawn;
mod stalled_reader;
mod static_files;
mod texts;
mod tidy;
mod time_limits;
mod todos;
mod v1;
mod variables;
mod work_limits;
