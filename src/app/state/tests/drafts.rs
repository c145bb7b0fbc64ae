//! What a tab keeps from one page to the next.

use super::*;

impl Page {
    /// What the tab stores of the page, with these texts in its fields.
    fn stored(&self, field: &str, editor: Option<&str>) -> Vec<u8> {
        let editor = editor.map(|text| (text.to_owned(), (1, 2)));
        let (bytes, is_complete) = self.state.tab_state(field.to_owned(), editor);
        assert!(is_complete);
        bytes
    }

    /// The next page of the tab, without what the page before has typed.
    fn next(&self, stored: &[u8]) -> Self {
        let document = DocumentState {
            listing: Listing::from(&self.server),
            ..DocumentState::default()
        };
        let mut next = Self {
            state: PageState::new(document, client(2), KEY, browser::decompose),
            server: self.server.clone(),
            made: Cell::new(200),
        };
        next.pass_in(|engine| engine.on_event(ExternalEvent::LeadGained, NOW));
        next.state.restore_tab_state(stored, false, NOW);
        next
    }
}

#[test]
fn a_text_goes_back_into_its_field_when_that_is_free() {
    let page = Page::new(&["a"]);
    let stored = page.stored("draft", None);
    let mut next = page.next(&stored);
    assert_eq!(next.state.take_field_draft("typed early"), None);
    // It waits in the storage too, behind the new text.
    let mut last = page.next(&next.stored("typed early", None));
    assert_eq!(
        last.state.take_field_draft(" ").as_deref(),
        Some("typed early")
    );
    assert_eq!(last.state.take_field_draft("").as_deref(), Some("draft"));
    assert_eq!(last.state.take_field_draft(""), None);
    // A text that the browser has restored is the same one.
    assert_eq!(
        next.state.take_field_draft("draft").as_deref(),
        Some("draft")
    );
    assert_eq!(next.state.take_field_draft(""), None);
}

#[test]
fn a_rejected_text_in_the_field_is_stored_once() {
    let mut page = Page::new(&["a"]);
    let add = Command::add(id(7), Title::parse("x").unwrap(), At::End);
    let rejected = RejectedText::new(&add, Rejection::ListFull).unwrap();
    page.state.new_item_error.return_to_field(rejected);
    let mut next = page.next(&page.stored("x", None));
    assert_eq!(next.state.take_field_draft(""), None);
    let mut next = page.next(&page.stored("x and more", None));
    assert_eq!(
        next.state.take_field_draft("").as_deref(),
        Some("x and more")
    );
}

#[test]
fn pasted_lines_come_back_with_their_text() {
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Paste("- [x] b\n- c".into()));
    let mut next = page.next(&page.stored("- [x] b - c", None));
    assert!(next.state.take_field_draft("").is_some());
    let again = next.stored("- [x] b - c", None);
    next.perform(UserAction::Add("- [x] b - c".into()));
    next.check("a xb c");
    let mut last = page.next(&again);
    last.state.take_field_draft("");
    assert_eq!(last.state.pasted.len(), 2);
    // Lines that the person has kept as one text are one text.
    page.perform(UserAction::KeepPastedText);
    let mut next = page.next(&page.stored("- [x] b - c", None));
    next.state.take_field_draft("");
    assert!(next.state.pasted.is_empty());
}

#[test]
fn an_editor_opens_again_unless_another_one_is_in_use() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Edit(id(0)));
    let stored = page.stored("", Some("mine"));
    let mut next = page.next(&stored);
    let draft = next.state.take_editor_draft(None, NOW).unwrap();
    assert_eq!((draft.text.as_str(), draft.selection), ("mine", (1, 2)));
    assert_eq!(next.state.edited(), Some(id(0)));
    next.perform(UserAction::SaveEdit(draft.text));
    next.check("mine b");

    let mut next = page.next(&stored);
    next.perform(UserAction::Edit(id(1)));
    assert_eq!(next.state.take_editor_draft(Some("b"), NOW), None);
    next.perform(UserAction::CancelEdit);
    assert!(next.state.take_editor_draft(None, NOW).is_some());

    // The server has rendered the editor of the same item.
    let mut next = page.next(&stored);
    next.perform(UserAction::Edit(id(0)));
    assert_eq!(next.state.take_editor_draft(Some("typed"), NOW), None);
    assert!(next.state.take_editor_draft(Some("a"), NOW).is_some());
}

#[test]
fn the_text_of_an_item_that_is_gone_is_kept_once_the_storage_is_read() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Edit(id(0)));
    let stored = page.stored("", Some("mine"));
    page.other(Command::Remove { id: id(0) });
    let mut next = page.next(&stored);
    assert_eq!(next.state.take_editor_draft(None, NOW), None);
    assert!(next.kept().is_empty(), "a stored command may add the item");
    next.state.is_storage_read = true;
    assert_eq!(next.state.take_editor_draft(None, NOW), None);
    assert_eq!(next.kept(), ["mine"]);
    assert_eq!(next.state.edited(), None);
}

#[test]
fn undo_steps_go_on_on_the_next_page() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Remove(id(0)));
    page.send();
    let mut next = page.next(&page.stored("", None));
    next.perform(UserAction::Undo);
    assert_eq!(next.shown(), "a b", "without the server");
    next.check("a b");
    next.perform(UserAction::Redo);
    next.check("b");
}

#[test]
fn steps_of_forms_are_taken_over_once() {
    let mut page = Page::new(&["a"]);
    page.state.form_steps = 7;
    let stored = page.stored("", None);
    let document = DocumentState {
        done: vec![7, 9],
        ..DocumentState::default()
    };
    let mut next = PageState::new(document, client(2), KEY, browser::decompose);
    next.restore_tab_state(&stored, false, NOW);
    let steps: Vec<u64> = next.undo_stack.commands().map(|id| id.seq).collect();
    assert_eq!(steps, [9]);
}

#[test]
fn a_page_that_the_browser_restores_shows_what_a_later_page_has_left() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Edit(id(0)));
    page.perform(UserAction::Paste("c\nd".into()));
    let mut later = page.next(&page.stored("c d", Some("mine")));
    later.state.take_editor_draft(None, NOW);
    later.perform(UserAction::SaveEdit("mine".into()));
    later.state.take_field_draft("");
    later.perform(UserAction::Add("c d".into()));
    let left = later.stored("", None);
    let dirty = page.state.restore_tab_state(&left, true, NOW);
    assert!(dirty.contains(&DirtySet::Items(vec![id(0)])));
    assert!(page.state.editing.is_none() && page.state.pasted.is_empty());
    assert_eq!(page.state.take_field_draft(""), None);
    assert!(page.state.undo_stack.can_undo());
}

#[test]
fn what_is_too_long_is_left_out_and_foreign_bytes_are_ignored() {
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Remove(id(0)));
    let (bytes, is_complete) = page.state.tab_state("x".repeat(1_000_001), None);
    assert!(!is_complete && bytes.len() < 1_000);
    let mut next = page.next(&bytes);
    assert!(next.state.undo_stack.can_undo());
    assert_eq!(next.state.take_field_draft(""), None);
    for foreign in [b"".as_slice(), b"<html>", b"todo-list 2\n\x00"] {
        let next = page.next(foreign);
        assert!(!next.state.undo_stack.can_undo());
    }
}
