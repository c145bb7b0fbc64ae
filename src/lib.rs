//! A shared to-do list: one crate that is both the page in the browser and the server behind it.
//!
//! `main -> server -> app -> (server_fns, browser) -> domain`; nothing points back, but for the bodies of the server
//! functions, which exist in the server only and call `server::calls`.

pub mod domain;

pub mod browser;
pub mod server_fns;

pub mod app;

#[cfg(feature = "ssr")]
pub mod server;

/// Takes over the page that the server has rendered.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    use leptos::prelude::*;
    if let Some(state) = browser::document_state() {
        leptos::mount::hydrate_body(move || view! { <app::App state/> });
    }
}
