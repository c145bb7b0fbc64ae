//! A shared to-do list: one crate for the page in the browser (feature `hydrate`) and for the server (feature `ssr`).
//!
//! # Layout
//!
//! - [`domain`]: the pure rules of the list
//! - [`sync`]: the pure sync engine of one page
//! - [`browser`]: everything that touches the browser, and its twin in the server
//! - [`rpc`]: the server function that the page calls
//! - [`app`]: the page
//! - `server`: the server, with feature `ssr` only
//!
//! A module imports only modules to its right: `main -> server -> app -> rpc -> browser -> sync -> domain`.

pub mod domain;
pub mod sync;

pub mod browser;
pub mod rpc;

pub mod app;

#[cfg(feature = "ssr")]
pub mod server;

/// Hydrates the page that the server has rendered.
///
/// Unlike `leptos::mount::hydrate_from`, this has no context for resources of the server. The page has none, and the WASM
/// is smaller without their code.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use leptos::prelude::*;
    use leptos::tachys::hydration::Cursor;
    use leptos::tachys::view::PositionState;
    use wasm_bindgen::JsCast;

    fn mount(state: browser::DocumentState) {
        let root = document().document_element();
        let root = root.and_then(|page| page.query_selector("#live").ok().flatten());
        let Some(root) = root else {
            return;
        };
        let owner = Owner::new_root(None);
        let page = owner.with(|| {
            let page = view! { <app::App state/> }.into_view();
            page.hydrate::<true>(
                &Cursor::new(root.unchecked_into()),
                &PositionState::default(),
            )
        });
        // Both live as long as the page.
        std::mem::forget((owner, page));
        browser::mark_hydrated();
    }

    std::panic::set_hook(Box::new(|panic| {
        leptos::logging::error!("{panic}");
    }));
    // This fails only if there is an executor already.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    if let Some(state) = browser::document_state() {
        // A task of its own lets the browser handle input in between.
        browser::set_timeout(0, || mount(state));
    }
}
