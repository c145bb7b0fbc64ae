//! The settings. Flags override environment variables, which override the settings file, which overrides the defaults.

mod limits;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use directories::ProjectDirs;
use serde::Deserialize;

pub use self::limits::{LimitFlags, LimitSettings};
use crate::server::net::{AllowedHosts, Origin, TrustedProxies};
use crate::server::telemetry::log::LogFormat;

/// The settings file that is read if it exists and no other one is named.
pub const DEFAULT_FILE: &str = "Leptos.toml";

/// The value of the setting `data` for a list in memory, which is lost when the server stops.
pub const IN_MEMORY: &str = ":memory:";

/// The settings of the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The name of the built script, WASM module and style sheet.
    pub output_name: String,
    /// The address and port to listen on; port 0 takes a free one.
    pub site_addr: SocketAddr,
    /// The folder with the built page, relative to the working directory.
    pub site_root: PathBuf,
    /// The folder below it with the script, the WASM module and the style sheet.
    pub site_pkg_dir: String,
    /// The data folder, or [`IN_MEMORY`]; `None` for the platform's default.
    pub data: Option<PathBuf>,
    /// Where people reach the server, if not at `site_addr` itself.
    pub public_url: Option<Origin>,
    /// Host names that the server answers for, in addition to its address, `localhost` and the host of `public_url`.
    pub allowed_hosts: AllowedHosts,
    /// The proxies whose `X-Forwarded-For` the server believes.
    pub trusted_proxies: TrustedProxies,
    /// The limits for each client and for all clients together.
    pub limits: LimitSettings,
    /// What to log, as a filter of the `tracing-subscriber` crate (`EnvFilter`).
    pub log: String,
    /// The format of the log.
    pub log_format: LogFormat,
    /// The address and port of the metrics listener, which serves `/metrics`; `None` for no listener.
    pub metrics_addr: Option<SocketAddr>,
    /// How long the server continues to serve after a signal to stop, while `/readyz` answers 503, in seconds.
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

/// The settings given as flags or environment variables.
#[derive(Debug, Default, Args)]
pub struct Flags {
    /// The settings file [default: Leptos.toml, if it exists]
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
    /// The data folder, created if it does not exist; ":memory:" stores nothing
    /// [default: the platform's folder for application data]
    #[arg(global = true, long, value_name = "DIR", env = "TODO_LIST_DATA")]
    pub data: Option<PathBuf>,
    /// Where people reach the server if it is behind a proxy, such as "https://todo.example"
    #[arg(global = true, long, value_name = "URL", env = "TODO_LIST_PUBLIC_URL")]
    pub public_url: Option<Origin>,
    /// More host names that the server answers for, such as "todo.lan,raspberrypi.local"
    #[arg(
        global = true,
        long,
        value_name = "HOST,...",
        env = "TODO_LIST_ALLOWED_HOSTS"
    )]
    pub allowed_hosts: Option<AllowedHosts>,
    /// Proxies whose X-Forwarded-For the server believes, such as "127.0.0.1,10.0.0.0/8"
    #[arg(
        global = true,
        long,
        value_name = "NETWORK,...",
        env = "TODO_LIST_TRUSTED_PROXIES"
    )]
    pub trusted_proxies: Option<TrustedProxies>,
    /// The limits.
    #[command(flatten)]
    pub limits: LimitFlags,
    /// What to log, such as "info" or "todo_list=debug" [default: info]
    #[arg(global = true, long, value_name = "FILTER", env = "RUST_LOG")]
    pub log: Option<String>,
    /// The format of the log [default: text]
    #[arg(
        global = true,
        long,
        value_enum,
        value_name = "FORMAT",
        env = "TODO_LIST_LOG_FORMAT"
    )]
    pub log_format: Option<LogFormat>,
    /// The address and port for a monitoring system, which reads /metrics there [default: none]
    #[arg(
        global = true,
        long,
        value_name = "IP:PORT",
        env = "TODO_LIST_METRICS_ADDR"
    )]
    pub metrics_addr: Option<SocketAddr>,
    /// Seconds to continue after a signal to stop, while /readyz answers 503 [default: 0]
    #[arg(global = true, long, value_name = "SECONDS", env = "TODO_LIST_DRAIN")]
    pub drain: Option<u16>,
}

