//! The steps of the pipeline, one file each.

pub(super) mod auth;
pub(super) mod csrf;
pub(super) mod headers;
pub(super) mod host_check;
pub(super) mod request_log;
