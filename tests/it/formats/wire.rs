//! The bytes of calls, of their responses, and of what the page stores in the browser.

use std::fmt::{Debug, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use todo_list::domain::encoding::{decode, encode};
use todo_list::rpc::ERROR_VERSION;
use todo_list::sync::{PROTOCOL_VERSION, STORAGE_VERSION};

use super::{catalogue, check, lines, page};

/// Encodes a value in base64, and asserts that it decodes to the same value.
fn encoded<T: Serialize + DeserializeOwned + PartialEq + Debug>(version: u8, value: &T) -> String {
    let bytes = encode(version, value).unwrap();
    assert_eq!(decode::<T>(version, &bytes).unwrap(), *value);
    STANDARD.encode(bytes)
}

#[test]
fn the_bytes_of_calls_and_responses_stay_the_same() {
    let mut text = String::new();
    let call = encode(PROTOCOL_VERSION, &page::call()).unwrap();
    writeln!(text, "call: {}", STANDARD.encode(call)).unwrap();
    for (name, answer) in page::answers() {
        let bytes = encoded(PROTOCOL_VERSION, &answer);
        writeln!(text, "answer, {name}: {bytes}").unwrap();
    }
    let change = encoded(PROTOCOL_VERSION, &catalogue::change());
    writeln!(text, "change: {change}").unwrap();
    check("page-protocol", PROTOCOL_VERSION, &text);
}

#[test]
fn errors_have_the_bytes_that_pages_of_version_1_read() {
    let errors = page::call_errors().into_iter();
    let errors: Vec<String> = errors
        .map(|(_, error)| encoded(ERROR_VERSION, &error))
        .collect();
    assert_eq!(errors, lines("page-protocol", ERROR_VERSION, "error, "));
}

#[test]
fn what_the_page_stores_in_the_browser_stays_the_same() {
    let mut text = String::new();
    for (name, entry) in page::entries() {
        let key = STANDARD.encode(entry.key());
        writeln!(text, "{name}: {key} {}", encoded(STORAGE_VERSION, &entry)).unwrap();
    }
    check("browser-storage", STORAGE_VERSION, &text);
}
