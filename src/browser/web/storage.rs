//! The storage of commands: an object store of an IndexedDB database, shared by all pages of this server in this browser.
//!
//! Pages of version 1 have a database of their own. Its commands are read, sent and deleted here as if they were in this
//! one. They are never moved: an open page of version 1 may add more.

use std::cell::RefCell;
use std::collections::BTreeSet;

use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbTransaction, IdbTransactionMode,
    StorageManager,
};

use super::time_limit::within;
use crate::domain::encoding::{decode, encode};
use crate::sync::{STORAGE_VERSION, StorageWrite, StoredCommand, StoredCommandKey, version_1};

/// The name of the object store, and the start of the name of the database.
const STORE_NAME: &str = "outbox";

/// How long the storage may take before it counts as unavailable, in milliseconds.
const STORAGE_TIMEOUT_MS: i32 = 2_000;

/// After this many writes of a transaction, the browser may do something else, for example paint.
const WRITES_PER_YIELD: usize = 32;

thread_local! {
    static DATABASE: RefCell<Option<IdbDatabase>> = const { RefCell::new(None) };
    static DATABASE_1: RefCell<DatabaseOfVersion1> = const { RefCell::new(DatabaseOfVersion1::Unknown) };
    /// The keys of the commands that were read from the database of version 1.
    static KEYS_1: RefCell<BTreeSet<KeyOfVersion1>> = const { RefCell::new(BTreeSet::new()) };
}

/// The database of version 1, if this browser has one.
#[derive(Clone)]
enum DatabaseOfVersion1 {
    /// This page has not looked for it yet.
    Unknown,
    Missing,
    Open(IdbDatabase),
}

/// The key of a command in version 1: without the list, which was always the same.
type KeyOfVersion1 = [u8; 32];

/// The stored commands, in order. `None` if there is no storage: it may be switched off, full, or not answer.
pub async fn read_storage() -> Option<Vec<StoredCommand>> {
    within(STORAGE_TIMEOUT_MS, try_read()).await.flatten()
}

async fn try_read() -> Option<Vec<StoredCommand>> {
    let (store, _) = open(IdbTransactionMode::Readonly).await?;
    // Values that do not decode were written by another program.
    let values = read_all(&store).await?;
    let mut stored: Vec<StoredCommand> = values
        .iter()
        .filter_map(|value| decode(STORAGE_VERSION, value).ok())
        .collect();
    for entry in read_version_1().await.unwrap_or_default() {
        // A page that was closed in between has written how far the command has come, and has not deleted it here.
        if stored.iter().all(|known| known.key() != entry.key()) {
            stored.push(entry);
        }
    }
    Some(stored)
}

async fn read_version_1() -> Option<Vec<StoredCommand>> {
    let (store, _) = open_version_1(IdbTransactionMode::Readonly).await?;
    let values = read_all(&store).await?;
    let decoded = values
        .iter()
        .filter_map(|value| decode::<version_1::StoredCommand>(1, value).ok());
    let stored: Vec<StoredCommand> = decoded.map(StoredCommand::from).collect();
    KEYS_1.with_borrow_mut(|keys| keys.extend(stored.iter().map(|entry| key_1(&entry.key()))));
    Some(stored)
}

async fn read_all(store: &IdbObjectStore) -> Option<Vec<Vec<u8>>> {
    let request = store.get_all().ok()?;
    completed(&request, "success").await?;
    let values: Array = request.result().ok()?.unchecked_into();
    Some(
        values
            .iter()
            .map(|value| Uint8Array::new(&value).to_vec())
            .collect(),
    )
}

/// Does the writes in one transaction. Returns whether it has succeeded. A storage that does not answer may still do them
/// later.
pub async fn write_storage(writes: Vec<StorageWrite>) -> bool {
    within(STORAGE_TIMEOUT_MS, try_write(writes)).await == Some(true)
}

async fn try_write(writes: Vec<StorageWrite>) -> bool {
    let keys: Vec<_> = writes.iter().map(StorageWrite::key).collect();
    if try_store(writes).await.is_none() {
        return false;
    }
    // What was just written takes precedence over the commands here, which can be deleted now.
    let keys = keys.iter().map(key_1);
    let keys: Vec<_> = KEYS_1.with_borrow(|known| keys.filter(|key| known.contains(key)).collect());
    keys.is_empty() || delete_version_1(&keys).await.is_some()
}

async fn delete_version_1(keys: &[KeyOfVersion1]) -> Option<()> {
    let opened = open_version_1(IdbTransactionMode::Readwrite).await;
    if let DatabaseOfVersion1::Missing = DATABASE_1.with_borrow(Clone::clone) {
        // The browser has deleted the database, with all commands in it.
        KEYS_1.take();
        return Some(());
    }
    let (store, transaction) = opened?;
    for key in keys {
        store.delete(&bytes(key)).ok()?;
    }
    completed(&transaction, "complete").await?;
    KEYS_1.with_borrow_mut(|known| known.retain(|key| !keys.contains(key)));
    Some(())
}

