//! The server: the in-memory list behind a page, a form, server functions and a JSON API.

mod accept;
pub mod access;
pub mod admin;
pub mod assets;
pub mod calls;
pub mod config;
pub mod embedded;
mod fallback;
mod gate;
pub mod healthcheck;
pub mod housekeeping;
pub mod journal;
pub mod limits;
mod live;
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

pub use router::{monitoring, router};
pub use serve::run;
