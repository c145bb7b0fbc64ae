//! The program: reads the settings, starts the log, and serves.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Parser;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use todo_list::server::auth::{Access, AccessError};
use todo_list::server::cli;
use todo_list::server::cli::Arguments;
use todo_list::server::cli::healthcheck;
use todo_list::server::cli::healthcheck::Unhealthy;
use todo_list::server::cli::{Action, AdminError};
use todo_list::server::config::{Config, ConfigError};
use todo_list::server::http::assets::{AssetMissing, Assets};
use todo_list::server::http::{listen, monitoring, router, run};
use todo_list::server::journal::{Journal, JournalError};
use todo_list::server::limits::Limits;
use todo_list::server::process::shutdown::{Closing, Signals};
use todo_list::server::process::systemd;
use todo_list::server::store::Store;
use todo_list::server::store::expiry;
use todo_list::server::telemetry::log;

/// How long requests that have begun, and then the journal, may take to end when the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

fn main() -> ExitCode {
    let arguments = Arguments::try_parse().unwrap_or_else(|error| {
        // Help and version are no mistakes.
        let code = if error.use_stderr() { 64 } else { 0 };
        let _ = error.print();
        std::process::exit(code)
    });
    match start(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::last_words(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn start(arguments: Arguments) -> Result<(), Failure> {
    let begin = Instant::now();
    let config = Config::load(arguments.flags)?;
    log::start(&config.log, config.log_format)
        .map_err(|error| Failure::LogFilter(config.log.clone(), error.to_string()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        match arguments.action {
            None | Some(Action::Serve) => serve(&config, begin).await,
            Some(Action::Healthcheck) => Ok(healthcheck::run(config.site_addr)?),
            Some(action) => Ok(cli::run(action, &config)?),
        }
    });
    // What is still under way has had its time.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn serve(config: &Config, begin: Instant) -> Result<(), Failure> {
    if SystemTime::now() < UNIX_EPOCH {
        // Responses carry a date, which hyper cannot write for a time before 1970.
        return Err(Failure::NoClock);
    }
    let assets = Assets::find(config, hash_file().as_deref())?;
    let (journal, list) = match config.data_folder()? {
        Some(folder) => Journal::open(&folder)?,
        None => Journal::in_memory()?,
    };
    let access = Access::open(config.data_folder()?.as_deref(), config)?;
    let store = Store::start(journal, list)?;
    let limits = Limits::new(config);
    let listener = bind(config.site_addr)?;
    let monitor = match config.metrics_addr {
        Some(address) => Some(bind(address)?),
        None => None,
    };
    let mut signals = Signals::watch()?;
    let address = listener.local_addr()?;
    store.metrics().started(begin.elapsed());
    let reach = if address.ip().is_loopback() {
        " for this machine only"
    } else {
        ""
    };
    tracing::info!("listening on http://{address}/{reach}");
    if access.is_open_to_all() {
        tracing::warn!(
            "every client that reaches this server can read and change the list: \
             `todo-list password` sets a password"
        );
    }
    if config.public_url.is_some() && config.trusted_proxies.is_empty() {
        tracing::warn!(
            "public-url is set and trusted-proxies is not: all clients behind a proxy count as one"
        );
    }
    let (drain, draining) = Closing::channel();
    if let Some(listener) = monitor {
        tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
        let routes = monitoring(&store, config, draining.clone());
        // It answers until the program ends.
        tokio::spawn(run(listener, routes, Limits::of_metrics(config), pending()));
    }
    let stop = Arc::new(Notify::new());
    let stopping = stop.clone();
    let routes = router(&store, &access, assets, config, draining);
    let served = run(listener, routes, limits, async move {
        stopping.notified().await;
    });
    let mut served = pin!(served);
    systemd::notify(&format!("READY=1\nSTATUS=Listening on http://{address}/"));
    tokio::spawn(expiry::run(store.clone()));
    tokio::spawn(access.follow());
    let watched = store.clone();
    tokio::spawn(systemd::watchdog(async move |limit| {
        watched.is_at_work(limit).await
    }));
    let mut failure = tokio::select! {
        served = &mut served => return Ok(served?),
        _ = signals.next() => None,
        error = store.failed() => Some(error),
    };
    drain.begin();
    systemd::notify("STOPPING=1\nSTATUS=Stopping");
    tokio::spawn(exit_at_next(signals));
    tokio::select! {
        served = &mut served => return Ok(served?),
        error = store.failed() => failure = Some(error),
        () = sleep(Duration::from_secs(config.drain.into())) => {}
    }
    // Requests that have begun get their responses; a connection that hangs does not keep the program.
    stop.notify_one();
    match timeout(SHUTDOWN_TIMEOUT, served).await {
        Ok(served) => served?,
        Err(_) => tracing::warn!("stopped with requests that did not end"),
    }
    // Acknowledged commands are on the disk already. Closing leaves the data in one file.
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

fn bind(address: SocketAddr) -> Result<TcpListener, Failure> {
    listen(address).map_err(|error| Failure::Listen(address, error))
}

/// Ends the program at the next signal, without waiting for requests. Acknowledged commands are on the disk.
async fn exit_at_next(mut signals: Signals) {
    let code = signals.next().await;
    tracing::warn!("stopped at once, at a second signal");
    std::process::exit(code.into());
}

/// Why the program ends. The exit codes are those of BSD's sysexits.h.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the log filter {0:?} is wrong: {1}")]
    LogFilter(String, String),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Unhealthy(#[from] Unhealthy),
    #[error(transparent)]
    Assets(#[from] AssetMissing),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the data can no longer be written, and the program ends: {0}")]
    JournalFailed(Arc<JournalError>),
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, io::Error),
    #[error("the clock of this machine stands before 1970: set it")]
    NoClock,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) | Self::LogFilter(..) | Self::Assets(_) => 64,
            Self::Unhealthy(_) => 69,
            Self::Admin(error) => error.exit_code(),
            Self::Journal(error) => error.exit_code(),
            Self::JournalFailed(error) => error.exit_code(),
            Self::Access(AccessError::Newer(_)) => 78,
            Self::Access(_) | Self::Listen(..) | Self::NoClock | Self::Io(_) => 74,
        }
    }
}

/// The file with the hashes that cargo-leptos writes beside the binary. A binary that was built for
/// plain names must not look at the one that an earlier build has left.
fn hash_file() -> Option<PathBuf> {
    if option_env!("LEPTOS_HASH_FILES") == Some("false") {
        return None;
    }
    let binary = std::env::current_exe().ok()?;
    Some(binary.with_file_name("hash.txt"))
}
