//! Where the built page lies: the files that cargo-leptos has written, and their URLs.

pub mod embedded;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use self::embedded::Embedded;
use crate::server::config::Config;

/// The URLs of the built script, WASM module and style sheet, and where they lie.
#[derive(Clone, Debug)]
pub struct Assets {
    /// What is served at `/`.
    pub site: Site,
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

/// What holds the files of the built page.
#[derive(Clone, Debug)]
pub enum Site {
    /// A folder, which is read anew for every request.
    Folder(PathBuf),
    /// The program itself.
    Embedded(Embedded),
}

impl Site {
    /// The content of the file at a URL path, if there is one.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::Folder(_) => std::fs::read(self.place(path)).ok().map(Cow::Owned),
            Self::Embedded(page) => page.file(path).map(Cow::Borrowed),
        }
    }

    /// Where the file at a URL path is, or would be.
    fn place(&self, path: &str) -> PathBuf {
        let path = path.trim_start_matches('/');
        match self {
            Self::Folder(folder) => folder.join(path),
            Self::Embedded(_) => path.into(),
        }
    }
}

/// Part of the built page is missing.
#[derive(Debug, thiserror::Error)]
#[error(
    "the page is not built: there is no {0} (`make build` makes it; --site-root says where it is)"
)]
pub struct AssetMissing(PathBuf);

impl Assets {
    /// Finds the built files: those in this program, if it was built with them, else those in the folder of
    /// the settings.
    ///
    /// `hash_file` is what cargo-leptos writes beside the server's binary when the names of the
    /// files contain hashes: lines such as `js: 3kd9`. Without one the names are plain.
    ///
    /// # Errors
    ///
    /// [`AssetMissing`] names the first file that is not there.
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
                return Err(AssetMissing(assets.site.place(url)));
            }
        }
        Ok(assets)
    }

    /// The URLs of a page that lies in memory. Its files are named as the defaults say: the settings of the
    /// one who runs the program cannot rename them.
    #[must_use]
    pub fn embedded(page: Embedded) -> Self {
        Self {
            site: Site::Embedded(page),
            ..Self::with_hashes(&Config::default(), page.hashes)
        }
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
            site: Site::Folder(config.site_root.clone()),
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
