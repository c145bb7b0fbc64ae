//! What programs and the page call: the tutorial's items, version 1, and the server functions.

mod batch;
pub(crate) mod items;
pub mod rpc;
pub(crate) mod v1;
