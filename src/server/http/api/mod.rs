//! The APIs: the item list of version 0, version 1, and the page's server functions.

mod batch;
mod conditions;
pub(super) mod items;
pub mod rpc;
pub(super) mod v1;
