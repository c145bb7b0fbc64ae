//! The log and the metrics.

pub mod log;
mod metrics;

pub use self::metrics::Metrics;
pub(crate) use self::metrics::OpenConnection;
