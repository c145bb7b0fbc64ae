//! The steps of the pipeline, one file each.

pub(crate) mod auth;
pub(crate) mod csrf;
pub(crate) mod headers;
pub(crate) mod host_check;
pub(crate) mod request_log;
