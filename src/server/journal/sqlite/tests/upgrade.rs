//! Upgrades: the copy of the old version, failed upgrades, and refused versions.

use std::path::Path;
use std::{fs, io};

use super::*;
use crate::server::journal::sqlite::reader::JournalReader;
use crate::server::journal::sqlite::restore::restore_with;

/// The error of a program that cannot open the folder.
fn refused(folder: &Path, migrations: &[&str]) -> JournalError {
    SqliteJournal::open_with(folder, migrations).err().unwrap()
}

/// The content of every file in a folder, by name.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap();
    let entries = entries.map(|entry| entry.unwrap());
    let is_file = |entry: &fs::DirEntry| entry.path().is_file();
    let mut files: Vec<_> = entries
        .filter(is_file)
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn data_of_an_older_version_is_copied_and_then_migrated() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (folder, list) = (folder.path(), written_by_current(folder.path()));
    let (before, _) = content(&database(folder));

    let (mut journal, mut found) = SqliteJournal::open_with(folder, NEXT).unwrap();
    assert_eq!(found, list);
    add(&mut journal, &mut found, 1);
    drop(journal);
    assert_eq!(content(&database(folder)).1, 3);
    assert_eq!(opened(folder, NEXT), found);

    assert_eq!(copies(folder), ["todo-list.db.before-version-3"]);
    let copy = folder.join("todo-list.db.before-version-3");
    assert_eq!(content(&copy), (before, 2));
    let read = JournalReader::open_file_with(&copy, CURRENT).unwrap();
    assert_eq!(read.check().unwrap(), list);
}

#[cfg(unix)]
#[test]
fn only_the_user_can_read_the_copy() {
    let _no_spawns = hold_off_spawns();
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    written_by_current(folder.path());
    opened(folder.path(), NEXT);
    let copy = folder.path().join("todo-list.db.before-version-3");
    let mode = fs::metadata(copy).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn the_copy_includes_the_contents_of_the_log() {
    let _no_spawns = hold_off_spawns();
    let (open, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut journal, mut list) = SqliteJournal::open_with(open.path(), CURRENT).unwrap();
    add(&mut journal, &mut list, 20);
    copy_folder(open.path(), folder.path());
    assert!(
        fs::metadata(folder.path().join("todo-list.db-wal"))
            .unwrap()
            .len()
            > 0
    );

    assert_eq!(opened(folder.path(), NEXT), list);
    let copy = folder.path().join("todo-list.db.before-version-3");
    let read = JournalReader::open_file_with(&copy, CURRENT).unwrap();
    assert_eq!(read.check().unwrap(), list);
}

#[test]
fn an_upgrade_over_several_versions_keeps_one_copy() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (folder, list) = (folder.path(), written_by_current(folder.path()));
    assert_eq!(opened(folder, SECOND_NEXT), list);
    assert_eq!(content(&database(folder)).1, 4);
    assert_eq!(copies(folder), ["todo-list.db.before-version-4"]);

    // The same tables as a new list has.
    let new = tempfile::tempdir().unwrap();
    opened(new.path(), SECOND_NEXT);
    assert_eq!(
        copies(new.path()),
        [""; 0],
        "there is a copy of an empty folder"
    );
    let tables = |folder: &Path| {
        let connection = Connection::open(database(folder)).unwrap();
        let mut select = connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name");
        let rows = select.as_mut().unwrap().query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?))
        });
        rows.unwrap().map(Result::unwrap).collect::<Vec<_>>()
    };
    assert_eq!(tables(folder), tables(new.path()));
}

#[test]
fn a_migration_that_fails_leaves_the_old_version() {
    let _no_spawns = hold_off_spawns();
    for (broken, what) in [
        ("CREATE TABLE half (x); SELECT nothing", "a wrong statement"),
        ("DELETE FROM history", "the list cannot be read"),
        ("DELETE FROM entry", "acknowledged commands are missing"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (folder, list) = (folder.path(), written_by_current(folder.path()));
        let before = content(&database(folder));
        refused(folder, &[CURRENT[0], CURRENT[1], TO_NEXT, broken]);
        assert_eq!(content(&database(folder)), before, "{what}");
        assert_eq!(opened(folder, CURRENT), list, "{what}");
        // A program with a correct migration completes the upgrade, and uses the copy.
        assert_eq!(opened(folder, SECOND_NEXT), list, "{what}");
        assert_eq!(copies(folder), ["todo-list.db.before-version-4"], "{what}");
    }
}

#[test]
fn without_a_copy_nothing_is_migrated() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (folder, list) = (folder.path(), written_by_current(folder.path()));
    let in_the_way = folder.join("todo-list.db.before-version-3.partial");
    fs::create_dir_all(in_the_way.join("something")).unwrap();
    let before = files(folder);
    let error = refused(folder, NEXT);
    assert!(matches!(error, JournalError::NotCopied { version: 2, .. }));
    assert_eq!(error.exit_code(), 73);
    assert!(error.to_string().contains("stays at version 2"), "{error}");
    assert!(files(folder) == before, "the data has changed");
    assert_eq!(opened(folder, CURRENT), list);

    let full = JournalError::NotCopied {
        version: 2,
        cause: Box::new(JournalError::Full),
    };
    assert_eq!(full.exit_code(), 73);
}

