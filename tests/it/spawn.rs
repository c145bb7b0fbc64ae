//! Starts the real router on a free port of the loopback interface.

use std::path::Path;

use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use todo_list::domain::{HashKey, List, Title};
use todo_list::server::auth::Auth;
use todo_list::server::config::Config;
use todo_list::server::http::assets::Assets;
use todo_list::server::http::assets::embedded::Embedded;
use todo_list::server::http::{router, run};
use todo_list::server::limits::Limits;
use todo_list::server::process::raise_open_file_limit;
use todo_list::server::process::shutdown::Shutdown;
use todo_list::server::store::{Store, new_item};

/// The hash key of the lists in these tests.
pub const KEY: HashKey = HashKey::new([7; 16]);

/// A running server with its own list and a built page of empty files.
pub struct Server {
    pub url: String,
    pub store: Store,
    pub auth: Auth,
    client: Client,
    _site: Option<TempDir>,
}

/// The files that a build writes into the site folder.
pub const BUILT_FILES: [&str; 3] = [
    "pkg/todo-list.js",
    "pkg/todo-list.wasm",
    "pkg/todo-list.css",
];

/// Writes a built page in which every file contains its own name.
pub fn build_site(folder: &Path) {
    std::fs::create_dir_all(folder.join("pkg")).unwrap();
    for name in BUILT_FILES {
        std::fs::write(folder.join(name), name).unwrap();
    }
}

/// A folder to start the program in, with a built page in it.
pub fn folder_with_page() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    build_site(&folder.path().join("target/site"));
    folder
}

impl Server {
    /// Starts a server with the two initial items.
    pub async fn start() -> Self {
        Self::with_store(Store::in_memory().unwrap()).await
    }

    /// Starts a server with a full list.
    pub async fn start_full() -> Self {
        let title = Title::parse("x").unwrap();
        let items = (0..List::MAX_ITEMS).map(|_| new_item(title.clone()));
        Self::with_list(List::at_revision(KEY, 1, items)).await
    }

    /// Starts a server with this list.
    pub async fn with_list(list: List) -> Self {
        Self::with_store(Store::in_memory_with(list).unwrap()).await
    }

    /// Starts a server with this store.
    pub async fn with_store(store: Store) -> Self {
        Self::with(store, Config::default()).await
    }

    /// Starts a fresh server with these host and origin settings.
    pub async fn with_config(config: Config) -> Self {
        Self::with(Store::in_memory().unwrap(), config).await
    }

    /// Starts a server with this store and these sessions.
    pub async fn with_access(store: Store, auth: Auth) -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let config = Config::default();
        let limits = Limits::new(&config);
        Self::with_all(store, auth, config, limits, site, "").await
    }

    /// Starts a server with this store and these settings.
    pub async fn with_settings(store: Store, config: Config) -> Self {
        Self::with(store, config).await
    }

    async fn with(store: Store, config: Config) -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let limits = Limits::new(&config);
        Self::with_site(store, config, limits, site, "").await
    }

    /// Starts a fresh server with these settings and limits.
    pub async fn with_limits(config: Config, change: fn(&mut Limits)) -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let mut limits = Limits::new(&config);
        change(&mut limits);
        Self::with_site(Store::in_memory().unwrap(), config, limits, site, "").await
    }

    /// Starts a fresh server whose built files have hashes in their names, as in a release. `change` may put more
    /// files into its folder.
    pub async fn start_hashed(change: fn(&Path)) -> Self {
        let site = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(site.path().join("pkg")).unwrap();
        for name in ["j1.js", "w2.wasm", "c3.css"] {
            std::fs::write(site.path().join(format!("pkg/todo-list.{name}")), name).unwrap();
        }
        change(site.path());
        let (store, config) = (Store::in_memory().unwrap(), Config::default());
        let limits = Limits::new(&config);
        Self::with_site(store, config, limits, site, "js: j1\nwasm: w2\ncss: c3\n").await
    }

    /// Starts a fresh server with an embedded page.
    pub async fn start_embedded(page: Embedded) -> Self {
        let (store, config) = (Store::in_memory().unwrap(), Config::default());
        let auth = Auth::open(None, &config).unwrap();
        let limits = Limits::new(&config);
        let assets = Assets::embedded(page);
        Self::with_assets(store, auth, config, limits, assets, None).await
    }

    async fn with_site(
        store: Store,
        config: Config,
        limits: Limits,
        site: TempDir,
        hashes: &str,
    ) -> Self {
        let auth = Auth::open(None, &config).unwrap();
        Self::with_all(store, auth, config, limits, site, hashes).await
    }

    async fn with_all(
        store: Store,
        auth: Auth,
        config: Config,
        limits: Limits,
        site: TempDir,
        hashes: &str,
    ) -> Self {
        let config = Config {
            site_root: site.path().into(),
            ..config
        };
        let assets = Assets::with_hashes(&config, hashes);
        Self::with_assets(store, auth, config, limits, assets, Some(site)).await
    }

    async fn with_assets(
        store: Store,
        auth: Auth,
        config: Config,
        limits: Limits,
        assets: Assets,
        site: Option<TempDir>,
    ) -> Self {
        raise_open_file_limit();
        let router = router(&store, &auth, assets, &config, Shutdown::never());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(run(listener, router, limits, std::future::pending()));
        let client = Client::builder().redirect(redirect::Policy::none());
        Self {
            url,
            store,
            auth,
            client: client.build().unwrap(),
            _site: site,
        }
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().unwrap();
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request("GET", path).send().await.unwrap()
    }

    /// Sends raw bytes and reads until the server closes the connection.
    pub async fn send_raw(&self, request: &[u8]) -> String {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Returns the titles, read through the JSON API.
    pub async fn items(&self) -> Vec<String> {
        self.get("/api/items").await.json().await.unwrap()
    }
}

/// Returns the value of a header, or an empty string.
pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Splits a response into its status and its JSON.
pub async fn status_and_json(response: Response) -> (u16, Value) {
    assert_eq!(header(&response, "content-type"), "application/json");
    (response.status().as_u16(), response.json().await.unwrap())
}
