//! Where the built page lies: the files that cargo-leptos has written, and their URLs.

use std::path::{Path, PathBuf};

use super::config::Config;

/// The URLs of the built script, WASM module and style sheet, and the folder that they lie in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The folder that is served at `/`.
    pub site_root: PathBuf,
    /// The URL path of the folder below it that holds the built files.
    pub pkg_path: String,
    /// The URL path of the JavaScript module.
    pub script: String,
    /// The URL path of the WASM module.
    pub wasm: String,
    /// The URL path of the style sheet.
    pub style: String,
    hashed: bool,
}

/// Part of the built page is missing.
#[derive(Debug, thiserror::Error)]
#[error(
    "the page is not built: there is no {0} (`make build` makes it; --site-root says where it is)"
)]
pub struct AssetMissing(PathBuf);

impl Assets {
    /// Finds the built files.
    ///
    /// `hash_file` is what cargo-leptos writes beside the server's binary when the names of the
    /// files contain hashes: lines such as `js: 3kd9`. Without one the names are plain.
    ///
    /// # Errors
    ///
    /// [`AssetMissing`] names the first file that is not there.
    pub fn find(config: &Config, hash_file: Option<&Path>) -> Result<Self, AssetMissing> {
        let hashes = hash_file.and_then(|file| std::fs::read_to_string(file).ok());
        let hashes = hashes.unwrap_or_default();
        let assets = Self::with_hashes(config, &hashes);
        for url in [&assets.script, &assets.wasm, &assets.style] {
            let file = assets.site_root.join(url.trim_start_matches('/'));
            if !file.is_file() {
                return Err(AssetMissing(file));
            }
        }
        Ok(assets)
    }

    /// Whether the content of a built file can never change under its name.
    #[must_use]
    pub fn names_are_hashed(&self) -> bool {
        self.hashed
    }

    /// The URLs for the given content of a hash file, without a look at the disk.
    #[must_use]
    pub fn with_hashes(config: &Config, hashes: &str) -> Self {
        let pkg_path = format!("/{}", config.site_pkg_dir);
        let url = |kind: &str| {
            let hash = hashes.lines().find_map(|line| {
                let (name, hash) = line.split_once(':')?;
                (name.trim() == kind).then(|| format!(".{}", hash.trim()))
            });
            let hash = hash.unwrap_or_default();
            format!("{pkg_path}/{}{hash}.{kind}", config.output_name)
        };
        Self {
            script: url("js"),
            wasm: url("wasm"),
            style: url("css"),
            hashed: hashes.contains(':'),
            site_root: config.site_root.clone(),
            pkg_path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_contain_the_hashes_where_there_are_any() {
        let config = Config::default();
        let assets = Assets::with_hashes(&config, "css: c1\njs: j2\nwasm: w3\n");
        assert_eq!(assets.script, "/pkg/todo-list.j2.js");
        assert_eq!(assets.wasm, "/pkg/todo-list.w3.wasm");
        assert_eq!(assets.style, "/pkg/todo-list.c1.css");
        assert!(assets.names_are_hashed());
        let config = Config {
            output_name: "to.do".into(),
            ..config
        };
        let assets = Assets::with_hashes(&config, "");
        assert_eq!(assets.wasm, "/pkg/to.do.wasm");
        assert!(!assets.names_are_hashed());
    }

    #[test]
    fn a_missing_file_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = Config {
            site_root: folder.path().into(),
            ..Config::default()
        };
        let error = Assets::find(&config, Some(&folder.path().join("hash.txt")));
        let message = error.expect_err("nothing is built").to_string();
        assert!(message.contains("todo-list.js"), "{message}");
    }
}
