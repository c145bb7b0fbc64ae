//! What the inline script of the page closes if this module fails: after a panic it can do nothing any more.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::EventSource;

#[wasm_bindgen]
extern "C" {
    type Resources;

    #[wasm_bindgen(thread_local_v2, js_name = moduleResources)]
    static RESOURCES: Resources;

    #[wasm_bindgen(method, setter = stream)]
    fn assign_stream(this: &Resources, stream: &EventSource);

    #[wasm_bindgen(method, setter = releaseLead)]
    fn assign_release_lead(this: &Resources, release: &Function);
}

/// The open stream.
pub(super) fn set_stream(stream: &EventSource) {
    RESOURCES.with(|resources| resources.assign_stream(stream));
}

/// The function that gives up the lead.
pub(super) fn set_release_lead(release: &Function) {
    RESOURCES.with(|resources| resources.assign_release_lead(release));
}