/// The key that a command has in version 1.
fn key_1(key: &StoredCommandKey) -> KeyOfVersion1 {
    std::array::from_fn(|index| key[key.len() - size_of::<KeyOfVersion1>() + index])
}

/// Asks the browser not to clear the storage when it needs space.
pub fn request_persistent_storage() {
    if let Some(storage) = super::navigator_object("storage") {
        let storage: &StorageManager = storage.unchecked_ref();
        drop(storage.persist());
    }
}

async fn try_store(writes: Vec<StorageWrite>) -> Option<()> {
    let (store, transaction) = open(IdbTransactionMode::Readwrite).await?;
    for (index, write) in writes.iter().enumerate() {
        let request = match write {
            StorageWrite::Put(entry) => {
                let value = encode(STORAGE_VERSION, entry).ok()?;
                store.put_with_key(&bytes(&value), &bytes(&entry.key()))
            }
            StorageWrite::Delete(key) => store.delete(&bytes(key)),
        };
        let request = request.ok()?;
        if index % WRITES_PER_YIELD == WRITES_PER_YIELD - 1 {
            completed(&request, "success").await?;
        }
    }
    completed(&transaction, "complete").await
}

async fn open(mode: IdbTransactionMode) -> Option<(IdbObjectStore, IdbTransaction)> {
    let database = match DATABASE.with_borrow(Clone::clone) {
        Some(database) => database,
        None => open_database().await?,
    };
    let transaction = match database.transaction_with_str_and_mode(STORE_NAME, mode) {
        Ok(transaction) => transaction,
        Err(_) => {
            // The browser has closed the database.
            let database = open_database().await?;
            database
                .transaction_with_str_and_mode(STORE_NAME, mode)
                .ok()?
        }
    };
    Some((transaction.object_store(STORE_NAME).ok()?, transaction))
}

async fn open_database() -> Option<IdbDatabase> {
    // A person must not send the commands of another person who was signed in here.
    let session = super::login_session::session_id();
    let name = format!("{STORE_NAME}-{STORAGE_VERSION}-{session}");
    let request: IdbOpenDbRequest = window().indexed_db().ok()??.open(&name).ok()?;
    let opening = request.clone();
    let create = Closure::once_into_js(move || {
        let database = opening.result().map(IdbDatabase::from);
        database
            .and_then(|database| database.create_object_store(STORE_NAME))
            .is_ok()
    });
    request.set_onupgradeneeded(Some(create.unchecked_ref()));
    completed(&request, "success").await?;
    let database = IdbDatabase::from(request.result().ok()?);
    let closing = database.clone();
    // Another page deletes the database, and would wait until this page has closed it.
    let close = Closure::once_into_js(move || closing.close());
    database.set_onversionchange(Some(close.unchecked_ref()));
    DATABASE.set(Some(database.clone()));
    Some(database)
}

/// Opens the database of version 1; `None` if there is none.
async fn open_version_1(mode: IdbTransactionMode) -> Option<(IdbObjectStore, IdbTransaction)> {
    if let DatabaseOfVersion1::Unknown = DATABASE_1.with_borrow(Clone::clone) {
        let name = STORE_NAME.to_owned() + &super::login_session::session_id();
        let found = open_existing(&name).await;
        DATABASE_1.set(found.map_or(DatabaseOfVersion1::Missing, DatabaseOfVersion1::Open));
    }
    let DatabaseOfVersion1::Open(database) = DATABASE_1.with_borrow(Clone::clone) else {
        return None;
    };
    let transaction = database.transaction_with_str_and_mode(STORE_NAME, mode);
    if transaction.is_err() {
        // The browser has closed the database. The next call opens it again.
        DATABASE_1.set(DatabaseOfVersion1::Unknown);
    }
    let transaction = transaction.ok()?;
    Some((transaction.object_store(STORE_NAME).ok()?, transaction))
}

/// Opens a database without creating it.
async fn open_existing(name: &str) -> Option<IdbDatabase> {
    let request: IdbOpenDbRequest = window().indexed_db().ok()??.open(name).ok()?;
    let opening = request.clone();
    let give_up = Closure::once_into_js(move || {
        opening
            .transaction()
            .is_some_and(|creation| creation.abort().is_ok())
    });
    request.set_onupgradeneeded(Some(give_up.unchecked_ref()));
    completed(&request, "success").await?;
    Some(IdbDatabase::from(request.result().ok()?))
}

fn bytes(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

/// Waits for an event of a request or a transaction; `None` if it fails.
async fn completed(target: &web_sys::EventTarget, event: &str) -> Option<()> {
    let promise = Promise::new(&mut |resolve, reject| {
        for (event, then) in [(event, &resolve), ("error", &reject), ("abort", &reject)] {
            // This never fails on an event target.
            let _ = target.add_event_listener_with_callback(event, then);
        }
    });
    JsFuture::from(promise).await.ok().map(|_| ())
}