/// The settings file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that the flag names cannot be read.
    #[error("cannot read the settings file {file}: {cause}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The error of the system.
        cause: std::io::Error,
    },
    /// The platform has no default data folder, for example because the user has no home.
    #[error("there is no default data folder: name one with --data")]
    NoDataFolder,
    /// The data folder is named in a way that would create another one than a person means.
    #[error("the data folder {folder:?} in {place} {problem}")]
    WrongDataFolder {
        /// The value.
        folder: PathBuf,
        /// The flag and variable, or the file.
        place: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The file is not TOML, or has an unknown key or a value of the wrong type.
    #[error("the settings file {file} is invalid: {cause}")]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The place and the reason.
        cause: Box<toml::de::Error>,
    },
}

impl Config {
    /// Loads the settings. The flags contain the values of environment variables where no flag is given.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if a file that is named cannot be read, if the file is invalid, or if the data folder is empty or
    /// begins with `~`.
    pub fn load(flags: Flags) -> Result<Self, ConfigError> {
        let path = match &flags.config {
            Some(file) => Some(file.clone()),
            None => Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists()),
        };
        let file = match &path {
            Some(path) => Self::read(path)?,
            None => Self::default(),
        };
        match (&flags.data, &file.data, &path) {
            (Some(folder), ..) => check_folder(folder, || "--data or TODO_LIST_DATA".into())?,
            (None, Some(folder), Some(path)) => {
                check_folder(folder, || path.display().to_string())?
            }
            (None, ..) => {}
        }
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

    /// The data folder; `None` if the list is in memory only.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoDataFolder`] if none is set and the platform has no default.
    pub fn data_folder(&self) -> Result<Option<PathBuf>, ConfigError> {
        match &self.data {
            Some(folder) if folder.as_os_str() == IN_MEMORY => Ok(None),
            Some(folder) => Ok(Some(folder.clone())),
            None => match ProjectDirs::from("", "", "todo-list") {
                Some(folders) => Ok(Some(folders.data_dir().into())),
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

/// Refuses a path that no administrator has in mind as it stands: `~` and an empty one would be folders in the working
/// directory.
fn check_folder(folder: &Path, place: impl FnOnce() -> String) -> Result<(), ConfigError> {
    let first = folder.components().next();
    let first = first.map(|first| first.as_os_str().to_string_lossy());
    let problem = match first {
        None => "is empty: write the path of a folder, or leave the setting out",
        Some(first) if first.starts_with('~') => {
            "begins with ~, which only a shell replaces: write the whole path, or ./~ for a folder of that name"
        }
        Some(_) => return Ok(()),
    };
    Err(ConfigError::WrongDataFolder {
        folder: folder.into(),
        place: place(),
        problem,
    })
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
        check("= 1", "settings.toml is invalid");
    }

    #[test]
    fn a_data_folder_that_nobody_means_is_refused() {
        let check = |text: &str, data: Option<&str>, expected: Option<&str>| {
            let flags = Flags {
                data: data.map(PathBuf::from),
                ..Flags::default()
            };
            let message = load(text, flags).err().map(|error| error.to_string());
            let is_expected = match (&message, expected) {
                (Some(message), Some(expected)) => message.contains(expected),
                (message, expected) => message.is_none() && expected.is_none(),
            };
            assert!(is_expected, "{text} {data:?}: {message:?}");
        };
        check("data = ''", None, Some("settings.toml is empty"));
        check("data = '~/todo'", None, Some("settings.toml begins with ~"));
        check("data = '~kim/todo'", None, Some("begins with ~"));
        check(
            "",
            Some("~/todo"),
            Some("--data or TODO_LIST_DATA begins with ~"),
        );
        check("", Some(""), Some("is empty"));
        check("data = '~/todo'", Some("todo"), None);
        check("data = './~/todo'", None, None);
        check("data = ':memory:'", None, None);
        check("data = '/srv/~todo'", None, None);
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
