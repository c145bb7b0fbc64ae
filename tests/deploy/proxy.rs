//! A proxy with an example's configuration, on a free port of this machine and with its own certificate, and
//! a client that connects through it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::limits::{output, wait};
use crate::program::file;

/// How long a proxy may take to start, and an event to pass through it.
const LIMIT: Duration = Duration::from_secs(5);

/// The proxies that have an example.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Nginx,
    Caddy,
}

/// A running proxy for `https://todo.example`; killed on drop.
pub struct Proxy {
    child: Child,
    folder: TempDir,
    /// The port of https.
    pub port: u16,
}

/// Replaces every occurrence of a text that must occur.
fn replace(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "{from:?} is missing in {text}");
    *text = text.replace(from, to);
}

/// A port that was free a moment ago: neither proxy can choose a port and report it.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

impl Proxy {
    /// Starts the proxy in front of the server at this address and port.
    pub fn start(kind: Kind, port: u16, server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut openssl = Command::new("openssl");
        openssl
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .args([
                "req",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-subj",
                "/CN=todo.example",
                "-addext",
                "subjectAltName=DNS:todo.example",
                "-keyout",
                "key.pem",
                "-out",
                "certificate.pem",
            ]);
        assert!(output(&mut openssl).status.success());
        let command = match kind {
            Kind::Nginx => nginx(&folder, port, server),
            Kind::Caddy => caddy(&folder, port, server),
        };
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut command = command;
        let child = command
            .current_dir(folder.path())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        let mut proxy = Self {
            child: child.spawn().unwrap(),
            folder,
            port,
        };
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = proxy.child.try_wait().unwrap();
            assert!(
                ended.is_none() && begin.elapsed() < LIMIT,
                "{kind:?} does not start: {}",
                proxy.log()
            );
            thread::yield_now();
        }
        proxy
    }

    /// The log of the proxy.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// A `curl` that trusts the certificate, with further arguments.
    fn curl(&self, path: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--noproxy", "*", "--resolve"]);
        command.arg(format!("todo.example:{}:127.0.0.1", self.port));
        command
            .arg("--cacert")
            .arg(self.folder.path().join("certificate.pem"));
        command
            .args(arguments)
            .arg(format!("{}{path}", self.origin()));
        command.stdout(Stdio::piped());
        command
    }

    /// The public URL.
    pub fn origin(&self) -> String {
        format!("https://todo.example:{}", self.port)
    }

    /// Returns the head and the body of an answer.
    pub fn ask(&self, path: &str, arguments: &[&str]) -> String {
        let output = output(self.curl(path, arguments).arg("--include"));
        assert!(output.status.success(), "{}", self.log());
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Follows a stream.
    pub fn follow(&self, path: &str) -> Follower {
        let mut child = self.curl(path, &["--no-buffer"]).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || send_all(lines, &sender));
        Follower {
            child,
            lines: receiver,
        }
    }
}

fn send_all(lines: BufReader<ChildStdout>, sender: &mpsc::Sender<String>) {
    for line in lines.lines().map_while(Result::ok) {
        if sender.send(line).is_err() {
            break;
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        wait(&mut self.child);
    }
}

/// The lines of a stream as they arrive.
pub struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    /// Waits for a line, which must arrive soon.
    pub fn expect(&self, expected: &str) {
        while self
            .lines
            .recv_timeout(LIMIT)
            .unwrap_or_else(|_| panic!("no {expected:?}"))
            != expected
        {}
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        wait(&mut self.child);
    }
}

fn nginx(folder: &TempDir, port: u16, server: &str) -> Command {
    let path = folder.path().display();
    let mut example = fs::read_to_string(file("deploy/nginx.conf")).unwrap();
    replace(
        &mut example,
        "/etc/letsencrypt/live/todo.example/fullchain.pem",
        &format!("{path}/certificate.pem"),
    );
    replace(
        &mut example,
        "/etc/letsencrypt/live/todo.example/privkey.pem",
        &format!("{path}/key.pem"),
    );
    replace(
        &mut example,
        "server 127.0.0.1:5001;",
        &format!("server {server};"),
    );
    // IPv4 only, and an unprivileged port.
    replace(&mut example, "    listen [::]:443 ssl http2;\n", "");
    replace(&mut example, "    listen [::]:80;\n", "");
    replace(
        &mut example,
        "listen 443 ssl",
        &format!("listen 127.0.0.1:{port} ssl"),
    );
    replace(
        &mut example,
        "listen 80;",
        &format!("listen unix:{path}/http;"),
    );
    let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let folders = folders.map(|name| format!("{name}_temp_path {path}/{name};\n"));
    let text = format!(
        "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log stderr;\nevents {{}}\n\
         http {{\naccess_log off;\n{}{example}}}\n",
        folders.concat()
    );
    let settings = folder.path().join("nginx.conf");
    fs::write(&settings, text).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder.path()).arg("-c").arg(settings);
    // Debian installs it in a folder that is only in root's path.
    command.env(
        "PATH",
        format!("{}:/usr/sbin", std::env::var("PATH").unwrap()),
    );
    command
}

fn caddy(folder: &TempDir, port: u16, server: &str) -> Command {
    let path = folder.path().display();
    let mut example = fs::read_to_string(file("deploy/Caddyfile")).unwrap();
    replace(&mut example, "127.0.0.1:5001\n}", &format!("{server}\n}}"));
    let site = format!(
        "todo.example:{port} {{\n\tbind 127.0.0.1\n\ttls {path}/certificate.pem {path}/key.pem\n"
    );
    replace(&mut example, "\ntodo.example {\n", &format!("\n{site}"));
    let text = format!("{{\n\tadmin off\n\tauto_https off\n}}\n{example}");
    fs::write(folder.path().join("Caddyfile"), text).unwrap();
    let mut command = Command::new("caddy");
    command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
    command
        .env("HOME", folder.path())
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CONFIG_HOME");
    command
}
