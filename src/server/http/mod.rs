//! HTTP: the listener, the routes, the pipeline that every request passes, and the handlers.

mod api;
pub mod assets;
mod body;
mod cache;
mod error;
mod health;
mod html;
mod listener;
mod middleware;
mod monitoring;
mod pages;
mod pipeline;
mod router;
mod service_worker;
mod static_files;

pub use api::rpc::exchange_with;
pub use listener::{bind, listen, listen_on, run};
pub use monitoring::monitoring;
pub use router::router;
