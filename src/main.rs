//! The program: reads the arguments and settings, starts the log, and serves or runs another command.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use todo_list::domain::ListId;
use todo_list::server::auth::{Auth, AuthError};
use todo_list::server::cli;
use todo_list::server::cli::healthcheck;
use todo_list::server::cli::healthcheck::Unhealthy;
use todo_list::server::cli::{Action, CliError};
use todo_list::server::cli::{ArgumentError, Arguments, Sources};
use todo_list::server::config::{Config, ConfigError};
use todo_list::server::http;
use todo_list::server::http::assets::{AssetMissing, Assets};
use todo_list::server::http::{monitoring, router, run};
use todo_list::server::journal::{Journal, JournalError, LoadedList, MemoryJournal, SqliteJournal};
use todo_list::server::limits::Limits;
use todo_list::server::process::shutdown::{Shutdown, Signals};
use todo_list::server::process::{self, systemd};
use todo_list::server::store::Store;
use todo_list::server::store::expiry;
use todo_list::server::telemetry::log;

/// How long a stopping server waits for requests that have begun, and then for the journal to close.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    let (arguments, sources) = match Arguments::read() {
        Ok(read) => read,
        Err(ArgumentError::Message(error)) => {
            // `--help` and `--version` are not errors.
            let code = if error.use_stderr() { 64 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
        Err(ArgumentError::Variable(error)) => {
            log::report_fatal(&error);
            return ExitCode::from(64);
        }
    };
    match start(arguments, &sources) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::report_fatal(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn start(arguments: Arguments, sources: &Sources) -> Result<(), Failure> {
    let begin = Instant::now();
    let config = Config::load(arguments.flags)?;
    log::init(&config.log, config.log_format).map_err(|error| Failure::LogFilter {
        filter: config.log.clone(),
        origin: origin(sources, "log"),
        cause: error.to_string(),
    })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        match arguments.action {
            None | Some(Action::Serve) => serve(&config, sources, begin).await,
            Some(Action::Healthcheck) => {
                healthcheck::run(config.site_addr).map_err(|cause| Failure::Unhealthy {
                    cause,
                    origin: origin(sources, "site_addr"),
                })
            }
            Some(action) => Ok(cli::run(action, &config, sources)?),
        }
    });
    // `serve` has already waited for requests and the journal.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn serve(config: &Config, sources: &Sources, begin: Instant) -> Result<(), Failure> {
    if SystemTime::now() < UNIX_EPOCH {
        // Responses have a `Date` header, which hyper cannot write for a time before 1970.
        return Err(Failure::ClockNotSet);
    }
    let assets = Assets::find(config, hash_file().as_deref())?;
    // Before the data folder is created: a taken address needs another setting, and maybe another folder.
    let socket = bind(config.site_addr, sources, "site_addr")?;
    let monitor = match config.metrics_addr {
        Some(address) => Some(bind(address, sources, "metrics_addr")?),
        None => None,
    };
    let (journal, list) = open_journal(config.data_folder()?)?;
    let auth = Auth::open(config.data_folder()?.as_deref(), config)?;
    let store = Store::start(journal, list)?;
    process::raise_open_file_limit();
    let limits = Limits::new(config);
    let listener = listen(socket, config.site_addr, sources, "site_addr")?;
    let monitor = match (monitor, config.metrics_addr) {
        (Some(socket), Some(address)) => Some(listen(socket, address, sources, "metrics_addr")?),
        _ => None,
    };
    let mut signals = Signals::watch()?;
    let address = listener.local_addr()?;
    store.metrics().observe_startup(begin.elapsed());
    let scope = if address.ip().is_loopback() {
        " for this machine only"
    } else {
        ""
    };
    tracing::info!("listening on http://{address}/{scope}");
    if auth.is_open_to_all() {
        tracing::warn!(
            "every client that reaches this server can read and change the list: \
             `todo-list password` sets a password"
        );
    }
    if config.public_url.is_some() && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "public-url is set but trusted-proxies is not: all clients behind a proxy count as one"
        );
    }
    let (drain, draining) = Shutdown::channel();
    if let Some(listener) = monitor {
        tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
        let routes = monitoring(&store, config, draining.clone());
        // The monitoring listener runs until the program ends, also while the server drains.
        tokio::spawn(run(listener, routes, Limits::of_metrics(config), pending()));
    }
    let stop = Arc::new(Notify::new());
    let stopping = stop.clone();
    let routes = router(&store, &auth, assets, config, draining);
    let served = run(listener, routes, limits, async move {
        stopping.notified().await;
    });
    let mut served = pin!(served);
    systemd::notify(&format!("READY=1\nSTATUS=Listening on http://{address}/"));
    tokio::spawn(expiry::run(store.clone()));
    tokio::spawn(auth.follow());
    let pinged = store.clone();
    tokio::spawn(systemd::watchdog(async move |limit| {
        pinged.ping(limit).await
    }));
    let mut failure = tokio::select! {
        served = &mut served => return Ok(served?),
        _ = signals.next() => None,
        error = store.failed() => Some(error),
    };
    drain.begin();
    systemd::notify("STOPPING=1\nSTATUS=Stopping");
    tokio::spawn(exit_on_next_signal(signals));
    tokio::select! {
        served = &mut served => return Ok(served?),
        error = store.failed() => failure = Some(error),
        () = sleep(Duration::from_secs(config.drain.into())) => {}
    }
    // Requests that have begun get their responses. The timeout ends connections that hang.
    stop.notify_one();
    match timeout(SHUTDOWN_TIMEOUT, served).await {
        Ok(served) => served?,
        Err(_) => tracing::warn!("stopped before all requests had ended"),
    }
    // Acknowledged commands are already on the disk. Shutdown copies the write-ahead log into the database file.
    match timeout(SHUTDOWN_TIMEOUT, store.close()).await {
        Ok(closed) => failure = failure.or(closed),
        Err(_) => tracing::warn!("stopped before the journal was closed"),
    }
    if let Some(error) = failure {
        return Err(Failure::JournalFailed(error));
    }
    tracing::info!("stopped");
    Ok(())
}

