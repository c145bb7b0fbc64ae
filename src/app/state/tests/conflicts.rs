//! Texts and undo steps that conflict with changes of other clients.

use super::*;

#[test]
fn an_editor_that_was_not_used_takes_nothing_back() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Edit(id(0)));
    let title = Title::parse("theirs").unwrap();
    page.other(Command::rename(id(0), title));
    page.hear();
    page.perform(UserAction::SaveEdit("a".into()));
    page.check("theirs b");
    assert!(page.has_nothing_pending());
}

#[test]
fn a_text_that_cannot_be_saved_stays_in_its_editor_whatever_is_done_next() {
    let mut page = Page::new(&["a", "b"]);
    let long = "x".repeat(501);
    page.perform_all([UserAction::Edit(id(0)), UserAction::SaveEdit(long)]);
    page.perform(UserAction::Edit(id(1)));
    page.perform(UserAction::ShowView(Filter::Completed, String::new()));
    assert_eq!(page.state.edited(), Some(id(0)));
    page.check("a");
}

#[test]
fn an_undo_after_a_change_of_another_client_says_why_it_fails() {
    let mut page = Page::new(&["a", "b"]);
    page.perform_all([UserAction::Edit(id(0)), UserAction::SaveEdit("mine".into())]);
    page.send();
    let title = Title::parse("theirs").unwrap();
    page.other(Command::rename(id(0), title));
    page.perform(UserAction::Undo);
    assert_eq!(page.send(), [], "no text is lost with it");
    assert_eq!(page.notice_text(), Rejection::ChangedSince.to_string());
    assert!(!page.state.undo_stack.can_redo());
    page.check("theirs b");
}

#[test]
fn a_new_title_for_an_item_that_is_gone_is_kept_and_can_bring_it_back() {
    let mut page = Page::new(&["a", "b"]);
    page.other(Command::Remove { id: id(0) });
    page.perform_all([
        UserAction::Edit(id(0)),
        UserAction::SaveEdit("long thought".into()),
    ]);
    let refused = page.send().remove(0);
    assert!(refused.restores_item && !refused.is_new_item);
    assert_eq!(page.kept(), ["long thought"]);
    let complaint = (
        "Error: Could not save the change.",
        "Someone has removed the item.".to_owned(),
    );
    assert_eq!(page.state.error_message(), complaint);
    page.perform(UserAction::RetryRejected(id(0)));
    assert_eq!(page.state.error_message(), ("", String::new()));
    page.send();
    let titles: Vec<_> = page
        .server
        .items()
        .map(|item| item.title.to_string())
        .collect();
    assert_eq!(titles, ["long thought", "b"]);
}

#[test]
fn the_text_in_the_editor_of_a_removed_item_is_kept() {
    for (typed, kept) in [("long thought", 1), ("a", 0), ("", 0)] {
        let mut page = Page::new(&["a", "b"]);
        page.perform(UserAction::Edit(id(0)));
        page.other(Command::Remove { id: id(0) });
        page.hear();
        page.state.keep_edit_of_removed_item(Some(typed), NOW);
        assert!(page.state.editing.is_none());
        assert_eq!(page.kept().len(), kept, "{typed:?}");
        if kept > 0 {
            page.perform(UserAction::RetryRejected(id(0)));
            page.send();
            page.check("long thought b");
        }
    }
    let mut page = Page::new(&["a", "b"]);
    page.perform_all([UserAction::Edit(id(0)), UserAction::Remove(id(0))]);
    assert!(page.state.editing.is_none() && page.kept().is_empty());
}