#[test]
fn a_complete_copy_is_used_and_a_partial_one_is_replaced() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (folder, list) = (folder.path(), written_by_current(folder.path()));
    // As after a program that ended during the copy, and one that ended right after it.
    let copy = folder.join("todo-list.db.before-version-3");
    fs::write(folder.join("todo-list.db.before-version-3.partial"), "part").unwrap();
    let connection = Connection::open(database(folder)).unwrap();
    assert_eq!(
        upgrade_copy::keep(&connection, &database(folder), 3).unwrap(),
        copy
    );
    drop(connection);
    let made = fs::metadata(&copy).unwrap().modified().unwrap();

    assert_eq!(opened(folder, NEXT), list);
    assert_eq!(copies(folder), ["todo-list.db.before-version-3"]);
    assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), made);
}

#[test]
fn a_copy_that_is_damaged_or_of_other_data_is_not_used() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (folder, list) = (folder.path(), written_by_current(folder.path()));
    let place = |ending: &str| folder.join(format!("todo-list.db.before-version-3{ending}"));
    let (cut, other) = (place(""), place(".2"));
    let bytes = fs::read(database(folder)).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    fs::write(&other, &bytes).unwrap();
    let connection = Connection::open(&other).unwrap();
    connection
        .execute("UPDATE entry SET at = at + 1 WHERE number = 7", [])
        .unwrap();
    drop(connection);
    let before = [fs::read(&cut).unwrap(), fs::read(&other).unwrap()];

    assert_eq!(opened(folder, NEXT), list);
    let after = [fs::read(&cut).unwrap(), fs::read(&other).unwrap()];
    assert!(after == before, "a copy was overwritten");
    let made = JournalReader::open_file_with(&place(".3"), CURRENT).unwrap();
    assert_eq!(made.check().unwrap(), list);
}

#[test]
fn after_a_restore_the_next_upgrade_keeps_another_copy() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let (folder, list) = (folder.path(), written_by_current(folder.path()));
    let (mut journal, mut newer) = SqliteJournal::open_with(folder, NEXT).unwrap();
    add(&mut journal, &mut newer, 5);
    drop(journal);

    let copy = folder.join("todo-list.db.before-version-3");
    let bytes = fs::read(&copy).unwrap();
    let read = JournalReader::open_file_with(&copy, CURRENT)
        .unwrap()
        .check()
        .unwrap();
    restore_with(folder, &copy, read.revision(), CURRENT).unwrap();
    let (mut journal, mut again) = SqliteJournal::open_with(folder, CURRENT).unwrap();
    assert_eq!(again, list);
    add(&mut journal, &mut again, 3);
    drop(journal);

    assert_eq!(opened(folder, NEXT), again);
    let expected = [
        "todo-list.db.before-version-3",
        "todo-list.db.before-version-3.2",
    ];
    assert_eq!(copies(folder), expected);
    assert!(fs::read(&copy).unwrap() == bytes, "the first has changed");
    let second = JournalReader::open_file_with(&folder.join(expected[1]), CURRENT).unwrap();
    assert_eq!(second.check().unwrap(), again);
}

#[test]
fn a_newer_version_is_refused_and_unchanged() {
    let _no_spawns = hold_off_spawns();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    written_by_current(folder);
    opened(folder, SECOND_NEXT);
    let before = files(folder);
    for migrations in [CURRENT, NEXT] {
        let error = refused(folder, migrations);
        assert!(matches!(error, JournalError::Newer { found: 4, .. }));
        assert_eq!(error.exit_code(), 78);
        assert!(files(folder) == before, "the data has changed");
    }
}

#[test]
fn a_backup_of_an_older_version_can_be_read_and_restored() -> io::Result<()> {
    let _no_spawns = hold_off_spawns();
    let (old, new) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let list = written_by_current(old.path());
    let before = files(old.path());
    let file = database(old.path());
    let reader = JournalReader::open_file_with(&file, NEXT).unwrap();
    assert_eq!(reader.check().unwrap(), list);
    restore_with(new.path(), &file, list.revision(), NEXT).unwrap();
    assert_eq!(opened(new.path(), NEXT), list);
    let unchanged =
        |(name, _): &&(String, Vec<u8>)| !name.contains("-shm") && !name.contains("-wal");
    let after = files(old.path());
    assert!(
        after.iter().filter(unchanged).eq(before.iter()),
        "the file has changed"
    );
    Ok(())
}

#[test]
fn there_is_a_fixture_of_every_version() {
    for version in 1..=schema::latest(schema::MIGRATIONS) {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        let fixture = fixtures.join(format!("data-version-{version}"));
        let copy = tempfile::tempdir().unwrap();
        assert!(fixture.is_dir(), "{} is missing", fixture.display());
        copy_folder(&fixture.join("stopped/data"), &copy.path().join("data"));
        let (_, found) = content(&database(&copy.path().join("data")));
        assert_eq!(found, version, "{}", fixture.display());
    }
}
