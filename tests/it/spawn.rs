//! Starts the real router on a free port of the loopback interface.

use std::path::Path;

use reqwest::{Client, RequestBuilder, Response, redirect};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use todo_list::domain::{HashKey, List, Title};
use todo_list::server::auth::Access;
use todo_list::server::config::Config;
use todo_list::server::http::assets::Assets;
use todo_list::server::http::assets::embedded::Embedded;
use todo_list::server::http::{router, run};
use todo_list::server::journal::Journal;
use todo_list::server::limits::Limits;
use todo_list::server::process::shutdown::Closing;
use todo_list::server::store::{Store, new_item};

/// The key of the lists of these tests.
pub const KEY: HashKey = HashKey::new([7; 16]);

/// A running server with a list of its own and a built page of empty files.
pub struct Server {
    pub url: String,
    pub store: Store,
    pub access: Access,
    client: Client,
    _site: Option<TempDir>,
}

/// The names of the files that a build leaves in the site folder.
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

impl Server {
    /// A server that holds the two items of a fresh one.
    pub async fn start() -> Self {
        Self::with_store(Store::in_memory().unwrap()).await
    }

    /// A server that holds as many items as a list can.
    pub async fn start_full() -> Self {
        let title = Title::parse("x").unwrap();
        let items = (0..List::MAX_ITEMS).map(|_| new_item(title.clone()));
        Self::with_list(List::at_revision(KEY, 1, items)).await
    }

    /// A server that holds the list.
    pub async fn with_list(list: List) -> Self {
        let (journal, _) = Journal::in_memory().unwrap();
        Self::with_store(Store::start(journal, list).unwrap()).await
    }

    /// A server that holds what `store` holds.
    pub async fn with_store(store: Store) -> Self {
        Self::with(store, Config::default()).await
    }

    /// A fresh server with these settings, as far as they concern who is let in.
    pub async fn with_config(config: Config) -> Self {
        Self::with(Store::in_memory().unwrap(), config).await
    }

    /// A server that holds what `store` holds, for those who have `access`.
    pub async fn with_access(store: Store, access: Access) -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let config = Config::default();
        let limits = Limits::new(&config);
        Self::with_all(store, access, config, limits, site, "").await
    }

    /// A server that holds what `store` holds, with these settings.
    pub async fn with_settings(store: Store, config: Config) -> Self {
        Self::with(store, config).await
    }

    async fn with(store: Store, config: Config) -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let limits = Limits::new(&config);
        Self::with_site(store, config, limits, site, "").await
    }

    /// A fresh server with these settings and limits.
    pub async fn with_limits(config: Config, change: fn(&mut Limits)) -> Self {
        let site = tempfile::tempdir().unwrap();
        build_site(site.path());
        let mut limits = Limits::new(&config);
        change(&mut limits);
        Self::with_site(Store::in_memory().unwrap(), config, limits, site, "").await
    }

    /// A fresh server whose built files have hashes in their names, as in a release. `change` may put more
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

    /// A fresh server that has its built page in memory.
    pub async fn start_embedded(page: Embedded) -> Self {
        let (store, config) = (Store::in_memory().unwrap(), Config::default());
        let access = Access::open(None, &config).unwrap();
        let limits = Limits::new(&config);
        let assets = Assets::embedded(page);
        Self::with_assets(store, access, config, limits, assets, None).await
    }

    async fn with_site(
        store: Store,
        config: Config,
        limits: Limits,
        site: TempDir,
        hashes: &str,
    ) -> Self {
        let access = Access::open(None, &config).unwrap();
        Self::with_all(store, access, config, limits, site, hashes).await
    }

    async fn with_all(
        store: Store,
        access: Access,
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
        Self::with_assets(store, access, config, limits, assets, Some(site)).await
    }

    async fn with_assets(
        store: Store,
        access: Access,
        config: Config,
        limits: Limits,
        assets: Assets,
        site: Option<TempDir>,
    ) -> Self {
        let router = router(&store, &access, assets, &config, Closing::never());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(run(listener, router, limits, std::future::pending()));
        let client = Client::builder().redirect(redirect::Policy::none());
        Self {
            url,
            store,
            access,
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

    /// Sends bytes and reads until the server closes.
    pub async fn send_raw(&self, request: &[u8]) -> String {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// The titles, as the JSON API tells them.
    pub async fn items(&self) -> Vec<String> {
        self.get("/api/items").await.json().await.unwrap()
    }
}

/// The value of a header, empty if there is none.
pub fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Takes the status and the JSON out of a response.
pub async fn status_and_json(response: Response) -> (u16, Value) {
    assert_eq!(header(&response, "content-type"), "application/json");
    (response.status().as_u16(), response.json().await.unwrap())
}
