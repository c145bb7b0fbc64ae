//! Host names and addresses, in settings and in requests.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::Deserialize;

/// The length of the longest host name, in bytes (RFC 1035, section 2.3.4).
const MAX_NAME_BYTES: usize = 253;

/// The name of a machine in lower case, or its address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Host {
    /// A name, such as `todo.example`.
    Name(String),
    /// An address. An IPv4-mapped IPv6 address is stored as IPv4.
    Address(IpAddr),
}

/// The text is neither a host name nor an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host, such as \"todo.example\" or \"192.168.1.5\"")]
pub struct HostError(String);

impl Host {
    /// Whether the host is the machine of the client itself.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Address(address) => address.is_loopback(),
        }
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self::Address(address.to_canonical())
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let bracketed = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
        if let Ok(address) = bracketed.unwrap_or(text).parse::<Ipv6Addr>() {
            return Ok(IpAddr::from(address).into());
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(IpAddr::from(address).into());
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let is_label = |label: &str| {
            let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            !label.is_empty() && label.bytes().all(is_part)
        };
        if name.len() <= MAX_NAME_BYTES && name.split('.').all(is_label) {
            Ok(Self::Name(name.to_ascii_lowercase()))
        } else {
            Err(HostError(text.to_owned()))
        }
    }
}

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Self, HostError> {
        text.parse()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => formatter.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(formatter),
            Self::Address(IpAddr::V6(address)) => write!(formatter, "[{address}]"),
        }
    }
}

/// A host and an optional port, as in a `Host` header, and in a URL after the scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The machine.
    pub host: Host,
    /// The port, if there is one.
    pub port: Option<u16>,
}

impl FromStr for Authority {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let wrong = || HostError(text.to_owned());
        let (host, port) = match text.rsplit_once(':') {
            // An IPv6 address without brackets fails below: its host part contains a colon.
            Some((host, port)) if !text.ends_with(']') => (host, port),
            _ => (text, ""),
        };
        let unbracketed = host.contains(':') && !host.starts_with('[');
        if unbracketed || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let port = match port {
            "" => None,
            port => Some(port.parse().map_err(|_| wrong())?),
        };
        let host = host.parse().map_err(|_| wrong())?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(formatter, "{}:{port}", self.host),
            None => self.host.fmt(formatter),
        }
    }
}

/// The hosts of the setting `allowed-hosts`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct AllowedHosts(pub Vec<Host>);

impl FromStr for AllowedHosts {
    type Err = HostError;

