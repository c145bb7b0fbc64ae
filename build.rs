//! Embeds the built page into the program if two environment variables are set.
//!
//! `TODO_LIST_EMBED` is the absolute path of the folder with the page (`target/site`), `TODO_LIST_EMBED_HASHES` that of
//! the file with the hashes in its file names (`hash.txt`). Without them, the table of files is empty, and the program
//! serves a folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let folder = path_in("TODO_LIST_EMBED");
    let hashes = path_in("TODO_LIST_EMBED_HASHES");
    let (mut table, mut text) = (String::new(), String::new());
    if let (Some(folder), Some(hashes)) = (folder, hashes) {
        text = read(&hashes)?;
        for file in files(&folder)? {
            let name = file.strip_prefix(&folder).unwrap_or(&file);
            let name = name.to_string_lossy().replace('\\', "/");
            let _ = writeln!(table, "    ({name:?}, include_bytes!({file:?})),");
        }
        if table.is_empty() {
            return Err(io::Error::other(format!("{folder:?} is empty")));
        }
    }
    let source = format!("Embedded {{\n  hashes: {text:?},\n  files: &[\n{table}  ],\n}}\n");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("there is no OUT_DIR"))?;
    fs::write(Path::new(&out).join("embedded.rs"), source)
}

/// The path in an environment variable. Cargo runs this script again when the variable or the file changes.
fn path_in(variable: &str) -> Option<PathBuf> {
    println!("cargo::rerun-if-env-changed={variable}");
    let path = env::var_os(variable).filter(|path| !path.is_empty())?;
    println!("cargo::rerun-if-changed={}", path.display());
    Some(path.into())
}

fn read(file: &Path) -> io::Result<String> {
    fs::read_to_string(file)
        .map_err(|error| io::Error::other(format!("{}: {error}", file.display())))
}

/// All files in a folder and its subfolders, sorted by name so that the build is reproducible.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
