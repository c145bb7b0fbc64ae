//! Drafts: from the page into the storage of the tab, and back.

use leptos::prelude::*;

use super::PageSession;
use crate::app::state::PageState;
use crate::browser;
use crate::sync::DirtySet;

impl PageSession {
    /// Opens the storage of the tab.
    pub(super) fn open_tab(self) {
        browser::open_tab_storage(
            move |stored, replaces| self.restore_tab(&stored, replaces),
            move || {
                self.store_tab();
            },
        );
    }

    fn restore_tab(self, stored: &[u8], replaces: bool) {
        if replaces {
            browser::set_new_item_field("");
        }
        let now = browser::now();
        self.update(|state| {
            let mut dirty = state.restore_tab_state(stored, replaces, now);
            dirty.extend(place_drafts(state));
            dirty
        });
    }

    /// Stores what the tab keeps of this page. Returns whether all of it is stored.
    pub(super) fn store_tab(self) -> bool {
        let editor = browser::editor_text().map(|text| (text, browser::editor_selection()));
        let tab_state = |state: &PageState| state.tab_state(browser::new_item_text(), editor);
        let (bytes, is_complete) = self.state.with_untracked(tab_state);
        browser::write_tab_storage(&bytes) && is_complete
    }

    /// The commands in the storage of the browser are read.
    pub(super) fn on_storage_read(self) {
        self.update(|state| {
            state.is_storage_read = true;
            place_drafts(state)
        });
    }
}

/// Puts drafts into the fields that are free.
pub(super) fn place_drafts(state: &mut PageState) -> Vec<DirtySet> {
    let field = browser::new_item_text();
    if let Some(text) = state.take_field_draft(&field) {
        browser::set_new_item_field(&text);
    }
    let editor = browser::editor_text();
    let Some(draft) = state.take_editor_draft(editor.as_deref(), browser::now()) else {
        return Vec::new();
    };
    // A person who types elsewhere goes on there.
    let selection = field.trim().is_empty().then_some(draft.selection);
    browser::fill_editor(draft.text, selection);
    vec![DirtySet::Items(vec![draft.item])]
}