    /// Parses hosts separated by commas. The empty text is the empty list, as in an environment variable without a value.
    fn from_str(text: &str) -> Result<Self, HostError> {
        let hosts = text
            .split(',')
            .map(str::trim)
            .filter(|host| !host.is_empty());
        hosts
            .map(Host::from_str)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// The hosts that the server answers for. An attacker can point another name at this machine, so that a browser takes the
/// attacker's page and this server for the same site (DNS rebinding).
#[derive(Clone, Debug)]
pub(crate) struct KnownHosts {
    listed: Vec<Host>,
    /// Whether every address is known.
    any_address: bool,
}

impl KnownHosts {
    /// The listed hosts, this machine, and the address that the server is bound to.
    #[must_use]
    pub(crate) fn new(listed: impl IntoIterator<Item = Host>, bound_to: IpAddr) -> Self {
        let mut listed: Vec<Host> = listed.into_iter().collect();
        listed.push(bound_to.into());
        Self {
            listed,
            // A machine may have many addresses, and rebinding needs a name.
            any_address: bound_to.is_unspecified(),
        }
    }

    /// Whether the server answers for this host.
    #[must_use]
    pub(crate) fn contains(&self, host: &Host) -> bool {
        let is_any = self.any_address && matches!(host, Host::Address(_));
        is_any || host.is_loopback() || self.listed.contains(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_in_one_spelling() {
        let check = |text: &str, expected: &str| {
            let host: Host = text.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(host.to_string(), expected, "{text}");
        };
        check("Todo.Example", "todo.example");
        check("todo.example.", "todo.example");
        check("raspberry_pi-4", "raspberry_pi-4");
        check("192.168.1.5", "192.168.1.5");
        check("::1", "[::1]");
        check("[FD00::0:1]", "[fd00::1]");
        check("[::ffff:127.0.0.1]", "127.0.0.1");
        check(&"x".repeat(253), &"x".repeat(253));
    }

    #[test]
    fn a_text_that_is_not_a_host_is_refused() {
        let long = "x".repeat(254);
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "*",
            "*.a",
            "a b",
            "a/b",
            "a:80",
            "http://a",
            "u@a",
            "a,b",
            "ü.example",
            "a\u{0}",
            "[a]",
            "[::1",
            "::1]",
            "[127.0.0.1]",
            "[fe80::1%25eth0]",
            &long,
        ] {
            assert_eq!(text.parse::<Host>(), Err(HostError(text.into())), "{text}");
        }
    }

    #[test]
    fn an_authority_is_a_host_with_or_without_a_port() {
        let check = |text: &str, host: &str, port: Option<u16>| {
            let authority: Authority = text.parse().unwrap_or_else(|error| panic!("{error}"));
            let actual = (authority.host.to_string(), authority.port);
            assert_eq!(actual, (host.to_owned(), port), "{text}");
        };
        check("a", "a", None);
        check("a:", "a", None);
        check("a:8080", "a", Some(8080));
        check("127.0.0.1:0", "127.0.0.1", Some(0));
        check("[::1]", "[::1]", None);
        check("[::1]:65535", "[::1]", Some(65_535));
        for text in [
            "",
            ":80",
            "a:65536",
            "a:+80",
            "a:x",
            "a:80:80",
            "::1",
            "::1:80",
            "[::1]80",
            "[::1]x:80",
            "a:80/",
            "u@a:80",
            "a, b",
        ] {
            assert!(text.parse::<Authority>().is_err(), "{text}");
        }
    }

    #[test]
    fn allowed_hosts_are_separated_by_commas() {
        let hosts = |text: &str| text.parse().map(|AllowedHosts(hosts)| hosts);
        let name = |name: &str| Host::Name(name.into());
        assert_eq!(hosts(" a.lan, B ,"), Ok(vec![name("a.lan"), name("b")]));
        assert_eq!(hosts(""), Ok(vec![]));
        assert_eq!(hosts("a,b:80"), Err(HostError("b:80".into())));
    }

    #[test]
    fn the_server_is_known_by_loopback_its_address_and_listed_hosts() {
        let check = |bound_to: &str, host: &str, expected: bool| {
            let bound_to = bound_to.parse().unwrap_or_else(|error| panic!("{error}"));
            let known = KnownHosts::new([Host::Name("todo.lan".into())], bound_to);
            let host: Host = host.parse().unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(known.contains(&host), expected, "{host} at {bound_to}");
        };
        for bound_to in ["127.0.0.1", "192.168.1.5", "0.0.0.0", "::", "::1"] {
            for host in [
                "localhost",
                "127.0.0.1",
                "127.9.9.9",
                "[::1]",
                "TODO.lan",
                "todo.lan.",
            ] {
                check(bound_to, host, true);
            }
            let others = [
                "evil.example",
                "x.localhost",
                "localhost.evil.example",
                "a.todo.lan",
                "lan",
            ];
            for host in others {
                check(bound_to, host, false);
            }
        }
        for (bound_to, host, expected) in [
            ("192.168.1.5", "192.168.1.5", true),
            ("192.168.1.5", "192.168.1.6", false),
            ("127.0.0.1", "192.168.1.5", false),
            ("0.0.0.0", "192.168.1.5", true),
            ("0.0.0.0", "[fd00::1]", true),
            ("::", "192.168.1.5", true),
            ("::", "[fd00::1]", true),
            ("fd00::1", "[fd00:0::1]", true),
        ] {
            check(bound_to, host, expected);
        }
    }
}
