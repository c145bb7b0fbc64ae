//! The client of a request: the other end of the connection, or the client that a trusted proxy names.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use axum::http::HeaderMap;
use ipnet::IpNet;
use serde::Deserialize;

/// The header to which every proxy appends the address of its own client.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The connection of a request: an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionInfo {
    /// The address of the other end: the client, or a proxy.
    pub(crate) peer: IpAddr,
    /// Whether the connection is above the limit, so that all its requests are refused.
    pub(crate) is_above_limit: bool,
}

/// The address of the client of a request, as trusted proxies name it: an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// The unit of all limits per client: an IPv4 address, or the /64 network of an IPv6 address. A provider assigns at least
/// a /64 to each customer, who chooses addresses in it freely (RFC 6177).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Client(IpAddr);

impl Client {
    /// The client with this address; `None` for this machine itself, which has no limits per client.
    #[must_use]
    pub(crate) fn unless_local(address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        (!address.is_loopback()).then(|| address.into())
    }
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V6(address) => {
                Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
            }
            address => address,
        })
    }
}

/// The addresses and networks of the setting `trusted-proxies`: proxies whose `X-Forwarded-For` the server believes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct TrustedProxies(Vec<IpNet>);

/// The text is neither an IP address nor a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither an IP address nor a network such as 10.0.0.0/8")]
pub struct NetworkError(String);

impl TrustedProxies {
    /// Whether no proxy is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this address is that of a trusted proxy.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The address of the client of a request: the last hop that is not a trusted proxy. A client can forge all hops before
    /// that one.
    ///
    /// Each hop is parsed separately, so that bytes from the client do not hide what a proxy has appended. A hop that cannot
    /// be parsed counts as the proxy that has appended it.
    #[must_use]
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let values = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut hops = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
        let mut client = peer;
        while self.contains(client)
            && let Some(hop) = hops.next().and_then(parse_hop)
        {
            client = hop;
        }
        client
    }
}

/// Parses an address as proxies write it. Some append the port.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = str::from_utf8(hop).ok()?.trim();
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok();
    address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()))
}

fn parse_network(text: &str) -> Result<IpNet, NetworkError> {
    let network = text.parse().ok();
    let network = network.or_else(|| Some(text.parse::<IpAddr>().ok()?.to_canonical().into()));
    network.ok_or_else(|| NetworkError(text.to_owned()))
}

impl FromStr for TrustedProxies {
    type Err = NetworkError;

