//! The settings: defaults, then the file Leptos.toml, then environment variables, then flags.

mod limits;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use directories::ProjectDirs;
use serde::Deserialize;

pub use self::limits::{LimitFlags, LimitSettings};
use crate::server::net::TrustedProxies;
use crate::server::net::{AllowedHosts, Origin};
use crate::server::telemetry::log::LogFormat;

/// The file that is read when no other is named, if it is there.
pub const DEFAULT_FILE: &str = "Leptos.toml";

/// The data folder that is none: the list is gone when the server stops.
pub const IN_MEMORY: &str = ":memory:";

/// What the server runs with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The name of the built script, WASM module and style sheet.
    pub output_name: String,
    /// The address and port to listen on; port 0 takes a free one.
    pub site_addr: SocketAddr,
    /// The folder with the built page, from the working directory.
    pub site_root: PathBuf,
    /// The folder below it with the script, the WASM module and the style sheet.
    pub site_pkg_dir: String,
    /// The folder that holds the data, or [`IN_MEMORY`]; `None` is the platform's own place.
    pub data: Option<PathBuf>,
    /// Where people reach the server, if not at `site_addr` itself.
    pub public_url: Option<Origin>,
    /// The names that the server answers to, besides those that it knows by itself.
    pub allowed_hosts: AllowedHosts,
    /// The proxies that are believed whom they speak for.
    pub trusted_proxies: TrustedProxies,
    /// What one client, and all of them together, may take.
    pub limits: LimitSettings,
    /// What to log, as a filter of the `tracing-subscriber` crate (`EnvFilter`).
    pub log: String,
    /// In which form it is logged.
    pub log_format: LogFormat,
    /// The address and port for a monitoring system, which may read `/metrics` there; `None` for none.
    pub metrics_addr: Option<SocketAddr>,
    /// How long the server goes on when it is asked to stop, and says that it is not ready, in seconds.
    pub drain: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            output_name: "todo-list".into(),
            site_addr: (Ipv4Addr::LOCALHOST, 5001).into(),
            site_root: "target/site".into(),
            site_pkg_dir: "pkg".into(),
            data: None,
            public_url: None,
            allowed_hosts: AllowedHosts::default(),
            trusted_proxies: TrustedProxies::default(),
            limits: LimitSettings::default(),
            log: "info".into(),
            log_format: LogFormat::default(),
            metrics_addr: None,
            drain: 0,
        }
    }
}

/// The settings that were given as flags or environment variables.
#[derive(Debug, Default, Args)]
pub struct Flags {
    /// The settings file [default: Leptos.toml, if there is one]
    #[arg(global = true, long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The address and port to listen on; port 0 takes a free one [default: 127.0.0.1:5001]
    #[arg(
        global = true,
        long = "addr",
        value_name = "IP:PORT",
        env = "LEPTOS_SITE_ADDR"
    )]
    pub site_addr: Option<SocketAddr>,
    /// The folder with the built page, if it is not inside the program [default: target/site]
    #[arg(global = true, long, value_name = "DIR", env = "LEPTOS_SITE_ROOT")]
    pub site_root: Option<PathBuf>,
    /// The folder below it with the script and the style sheet [default: pkg]
    #[arg(global = true, long, value_name = "NAME", env = "LEPTOS_SITE_PKG_DIR")]
    pub site_pkg_dir: Option<String>,
    /// The name of the built files [default: todo-list]
    #[arg(global = true, long, value_name = "NAME", env = "LEPTOS_OUTPUT_NAME")]
    pub output_name: Option<String>,
    /// The folder that holds the data, made if it is not there; ":memory:" keeps nothing
    /// [default: the platform's folder for the data of programs]
    #[arg(global = true, long, value_name = "DIR", env = "TODO_LIST_DATA")]
    pub data: Option<PathBuf>,
    /// Where people reach the server, such as "https://todo.example", if a proxy stands before it
    #[arg(global = true, long, value_name = "URL", env = "TODO_LIST_PUBLIC_URL")]
    pub public_url: Option<Origin>,
    /// More names that the server answers to, such as "todo.lan,raspberrypi.local"
    #[arg(
        global = true,
        long,
        value_name = "HOST,...",
        env = "TODO_LIST_ALLOWED_HOSTS"
    )]
    pub allowed_hosts: Option<AllowedHosts>,
    /// Proxies that are believed whom they speak for (X-Forwarded-For), such as "127.0.0.1,10.0.0.0/8"
    #[arg(
        global = true,
        long,
        value_name = "NETWORK,...",
        env = "TODO_LIST_TRUSTED_PROXIES"
    )]
    pub trusted_proxies: Option<TrustedProxies>,
    /// What clients may take.
    #[command(flatten)]
    pub limits: LimitFlags,
    /// What to log, such as "info" or "todo_list=debug" [default: info]
    #[arg(global = true, long, value_name = "FILTER", env = "RUST_LOG")]
    pub log: Option<String>,
    /// In which form to log [default: text]
    #[arg(
        global = true,
        long,
        value_enum,
        value_name = "FORMAT",
        env = "TODO_LIST_LOG_FORMAT"
    )]
    pub log_format: Option<LogFormat>,
    /// The address and port for a monitoring system, which may read /metrics there [default: none]
    #[arg(
        global = true,
        long,
        value_name = "IP:PORT",
        env = "TODO_LIST_METRICS_ADDR"
    )]
    pub metrics_addr: Option<SocketAddr>,
    /// How many seconds to go on when asked to stop, while /readyz says 503 [default: 0]
    #[arg(global = true, long, value_name = "SECONDS", env = "TODO_LIST_DRAIN")]
    pub drain: Option<u16>,
}

