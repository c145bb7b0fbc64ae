//! Errors as clients see them.

pub(crate) mod problem;
