//! Logs and metrics.

mod connections;
pub mod log;
mod metrics;

pub(crate) use connections::OpenConnection;
pub use metrics::Metrics;
