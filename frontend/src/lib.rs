//! The WASM module of the page.
//!
//! It is a separate crate because Cargo silently disables link-time optimization for a crate that is both a `cdylib`
//! and an `rlib`.

use wasm_bindgen::prelude::wasm_bindgen;

/// Hydrates the page that the server has rendered.
#[wasm_bindgen]
pub fn hydrate() {
    todo_list::hydrate();
}

/// A small allocator. It makes the module half a kilobyte smaller than the allocator of the standard library, and a
/// page allocates little.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
