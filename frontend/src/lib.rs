//! The WASM module of the page.
//!
//! It is a crate of its own because cargo silently switches link-time optimisation off for a crate
//! that is a cdylib and an rlib at once.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the page that the server has rendered.
#[wasm_bindgen]
pub fn hydrate() {
    todo_list::hydrate();
}

/// A small allocator: half a kilobyte less than the standard library's. A page of a to-do list allocates
/// little.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
