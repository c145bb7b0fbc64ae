//! The storage of the browser, where commands wait: one table of an IndexedDB database, shared by all pages
//! of this server in this browser.

use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbTransaction, IdbTransactionMode};

use crate::domain::encoding::{decode, encode};
use crate::sync::{StorageWrite, StoredCommand};

/// The database, and its only table.
const NAME: &str = "outbox";

/// After so many steps of a transaction the browser may do something else, such as paint.
const STEP: usize = 32;

/// What is stored, in order. `None` if there is no storage: it may be switched off, or full.
pub async fn read_storage() -> Option<Vec<StoredCommand>> {
    let (store, _) = open(IdbTransactionMode::Readonly).await?;
    let request = store.get_all().ok()?;
    settled(&request, "success").await?;
    let values: Array = request.result().ok()?.unchecked_into();
    // What cannot be read was written by another version of the page, and stays for it.
    let read = |value| {
        let bytes = Uint8Array::new(&value).to_vec();
        decode(&bytes).ok()
    };
    Some(values.iter().filter_map(read).collect())
}

/// Does this, all or nothing. Answers whether it is done.
pub async fn write_storage(writes: Vec<StorageWrite>) -> bool {
    try_store(writes).await.is_some()
}

/// Asks the browser not to clear what is stored when it needs room.
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
        if index % STEP == STEP - 1 {
            settled(&request, "success").await?;
        }
    }
    settled(&transaction, "complete").await
}

async fn open(mode: IdbTransactionMode) -> Option<(IdbObjectStore, IdbTransaction)> {
    thread_local! {
        static DATABASE: std::cell::RefCell<Option<IdbDatabase>> = const { std::cell::RefCell::new(None) };
    }
    let known = DATABASE.with_borrow(Clone::clone);
    let database = match known {
        Some(database) => database,
        None => {
            // Nobody sends the work of somebody else who was signed in here.
            let name = NAME.to_owned() + &super::login_session::session_id();
            let request: IdbOpenDbRequest = window().indexed_db().ok()??.open(&name).ok()?;
            let opening = request.clone();
            let create = Closure::once_into_js(move || {
                let database = opening.result().map(IdbDatabase::from);
                database
                    .and_then(|database| database.create_object_store(NAME))
                    .is_ok()
            });
            request.set_onupgradeneeded(Some(create.unchecked_ref()));
            settled(&request, "success").await?;
            let database = IdbDatabase::from(request.result().ok()?);
            DATABASE.set(Some(database.clone()));
            database
        }
    };
    let transaction = database.transaction_with_str_and_mode(NAME, mode);
    if transaction.is_err() {
        // The browser has closed the database: the next one opens it anew.
        DATABASE.set(None);
    }
    let transaction = transaction.ok()?;
    Some((transaction.object_store(NAME).ok()?, transaction))
}

fn bytes(bytes: &[u8]) -> Uint8Array {
    Uint8Array::from(bytes)
}

/// Done when something has happened to a request or a transaction; `None` if it has failed.
async fn settled(target: &web_sys::EventTarget, event: &str) -> Option<()> {
    let promise = Promise::new(&mut |resolve, reject| {
        for (event, then) in [(event, &resolve), ("error", &reject), ("abort", &reject)] {
            // It never fails on an event target.
            let _ = target.add_event_listener_with_callback(event, then);
        }
    });
    JsFuture::from(promise).await.ok().map(|_| ())
}
