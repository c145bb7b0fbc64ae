//! Values of the network: hosts, origins, trusted proxies and client addresses.

mod client;
mod host;
mod origin;

pub use client::TrustedProxies;
pub(crate) use client::{Client, ClientAddress, ConnectionInfo};
pub(crate) use host::KnownHosts;
pub use host::{AllowedHosts, Authority, Host, HostError};
pub use origin::{Origin, OriginError};
