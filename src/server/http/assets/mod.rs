//! The built page: the files that cargo-leptos writes, their location and their URLs.

pub mod embedded;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use self::embedded::Embedded;
use crate::server::config::Config;

/// The location and the URLs of the built script, WASM module and style sheet.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The files that are served at `/`.
    pub site: Site,
    /// The URL path of the folder with the built files.
    pub pkg_path: String,
    /// The URL path of the JavaScript module.
    pub script: String,
    /// The URL path of the WASM module.
    pub wasm: String,
    /// The URL path of the style sheet.
    pub style: String,
    hashed: bool,
}

/// The files of the built page.
#[derive(Clone, Debug)]
pub enum Site {
    /// Files in a folder, read for each request.
    Folder(PathBuf),
    /// Files inside the program.
    Embedded(Embedded),
}

impl Site {
    /// The content of the file at a URL path, if the file exists.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::Folder(_) => std::fs::read(self.file_path(path)).ok().map(Cow::Owned),
            Self::Embedded(page) => page.file(path).map(Cow::Borrowed),
        }
    }

    /// The path of the file for a URL path, whether or not it exists.
    fn file_path(&self, path: &str) -> PathBuf {
        let path = path.trim_start_matches('/');
        match self {
            Self::Folder(folder) => folder.join(path),
            Self::Embedded(_) => path.into(),
        }
    }
}

/// A file of the built page is missing.
#[derive(Debug, thiserror::Error)]
#[error(
    "the page is not built: there is no {0} (build it with `make build`, or set its folder with --site-root)"
)]
pub struct AssetMissing(PathBuf);

impl Assets {
    /// Finds the built files: inside this program if it contains them, otherwise in the folder of the settings.
    ///
    /// cargo-leptos writes the `hash_file` next to the server binary if the file names contain hashes: lines like
    /// `js: 3kd9`. Without it, the names contain no hashes.
    ///
    /// # Errors
    ///
    /// [`AssetMissing`] with the first file that does not exist.
    pub fn find(config: &Config, hash_file: Option<&Path>) -> Result<Self, AssetMissing> {
        let assets = match Embedded::in_this_program() {
            Some(page) => Self::embedded(page),
            None => {
                let hashes = hash_file.and_then(|file| std::fs::read_to_string(file).ok());
                Self::with_hashes(config, &hashes.unwrap_or_default())
            }
        };
        for url in [&assets.script, &assets.wasm, &assets.style] {
            if assets.site.read(url).is_none() {
                return Err(AssetMissing(assets.site.file_path(url)));
            }
        }
        Ok(assets)
    }

    /// The assets of an embedded page. Its file names follow the default settings, because the settings at run time
    /// cannot rename them.
    #[must_use]
    pub fn embedded(page: Embedded) -> Self {
        Self {
            site: Site::Embedded(page),
            ..Self::with_hashes(&Config::default(), page.hashes)
        }
    }

    /// Whether the names of the built files contain a hash of their content.
    #[must_use]
    pub fn names_are_hashed(&self) -> bool {
        self.hashed
    }

    /// The assets for this content of a hash file. Does not check that the files exist.
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
            site: Site::Folder(config.site_root.clone()),
            pkg_path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_contain_the_hashes_of_the_hash_file() {
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
