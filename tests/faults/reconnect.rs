//! Thousands of browsers reconnect at the same moment, as after a restart.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::program::{Sandbox, tell};

const BROWSERS: usize = 2_000;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// They connect while the server is busy and accepts none of them. The system must reject none, because a client
/// retries a rejected connection only after a second.
#[test]
fn two_thousand_simultaneous_browsers_all_get_the_page() {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(files > 2_500, "the test needs more open files than {files}");
    let limit = fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let browsers = limit
        .trim()
        .parse()
        .map_or(BROWSERS, |limit: usize| limit.min(BROWSERS));
    if browsers < BROWSERS {
        eprintln!("ONLY {browsers} browsers: net.core.somaxconn allows no more");
    }
    let sandbox = Sandbox::new();
    let running = sandbox.start();
    let address = running.url.trim_start_matches("http://").parse().unwrap();
    running.signal("-STOP");
    let soon = Duration::from_millis(900);
    let mut streams = Vec::new();
    for number in 0..browsers {
        let stream = TcpStream::connect_timeout(&address, soon);
        let mut stream = stream.unwrap_or_else(|error| panic!("number {number}: {error}"));
        stream.write_all(REQUEST).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        streams.push(stream);
    }
    running.signal("-CONT");
    let begin = Instant::now();
    for mut stream in streams {
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        assert!(
            page.starts_with("HTTP/1.1 200") && page.contains("</html>"),
            "{page}"
        );
    }
    tell(&format!(
        "{browsers} browsers have the page after {:?}",
        begin.elapsed()
    ));
    running.stop();
}