    /// Parses addresses and networks separated by commas. The empty text is the empty list, as in an environment variable
    /// without a value.
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let parts = text.split(',').map(str::trim);
        let parts = parts.filter(|part| !part.is_empty());
        parts.map(parse_network).collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<Vec<String>> for TrustedProxies {
    type Error = NetworkError;

    fn try_from(parts: Vec<String>) -> Result<Self, NetworkError> {
        let networks = parts.iter().map(|part| parse_network(part));
        networks.collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn address(text: &str) -> IpAddr {
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn trusted_proxies_are_addresses_and_networks_between_commas() {
        let parse = |text: &str| text.parse::<TrustedProxies>();
        let proxies =
            parse(" 10.0.0.0/8, 192.168.1.5 ,2001:db8::/32,::1,").expect("valid networks");
        for inside in [
            "10.9.8.7",
            "::ffff:10.0.0.1",
            "192.168.1.5",
            "2001:db8:1::2",
            "::1",
        ] {
            assert!(proxies.contains(address(inside)), "{inside}");
        }
        for outside in ["11.0.0.1", "192.168.1.6", "2001:db9::1", "::2", "127.0.0.1"] {
            assert!(!proxies.contains(address(outside)), "{outside}");
        }
        assert_eq!(parse(""), Ok(TrustedProxies::default()));
        for wrong in ["proxy.example", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "*"] {
            assert_eq!(parse(wrong), Err(NetworkError(wrong.into())));
        }
    }

    #[test]
    fn the_client_is_the_last_hop_that_is_not_a_trusted_proxy() {
        let proxies: TrustedProxies = "10.0.0.0/8,fd00::/8".parse().expect("valid networks");
        let client = |peer: &str, forwarded_for: &[&[u8]]| {
            let name = HeaderName::from_static(FORWARDED_FOR);
            let mut headers = HeaderMap::new();
            for value in forwarded_for {
                let value = HeaderValue::from_bytes(value).expect("a header");
                headers.append(&name, value);
            }
            proxies.client(address(peer), &headers)
        };
        let check = |peer: &str, forwarded_for: &[&str], expected: &str| {
            let bytes: Vec<&[u8]> = forwarded_for.iter().map(|text| text.as_bytes()).collect();
            let client = client(peer, &bytes);
            assert_eq!(client, address(expected), "{peer} for {forwarded_for:?}");
        };
        check("1.1.1.1", &[], "1.1.1.1");
        check("1.1.1.1", &["2.2.2.2"], "1.1.1.1");
        check("10.0.0.1", &[], "10.0.0.1");
        check("10.0.0.1", &["2.2.2.2"], "2.2.2.2");
        check("::ffff:10.0.0.1", &["2.2.2.2"], "2.2.2.2");
        // A client can send the header too: its hops are on the left.
        check("10.0.0.1", &["3.3.3.3, 2.2.2.2"], "2.2.2.2");
        check("10.0.0.1", &["10.0.0.3, 2.2.2.2"], "2.2.2.2");
        check("10.0.0.1", &["3.3.3.3", "2.2.2.2"], "2.2.2.2");
        check("10.0.0.1", &["3.3.3.3, 2.2.2.2,10.0.0.2"], "2.2.2.2");
        check(
            "10.0.0.1",
            &["3.3.3.3, 2.2.2.2", "fd00::2, 10.0.0.2"],
            "2.2.2.2",
        );
        check("10.0.0.1", &["10.0.0.3,10.0.0.2"], "10.0.0.3");
        // With a port, and without an address.
        check("10.0.0.1", &["2.2.2.2:80"], "2.2.2.2");
        check("10.0.0.1", &["[2001:db8::1]:80"], "2001:db8::1");
        check("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1");
        for nonsense in ["", ",", "unknown", "2.2.2.2, _hidden", "2.2.2.2 3.3.3.3"] {
            check("10.0.0.1", &[nonsense], "10.0.0.1");
        }
        // The hops of the client cannot be parsed, those of the proxies can.
        let check = |forwarded_for: &[&[u8]], expected: &str| {
            let client = client("10.0.0.1", forwarded_for);
            assert_eq!(client, address(expected), "{forwarded_for:?}");
        };
        check(&[b"\xff, 2.2.2.2"], "2.2.2.2");
        check(&[b"3.3.3.3\xe9, 2.2.2.2, 10.0.0.2"], "2.2.2.2");
        check(&["\u{e9}".as_bytes(), b"2.2.2.2"], "2.2.2.2");
        // A proxy that appends no valid hop counts as the client.
        check(&[b"3.3.3.3, \xff"], "10.0.0.1");
        check(&[b"2.2.2.2, \xff, 10.0.0.2"], "10.0.0.2");
    }

    #[test]
    fn addresses_of_one_customer_are_one_client() {
        let check = |one: &str, other: &str, expected: bool| {
            let same = Client::from(address(one)) == Client::from(address(other));
            assert_eq!(same, expected, "{one} and {other}");
        };
        check("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true);
        check("2001:db8:0:1::1", "2001:db8:0:2::1", false);
        check("1.1.1.1", "::ffff:1.1.1.1", true);
        check("1.1.1.1", "1.1.1.2", false);
        check("::ffff:1.1.1.1", "::ffff:1.1.1.2", false);
        assert_eq!(Client::unless_local(address("::ffff:127.0.0.1")), None);
        assert!(Client::unless_local(address("192.168.1.5")).is_some());
    }
}