/// The settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It was named, and cannot be read.
    #[error("cannot read the settings file {file}: {cause}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// There is no home to put the data in.
    #[error("there is no folder for the data: name one with --data")]
    NoDataFolder,
    /// It is not TOML, or has an unknown key or a value of the wrong kind.
    #[error("the settings file {file} is wrong: {cause}")]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Where and why.
        cause: Box<toml::de::Error>,
    },
}

impl Config {
    /// Puts the settings together. The flags hold the environment variables where no flag was given.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for a file that was named and cannot be read, or that has a mistake in it.
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        let file = match &flags.config {
            Some(file) => Self::read(file)?,
            None if Path::new(DEFAULT_FILE).exists() => Self::read(Path::new(DEFAULT_FILE))?,
            None => Self::default(),
        };
        Ok(Self {
            output_name: flags.output_name.unwrap_or(file.output_name),
            site_addr: flags.site_addr.unwrap_or(file.site_addr),
            site_root: flags.site_root.unwrap_or(file.site_root),
            site_pkg_dir: flags.site_pkg_dir.unwrap_or(file.site_pkg_dir),
            data: flags.data.or(file.data),
            public_url: flags.public_url.or(file.public_url),
            allowed_hosts: flags.allowed_hosts.unwrap_or(file.allowed_hosts),
            trusted_proxies: flags.trusted_proxies.unwrap_or(file.trusted_proxies),
            limits: file.limits.overridden(&flags.limits),
            log: flags.log.unwrap_or(file.log),
            log_format: flags.log_format.unwrap_or(file.log_format),
            metrics_addr: flags.metrics_addr.or(file.metrics_addr),
            drain: flags.drain.unwrap_or(file.drain),
        })
    }

    /// The folder that holds the data; `None` if the list is kept in memory only.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoDataFolder`] when none is set and the platform has no place for it.
    pub fn data_folder(&self) -> Result<Option<PathBuf>, ConfigError> {
        match &self.data {
            Some(folder) if folder.as_os_str() == IN_MEMORY => Ok(None),
            Some(folder) => Ok(Some(folder.clone())),
            None => match ProjectDirs::from("", "", "todo-list") {
                Some(places) => Ok(Some(places.data_dir().into())),
                None => Err(ConfigError::NoDataFolder),
            },
        }
    }

    fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|cause| ConfigError::Unreadable {
            file: file.into(),
            cause,
        })?;
        toml::from_str(&text).map_err(|cause| ConfigError::Invalid {
            file: file.into(),
            cause: Box::new(cause),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, flags: Flags) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("settings.toml");
        std::fs::write(&file, text).expect("a writable file");
        Config::load(Flags {
            config: Some(file),
            ..flags
        })
    }

    #[test]
    fn the_file_overrides_the_defaults_and_a_flag_overrides_the_file() {
        let text = "site-addr = '127.0.0.1:81'\nlog = 'warn'";
        let flags = Flags {
            log: Some("debug".into()),
            ..Flags::default()
        };
        let expected = Config {
            site_addr: (Ipv4Addr::LOCALHOST, 81).into(),
            log: "debug".into(),
            ..Config::default()
        };
        assert_eq!(load(text, flags).expect("valid settings"), expected);
    }

    #[test]
    fn a_mistake_in_the_file_is_named() {
        let check = |text: &str, expected: &str| {
            let message = load(text, Flags::default()).expect_err(text).to_string();
            assert!(message.contains(expected), "{message}");
        };
        check("site-adr = '127.0.0.1:81'", "site-adr");
        check("site-addr = 'everywhere'", "invalid socket address");
        check("public-url = 'todo.example'", "does not begin with http");
        check("allowed-hosts = ['a:80']", "\"a:80\" is not a host");
        check("trusted-proxies = ['a']", "\"a\" is neither an IP address");
        check("[limits]\nmax-stream = 1", "max-stream");
        check("[limits]\nmax-streams = -1", "max-streams");
        check("= 1", "settings.toml is wrong");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let flags = Flags {
            config: Some("no/such/file.toml".into()),
            ..Flags::default()
        };
        let message = Config::load(flags).expect_err("no such file").to_string();
        assert!(message.contains("no/such/file.toml"), "{message}");
    }
}
