//! HTTP: the listener, the routes, the pipeline that every request passes, and the handlers.

pub mod api;
pub mod assets;
pub(crate) mod body;
pub(crate) mod cache;
pub(crate) mod error;
pub(crate) mod fallback;
pub mod health;
mod listen;
mod listener;
pub(crate) mod middleware;
mod monitoring;
pub(crate) mod pages;
mod pipeline;
mod router;

pub use listen::listen;
pub use listener::run;
pub use pipeline::Door;
pub use router::{monitoring, router};
