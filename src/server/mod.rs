//! The server: the in-memory list behind a page, a form, server functions and a JSON API.

mod accept;
pub mod access;
pub mod admin;
pub mod assets;
mod batch;
pub mod calls;
pub mod config;
mod door;
pub mod embedded;
mod etag;
mod fallback;
mod gate;
pub mod healthcheck;
pub mod housekeeping;
pub mod journal;
pub mod limits;
mod live;
mod new_item;
pub mod notify;
pub mod observe;
mod offline;
mod pages;
mod prepared;
mod problem;
mod rest;
mod router;
pub mod security;
mod serve;
pub mod shutdown;
pub mod store;
mod todos;
mod v1;

pub use door::Door;
pub use router::{monitoring, router};
pub use serve::run;
