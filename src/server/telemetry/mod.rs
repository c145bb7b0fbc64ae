//! Logs and metrics.

mod connections;
pub mod log;
mod metrics;

pub(crate) use connections::Connection;
pub use metrics::Metrics;
