//! The steps of the pipeline.

pub(crate) mod auth;
pub(crate) mod headers;
pub(crate) mod request_log;
pub(crate) mod security;
