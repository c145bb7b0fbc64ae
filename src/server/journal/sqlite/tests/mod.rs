//! Upgrades, reading without write access, and maintenance. The upgrades use made-up future versions: `open_with`
//! stands for the program that has their migrations.

#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod killed;
mod maintenance;
#[cfg(target_os = "linux")]
mod power;
#[cfg(unix)]
mod read_only;
#[cfg(target_os = "linux")]
#[path = "../../../../../tests/support/recorded.rs"]
mod recorded;
mod upgrade;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use rusqlite::Connection;

use super::{Journal, JournalError, SqliteJournal, schema, upgrade_copy};
use crate::domain::{At, ClientId, Command, CommandId, Item, List, ListId, Title};
use crate::server::store::{decide_and_apply, new_item};

/// Write-locked while a child process is spawned: until it calls exec, it holds the locks of all open folders.
static SPAWNING: RwLock<()> = RwLock::new(());

/// Keeps other tests from spawning a process while the guard lives.
fn hold_off_spawns() -> RwLockReadGuard<'static, ()> {
    SPAWNING.read().unwrap_or_else(PoisonError::into_inner)
}

/// The migrations of this program.
const CURRENT: &[&str] = schema::MIGRATIONS;

/// A migration that updates every row, and fills another table from them.
const TO_NEXT: &str = "
    ALTER TABLE entry ADD COLUMN length INTEGER;
    UPDATE entry SET length = length(command);
    CREATE TABLE sender (client BLOB PRIMARY KEY, seq INTEGER NOT NULL) STRICT;
    INSERT INTO sender SELECT client, max(seq) FROM entry GROUP BY client;
";
const NEXT: &[&str] = &[CURRENT[0], CURRENT[1], TO_NEXT];

/// A migration that builds on the next version.
const TO_SECOND: &str = "
    CREATE INDEX entry_length ON entry (length);
    ALTER TABLE sender ADD COLUMN note TEXT;
";
const SECOND_NEXT: &[&str] = &[CURRENT[0], CURRENT[1], TO_NEXT, TO_SECOND];

/// Adds `count` items, as a server does.
fn add(journal: &mut SqliteJournal, list: &mut List, count: usize) {
    let records: Vec<_> = (0..count)
        .map(|number| {
            let title = Title::parse(&format!("item {number}")).unwrap();
            let Item { id, title, .. } = new_item(title);
            let client = ClientId::SERVER;
            let seq = list.expected_seq(client);
            let at = At::End;
            decide_and_apply(list, CommandId { client, seq }, Command::add(id, title, at))
        })
        .collect();
    journal.append_at_end(&records, || {}).unwrap();
    journal.acknowledge(ListId::HOME, list.revision()).unwrap();
}

/// Opens a folder as this program does.
fn open(folder: &Path) -> Result<(SqliteJournal, List), JournalError> {
    SqliteJournal::open(folder).map(|(journal, loaded)| (journal, loaded.list))
}

/// Writes a data folder of the current version, and returns its list.
fn written_by_current(folder: &Path) -> List {
    let (mut journal, mut list) = SqliteJournal::open_with(folder, CURRENT).unwrap();
    add(&mut journal, &mut list, 20);
    list
}

/// The list that a program with these migrations finds. The journal is closed again.
fn opened(folder: &Path, migrations: &[&str]) -> List {
    let (_, list) = SqliteJournal::open_with(folder, migrations).unwrap();
    list
}

fn database(folder: &Path) -> PathBuf {
    folder.join("todo-list.db")
}

/// A hash of everything in a database, and its version.
fn content(file: &Path) -> ([u8; 32], i64) {
    let connection = Connection::open(file).unwrap();
    upgrade_copy::check_structure(&connection).unwrap();
    (
        upgrade_copy::fingerprint(&connection).unwrap(),
        schema::version(&connection).unwrap(),
    )
}

/// The names of the copies in a folder, partial ones included.
fn copies(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains(".before-")).collect();
    names.sort();
    names
}

/// Copies the files of a data folder, which may be open.
fn copy_folder(from: &Path, to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
