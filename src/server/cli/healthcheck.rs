//! `todo-list healthcheck`: whether the server on this machine answers. For containers that hold nothing but the
//! program, so that there is no other to ask with.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long it may take to connect, to be heard, and to be answered.
const LIMIT: Duration = Duration::from_secs(4);

/// The server is not there, or does not say that it is well.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// Nobody answers.
    #[error("no server answers at {0}: {1}")]
    NoAnswer(SocketAddr, io::Error),
    /// It answers something other than 200.
    #[error("the server at {0} answers {1:?}")]
    Answer(SocketAddr, String),
}

/// Asks the server that listens on `address` for `/healthz`. To connect to all addresses is to connect to this
/// machine.
///
/// # Errors
///
/// [`Unhealthy`], unless the answer is 200 within a few seconds.
pub fn run(address: SocketAddr) -> Result<(), Unhealthy> {
    let status = ask(address).map_err(|error| Unhealthy::NoAnswer(address, error))?;
    if status.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(Unhealthy::Answer(address, status))
    }
}

/// The first line of the answer.
fn ask(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    // A name that every server knows as its own.
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut answer = [0; 64];
    let mut length = 0;
    while length < answer.len() && !answer[..length].contains(&b'\n') {
        match stream.read(&mut answer[length..])? {
            0 => break,
            read => length += read,
        }
    }
    let answer = String::from_utf8_lossy(&answer[..length]);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
