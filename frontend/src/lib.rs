//! The WASM module of the page.
//!
//! It is a crate of its own because cargo silently disables link-time optimisation for a crate that is both a cdylib and an
//! rlib.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page that the server has rendered.
#[wasm_bindgen]
pub fn hydrate() {
    todo_list::hydrate();
}

/// A small allocator. The WASM is half a kilobyte smaller than with the standard library's, and the page allocates little.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
