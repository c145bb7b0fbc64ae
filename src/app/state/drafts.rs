//! What a tab keeps of its page: texts that are not submitted yet, and the steps that can be undone.

use serde::{Deserialize, Serialize};

use super::{PageState, pasted_lines};
use crate::domain::encoding::{decode, encode};
use crate::domain::{ClientId, CommandId, ItemId, Timestamp, UndoStack};
use crate::sync::{DirtySet, UndoRecord};

/// The version of [`TabState`] and everything in it. The types of a version never change: a page of the next version
/// finds what a page of this one has stored.
const TAB_VERSION: u8 = 1;

/// The longest encoded state, in bytes.
const MAX_BYTES: usize = 1_000_000;

/// What a tab keeps of its page.
#[derive(Debug, Default, Serialize, Deserialize)]
struct TabState {
    drafts: Drafts,
    undo_stack: UndoStack,
    /// The number of the latest command of a form that the steps have taken into account.
    form_steps: u64,
    undo_record: UndoRecord,
}

/// Texts that are not submitted yet. The first ones go back into the page when their field is free: what the person has
/// typed there since stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Drafts {
    fields: Vec<FieldDraft>,
    editors: Vec<EditorDraft>,
}

/// A text in the field for new items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct FieldDraft {
    text: String,
    /// The pasted text whose lines the page offers to add as items; empty if there is none.
    pasted: String,
}

/// A text in the editor of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EditorDraft {
    pub(crate) item: ItemId,
    /// The text that the editor has opened with.
    pub(crate) opened: String,
    pub(crate) text: String,
    /// The start and the end of the selection in the text.
    pub(crate) selection: (u32, u32),
}

impl PageState {
    /// What the tab stores of this page, whose fields have these texts. Returns also whether no draft is left out because
    /// it is too long.
    pub(crate) fn tab_state(
        &self,
        field: String,
        editor: Option<(String, (u32, u32))>,
    ) -> (Vec<u8>, bool) {
        let mut drafts = self.drafts.clone();
        // A rejected text in the field is stored with its command.
        if !field.trim().is_empty() && !self.new_item_error.has_returned(&field) {
            let pasted = match self.pasted.is_empty() {
                true => String::new(),
                false => self.pasted_text.clone(),
            };
            let draft = FieldDraft {
                text: field,
                pasted,
            };
            drafts.fields.insert(0, draft);
        }
        if let Some(((item, opened), (text, selection))) = self.editing.clone().zip(editor) {
            let draft = EditorDraft {
                item,
                opened,
                text,
                selection,
            };
            drafts.editors.insert(0, draft);
        }
        let mut tab = TabState {
            drafts,
            undo_stack: self.undo_stack.clone(),
            form_steps: self.form_steps,
            undo_record: (self.engine.replica).record_undo(self.undo_stack.commands()),
        };
        for attempt in 0..3 {
            match attempt {
                0 => {}
                // The server still knows how to undo the steps.
                1 => tab.undo_record = UndoRecord::default(),
                _ => tab.drafts = Drafts::default(),
            }
            let bytes = encode(TAB_VERSION, &tab).unwrap_or_default();
            if bytes.len() <= MAX_BYTES {
                return (bytes, attempt < 2);
            }
        }
        (Vec::new(), false)
    }

    /// Takes over what an earlier page of the tab has stored. `replaces` says that the browser has restored this page
    /// itself, which was left before the earlier page was opened.
    pub(crate) fn restore_tab_state(
        &mut self,
        bytes: &[u8],
        replaces: bool,
        now: Timestamp,
    ) -> Vec<DirtySet> {
        let Ok(tab) = decode::<TabState>(TAB_VERSION, bytes) else {
            return Vec::new();
        };
        let mut dirty = Vec::new();
        if replaces {
            dirty.extend(self.edited().map(|id| DirtySet::Items(vec![id])));
            self.editing = None;
            self.pasted.clear();
            self.undo_stack = UndoStack::default();
        }
        self.drafts = tab.drafts;
        let is_known = |id: CommandId| id.client == ClientId::SERVER && id.seq <= tab.form_steps;
        self.undo_stack.resume(tab.undo_stack, is_known);
        self.form_steps = self.form_steps.max(tab.form_steps);
        dirty.push(self.engine.replica.recall_undo(tab.undo_record, now));
        dirty
    }

    /// Takes out the text that goes back into the field for new items, which has the text `field`.
    pub(crate) fn take_field_draft(&mut self, field: &str) -> Option<String> {
        let is_free = |draft: &FieldDraft| field.trim().is_empty() || field == draft.text;
        self.drafts.fields.first().filter(|draft| is_free(draft))?;
        let draft = self.drafts.fields.remove(0);
        self.pasted = pasted_lines::parse(&draft.pasted).unwrap_or_default();
        self.pasted_text = draft.pasted;
        Some(draft.text)
    }

    /// Takes out the text that goes back into an editor, and opens the editor. The open editor, if there is one, has the
    /// text `editor`. If the item was removed, the text is kept as a rejected text.
    pub(crate) fn take_editor_draft(
        &mut self,
        editor: Option<&str>,
        now: Timestamp,
    ) -> Option<EditorDraft> {
        let draft = self.drafts.editors.first()?;
        if let Some((id, opened)) = &self.editing
            && !(*id == draft.item && editor == Some(opened))
        {
            return None;
        }
        let is_there = self.text_only_row(draft.item).is_some();
        if !is_there && !self.is_storage_read {
            // A command that adds the item may be in the storage.
            return None;
        }
        let draft = self.drafts.editors.remove(0);
        self.editing = Some((draft.item, draft.opened.clone()));
        self.keep_edit_of_removed_item(Some(&draft.text), now);
        is_there.then_some(draft)
    }
}
