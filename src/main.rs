//! The program: reads the settings, starts the log, and serves.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use todo_list::server::assets::Assets;
use todo_list::server::config::{Config, Flags};
use todo_list::server::store::Store;
use todo_list::server::{router, run, shutdown};

#[tokio::main]
async fn main() -> ExitCode {
    match serve(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("todo-list: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load(flags)?;
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|error| format!("the log filter {:?} is wrong: {error}", config.log))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();

    let assets = Assets::find(&config, hash_file().as_deref())?;
    let store = Store::with_first_items()?;
    let listener = TcpListener::bind(config.site_addr)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", config.site_addr))?;
    let asked_to_stop = shutdown::requested()?;
    tracing::info!("listening on http://{}/", listener.local_addr()?);
    run(listener, router(&store, assets), asked_to_stop).await?;
    tracing::info!("stopped");
    Ok(())
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
