//! The reference servers, each in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::net::TcpListener;

/// The argument that makes this program a reference server.
const ROLE: &str = "--reference";

/// A running reference server.
pub struct Reference {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Reference {
    /// A bare axum server that always sends this answer.
    pub fn bare((head, body): &(String, Vec<u8>)) -> Self {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [head.as_bytes(), body].concat()).unwrap();
        Self::start(
            Command::new(std::env::current_exe().unwrap())
                .arg(ROLE)
                .arg(file.path()),
        )
    }

    /// A bare axum server with the tutorial's handlers and a vector behind a lock.
    pub fn items() -> Self {
        Self::start(Command::new(std::env::current_exe().unwrap()).arg(ROLE))
    }

    /// The tutorial's server, if there is a folder with Flask.
    pub fn flask() -> Option<Self> {
        let folder = flask_folder()?;
        let own = folder.join("bin/python3");
        // A folder without an interpreter was filled by pip.
        let mut python = match own.exists() {
            true => Command::new(own),
            false => Command::new("python3"),
        };
        python.env("PYTHONPATH", &folder);
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/flask/app.py");
        Some(Self::start(python.arg(program).stderr(Stdio::null())))
    }

    /// Starts a server, which prints its address as the first line.
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut address).unwrap();
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let address = address.trim_end().to_owned();
        assert!(!address.is_empty(), "the reference does not start");
        Self { child, address }
    }
}

impl Drop for Reference {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder that `TODO_LIST_FLASK` names, if Flask could be installed there.
pub fn flask_folder() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("TODO_LIST_FLASK")?);
    folder.join("installed").exists().then_some(folder)
}

/// Runs a reference server, if this process was started as one.
pub fn serve_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ROLE) {
        return;
    }
    let router = match arguments.next() {
        Some(file) => same_answer(&file),
        None => items(),
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        // As our server does: axum leaves Nagle's algorithm on.
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, router).await.unwrap();
    });
}

/// Answers every request with the body and the content headers in the file, or 304 if the
/// client has it.
fn same_answer(file: &str) -> Router {
    const OF_BODY: [HeaderName; 3] = [header::CONTENT_TYPE, header::CONTENT_ENCODING, header::ETAG];
    let mut answer = Vec::new();
    let mut file = std::fs::File::open(file).unwrap();
    file.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|end| end == b"\r\n\r\n")
        .unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let body = Bytes::from(answer.split_off(end + 4));
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let headers = lines.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let headers: HeaderMap = headers
        .filter(|(name, _): &(HeaderName, HeaderValue)| OF_BODY.contains(name))
        .collect();
    let answer = async move |request: HeaderMap| match request.get(header::IF_NONE_MATCH) {
        Some(tag) if Some(tag) == headers.get(header::ETAG) => {
            (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.clone())]).into_response()
        }
        _ => (headers.clone(), body.clone()).into_response(),
    };
    Router::new().fallback(get(answer))
}

/// The tutorial's API without persistence.
fn items() -> Router {
    let items = Arc::new(Mutex::new(Vec::<String>::new()));
    let all = items.clone();
    let list = async move || Json(all.lock().unwrap().clone());
    let create = async move |Json(body): Json<Value>| match body["item"].as_str() {
        Some(item) if !item.is_empty() => {
            items.lock().unwrap().push(item.into());
            let answer = json!({ "status": "success", "item": item });
            (StatusCode::CREATED, Json(answer))
        }
        _ => {
            let answer = json!({ "error": "Missing item data in request" });
            (StatusCode::BAD_REQUEST, Json(answer))
        }
    };
    Router::new().route("/api/items", get(list).post(create))
}
