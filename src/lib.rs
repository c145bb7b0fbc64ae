//! A shared to-do list: one crate that is both the page in the browser and the server behind it.
//!
//! `main -> server -> app -> rpc -> browser -> sync -> domain`: a room uses only rooms below it.

pub mod domain;
pub mod sync;

pub mod browser;
pub mod rpc;

pub mod app;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server has rendered.
///
/// As `leptos::mount::hydrate_from`, but without the context that brings resources over from the server:
/// this page has none, and needs no code for them.
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
    // It fails only if there is one already.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    if let Some(state) = browser::document_state() {
        // In a task of its own, so that the browser may answer somebody in between.
        browser::set_timeout(0, || mount(state));
    }
}
