//! Upgrades, with versions that there may be one day: `open_with` is the program that knows these; and what is done
//! in quiet moments.

#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod killed;
#[cfg(target_os = "linux")]
mod power;
#[cfg(unix)]
mod read_only;
#[cfg(target_os = "linux")]
#[path = "../../../../tests/support/recorded.rs"]
mod recorded;
mod tidy;
mod upgrade;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use rusqlite::Connection;

use super::{Journal, JournalError, copy, schema};
use crate::domain::{At, ClientId, Command, CommandId, Item, List, Title};
use crate::server::store::{decide_now, new_item};

/// Held while a program is started: until it is, it holds the locks of all folders that are open.
static STARTING: RwLock<()> = RwLock::new(());

/// Makes sure that no program is started meanwhile.
fn alone() -> RwLockReadGuard<'static, ()> {
    STARTING.read().unwrap_or_else(PoisonError::into_inner)
}

/// The program of the first version.
const ONE: &[&str] = &[schema::MIGRATIONS[0]];

/// One that writes to every row, and makes another table of them.
const TO_TWO: &str = "
    ALTER TABLE entry ADD COLUMN length INTEGER;
    UPDATE entry SET length = length(command);
    CREATE TABLE sender (client BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    INSERT INTO sender SELECT client, max(seq) FROM entry GROUP BY client;
";
const TWO: &[&str] = &[ONE[0], TO_TWO];

/// One that builds on the second.
const TO_THREE: &str = "
    CREATE INDEX entry_length ON entry (length);
    ALTER TABLE sender ADD COLUMN note TEXT;
";
const THREE: &[&str] = &[ONE[0], TO_TWO, TO_THREE];

/// Adds so many items, as a server would.
fn add(journal: &mut Journal, list: &mut List, count: usize) {
    let records: Vec<_> = (0..count)
        .map(|number| {
            let title = Title::parse(&format!("item {number}")).unwrap();
            let Item { id, title, .. } = new_item(title);
            let client = ClientId::SERVER;
            let seq = list.expected_seq(client);
            let at = At::End;
            decide_now(
                list,
                CommandId { client, seq },
                Command::Add { id, title, at },
            )
        })
        .collect();
    journal.append(&records, || {}).unwrap();
    journal.acknowledge(list.revision()).unwrap();
}

/// A data folder of the first version, and the list in it.
fn written_by_one(folder: &Path) -> List {
    let (mut journal, mut list) = Journal::open_with(folder, ONE).unwrap();
    add(&mut journal, &mut list, 20);
    list
}

/// What the program that knows these migrations finds; it ends at once.
fn opened(folder: &Path, migrations: &[&str]) -> List {
    let (_, list) = Journal::open_with(folder, migrations).unwrap();
    list
}

fn database(folder: &Path) -> PathBuf {
    folder.join("todo-list.db")
}

/// All that a database holds, and its version.
fn content(file: &Path) -> ([u8; 32], i64) {
    let connection = Connection::open(file).unwrap();
    copy::check_structure(&connection).unwrap();
    (
        copy::fingerprint(&connection).unwrap(),
        schema::version(&connection).unwrap(),
    )
}

/// The names of the files in a folder that say that they are a copy, also a half one.
fn copies(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains(".before-")).collect();
    names.sort();
    names
}

/// Copies the files of a data folder as they are, also while it is open.
fn copy_folder(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
