//! `todo-list healthcheck`: whether the server on this machine is healthy, for container images that contain no other
//! HTTP client. One fixed request over a blocking socket needs no library.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The time limit for connecting, for each write and for each read.
const IO_TIMEOUT: Duration = Duration::from_secs(4);

/// Why the server does not count as healthy.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    /// The server cannot be reached, or does not respond.
    #[error("no server answers at {0}: {1}")]
    NoAnswer(SocketAddr, io::Error),
    /// The settings name no port.
    #[error("the port of the server is not known: {0} means any free port, so name it with --addr")]
    AnyPort(SocketAddr),
    /// Standard output cannot be written.
    #[error("the server at {0} is healthy, but that cannot be written: {1}")]
    Output(SocketAddr, io::Error),
    /// The status is not 200.
    #[error("the server at {0} answers {1:?}")]
    Answer(SocketAddr, String),
}

/// Requests `/healthz` from the server that listens on `address`, and says on standard output that it is healthy. Connecting to the unspecified address (`0.0.0.0` or
/// `::`) reaches this machine.
///
/// # Errors
///
/// [`Unhealthy`], unless the server responds with status 200 within a few seconds.
pub fn run(address: SocketAddr) -> Result<(), Unhealthy> {
    if address.port() == 0 {
        return Err(Unhealthy::AnyPort(address));
    }
    let status =
        request_status_line(address).map_err(|error| Unhealthy::NoAnswer(address, error))?;
    if status.starts_with("HTTP/1.1 200") {
        let written = writeln!(io::stdout(), "the server at http://{address}/ is healthy");
        written.map_err(|error| Unhealthy::Output(address, error))
    } else {
        Err(Unhealthy::Answer(address, status))
    }
}

/// The first line of the response.
fn request_status_line(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, IO_TIMEOUT)?;
    stream.set_read_timeout(Some(IO_TIMEOUT))?;
    stream.set_write_timeout(Some(IO_TIMEOUT))?;
    // A host name that every server accepts.
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut response = [0; 64];
    let mut length = 0;
    while length < response.len() && !response[..length].contains(&b'\n') {
        match stream.read(&mut response[length..])? {
            0 => break,
            read => length += read,
        }
    }
    let response = String::from_utf8_lossy(&response[..length]);
    Ok(response.lines().next().unwrap_or_default().to_owned())
}