/// Opens the journal in the data folder, or one in memory, and loads the list.
fn open_journal(folder: Option<PathBuf>) -> Result<(Box<dyn Journal>, LoadedList), JournalError> {
    let Some(folder) = folder else {
        let mut journal = MemoryJournal::default();
        let loaded = journal.load(ListId::HOME)?;
        return Ok((Box::new(journal), loaded));
    };
    let (journal, loaded) = SqliteJournal::open(&folder)?;
    Ok((Box::new(journal), loaded))
}

fn bind(address: SocketAddr, sources: &Sources, setting: &str) -> Result<TcpSocket, Failure> {
    let origin = || origin(sources, setting);
    http::bind(address).map_err(|cause| Failure::listen(address, origin(), cause))
}

fn listen(
    socket: TcpSocket,
    address: SocketAddr,
    sources: &Sources,
    setting: &str,
) -> Result<TcpListener, Failure> {
    let origin = || origin(sources, setting);
    http::listen_on(socket).map_err(|cause| Failure::listen(address, origin(), cause))
}

/// Where the value of a setting comes from, in words for the end of a message.
fn origin(sources: &Sources, setting: &str) -> String {
    let source = sources.of(setting);
    let source = source.unwrap_or("the settings file, or the default");
    format!("(from {source})")
}

/// Ends the program at the next signal, without waiting for requests. Acknowledged commands are already on the disk.
async fn exit_on_next_signal(mut signals: Signals) {
    let code = signals.next().await;
    tracing::warn!("stopped at once because of a second signal");
    std::process::exit(code.into());
}

/// Why the program ends with an error. The exit codes are those of BSD's sysexits.h.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the log filter {filter:?} is wrong: {cause} {origin}")]
    LogFilter {
        filter: String,
        cause: String,
        origin: String,
    },
    #[error(transparent)]
    Cli(#[from] CliError),
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error("{cause} {origin}")]
    Unhealthy { cause: Unhealthy, origin: String },
    #[error(transparent)]
    Assets(#[from] AssetMissing),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the data can no longer be written: {0}")]
    JournalFailed(Arc<JournalError>),
    #[error("cannot listen on {address}: {cause} {origin}{hint}")]
    Listen {
        address: SocketAddr,
        cause: io::Error,
        origin: String,
        hint: &'static str,
    },
    #[error("the clock of this machine stands before 1970: set it")]
    ClockNotSet,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Failure {
    fn listen(address: SocketAddr, origin: String, cause: io::Error) -> Self {
        let hint = match cause.kind() {
            io::ErrorKind::AddrInUse => {
                ": another program uses this port, so stop it or choose another one"
            }
            _ => "",
        };
        Self::Listen {
            address,
            cause,
            origin,
            hint,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::LogFilter { .. } | Self::Assets(_) => 64,
            Self::Unhealthy { .. } => 69,
            Self::Cli(error) => error.exit_code(),
            Self::Journal(error) => error.exit_code(),
            Self::JournalFailed(error) => error.exit_code(),
            Self::Auth(AuthError::Newer(_)) => 78,
            Self::Auth(_) | Self::Listen { .. } | Self::ClockNotSet | Self::Io(_) => 74,
        }
    }
}

/// The path of the file with hashes that cargo-leptos writes beside the binary. `None` if the binary was built for file
/// names without hashes: an earlier build may have left the file.
fn hash_file() -> Option<PathBuf> {
    if option_env!("LEPTOS_HASH_FILES") == Some("false") {
        return None;
    }
    let binary = std::env::current_exe().ok()?;
    Some(binary.with_file_name("hash.txt"))
}
