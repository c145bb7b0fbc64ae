//! The storage of commands: an object store of an IndexedDB database, shared by all pages of this server in this browser.

use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbTransaction, IdbTransactionMode};

use crate::domain::encoding::{decode, encode};
use crate::sync::{StorageWrite, StoredCommand};

/// The name of the object store, and the start of the name of the database.
const STORE_NAME: &str = "outbox";

/// After this many writes of a transaction, the browser may do something else, for example paint.
const WRITES_PER_YIELD: usize = 32;

/// The stored commands, in order. `None` if there is no storage: it may be switched off or full.
pub async fn read_storage() -> Option<Vec<StoredCommand>> {
    let (store, _) = open(IdbTransactionMode::Readonly).await?;
    let request = store.get_all().ok()?;
    completed(&request, "success").await?;
    let values: Array = request.result().ok()?.unchecked_into();
    // Values that do not decode were written by another version of the page, and stay for it.
    let read = |value| {
        let bytes = Uint8Array::new(&value).to_vec();
        decode(&bytes).ok()
    };
    Some(values.iter().filter_map(read).collect())
}

/// Does the writes in one transaction. Returns whether it has succeeded.
pub async fn write_storage(writes: Vec<StorageWrite>) -> bool {
    try_store(writes).await.is_some()
}

/// Asks the browser not to clear the storage when it needs space.
pub fn request_persistent_storage() {
    let storage = window().navigator().storage();
    if !storage.is_undefined() {
        drop(storage.persist());
    }
}

async fn try_store(writes: Vec<StorageWrite>) -> Option<()> {
    let (store, transaction) = open(IdbTransactionMode::Readwrite).await?;
    for (index, write) in writes.iter().enumerate() {
        let request = match write {
            StorageWrite::Put(entry) => {
                let value = encode(entry).ok()?;
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
    thread_local! {
        static DATABASE: std::cell::RefCell<Option<IdbDatabase>> = const { std::cell::RefCell::new(None) };
    }
    let known = DATABASE.with_borrow(Clone::clone);
    let database = match known {
        Some(database) => database,
        None => {
            // A person must not send the commands of another person who was signed in here.
            let name = STORE_NAME.to_owned() + &super::login_session::session_id();
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
            DATABASE.set(Some(database.clone()));
            database
        }
    };
    let transaction = database.transaction_with_str_and_mode(STORE_NAME, mode);
    if transaction.is_err() {
        // The browser has closed the database. The next call opens it again.
        DATABASE.set(None);
    }
    let transaction = transaction.ok()?;
    Some((transaction.object_store(STORE_NAME).ok()?, transaction))
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
