//! The state of the page without a browser: actions in, rows and notices out.

use std::cell::Cell;
use std::sync::Arc;

use super::sync_status::SyncStatus;
use super::{PageState, RejectedText};
use crate::app::list_text;
use crate::browser::{self, Direction, DocumentState, Notice, NoticeAction, UserAction};
use crate::domain::tests::{KEY, id};
use crate::domain::{
    At, Change, ClientId, Command, CommandId, Cursor, Filter, Item, ItemId, List, Listing,
    Rejection, Timestamp, Title, decide,
};
use crate::sync::{
    Call, CallFailure, ConnectionState, Connectivity, DirtySet, Effect, ExchangeResponse,
    ExternalEvent, ListUpdate, Outcome, ReadPurpose, SyncEngine, Timer,
};

const NOW: Timestamp = Timestamp(7_000);

mod conflicts;
mod drafts;
mod server_updates;
mod visible_items;

/// A page, and the server that it talks to.
struct Page {
    state: PageState,
    server: List,
    made: Cell<u8>,
}

fn client(number: u8) -> ClientId {
    ClientId::new([number; 16])
}

impl Page {
    /// A page that shows items of these titles, with the numbers 0, 1, 2 and so on.
    fn new(titles: &[&str]) -> Self {
        let item = |(number, title): (usize, &&str)| {
            Item::new(id(number as u8), Title::parse(title).unwrap())
        };
        let items: Vec<Item> = titles.iter().enumerate().map(item).collect();
        let listing = Listing { revision: 9, items };
        let server = listing.clone().into_list(KEY);
        let document = DocumentState {
            listing,
            ..DocumentState::default()
        };
        let mut page = Self {
            state: PageState::new(document, client(1), KEY, browser::decompose),
            server,
            made: Cell::new(100),
        };
        page.pass_in(|engine| engine.on_event(ExternalEvent::LeadGained, NOW));
        page
    }

    fn perform(&mut self, action: UserAction) {
        let new_id = || {
            self.made.set(self.made.get() + 1);
            id(self.made.get())
        };
        let dirty = self.state.perform(action, NOW, &new_id);
        self.invalidate_visible_items(&dirty);
    }

    /// As the page does it after each change.
    fn invalidate_visible_items(&mut self, dirty: &[DirtySet]) {
        if !dirty.is_empty() {
            self.state.invalidate_visible_items(dirty);
        }
    }

    fn perform_all(&mut self, gestures: impl IntoIterator<Item = UserAction>) {
        gestures.into_iter().for_each(|action| self.perform(action));
    }

    /// Something reaches the sync engine, and the page shows what changes. Answers the texts that were rejected.
    fn pass_in(&mut self, input: impl FnOnce(&mut SyncEngine)) -> Vec<RejectedText> {
        input(&mut self.state.engine);
        let changes = self.state.engine.take_changes();
        let (dirty, texts) = self.state.show_changes(changes);
        self.invalidate_visible_items(&dirty);
        self.state.refresh_status();
        texts
    }

    /// The next call, if there is one. The storage is empty, and as fast as the page.
    fn next_call(&mut self) -> Option<Call> {
        self.state.engine.request_sync();
        let mut next = None;
        loop {
            let effects = self.state.engine.take_effects();
            if effects.is_empty() {
                return next;
            }
            for effect in effects {
                match effect {
                    Effect::Call(call) => next = Some(call),
                    Effect::Write(_) => drop(self.pass_in(|engine| engine.on_written(true))),
                    Effect::Read(ReadPurpose::Resync) => {
                        let stored = self.state.engine.replica.outbox.pending().to_vec();
                        let read = |engine: &mut SyncEngine| {
                            engine.on_read(ReadPurpose::Resync, Some(stored), NOW);
                        };
                        self.pass_in(read);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Sends what is pending of one sender; the server answers, and the answer is not there yet.
    fn call(&mut self) -> Option<ExchangeResponse> {
        let Call {
            list: _,
            since,
            first,
            commands,
        } = self.next_call()?;
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let outcomes = ids
            .zip(commands)
            .map(|(id, command)| self.decide(id, &command));
        let outcomes = outcomes.collect();
        let changes = self.server.history_since(since.revision).unwrap();
        Some(ExchangeResponse {
            cursor: self.cursor(),
            outcomes,
            update: ListUpdate::Changes(changes.cloned().collect()),
        })
    }

    /// Sends everything. Answers the texts that were refused.
    fn send(&mut self) -> Vec<RejectedText> {
        let mut refused = Vec::new();
        while let Some(response) = self.call() {
            refused.extend(self.answer(response));
        }
        refused
    }

    /// The answer of the server arrives. Answers the texts that were rejected.
    fn answer(&mut self, response: ExchangeResponse) -> Vec<RejectedText> {
        self.pass_in(|engine| engine.on_response(response, NOW))
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: 0,
            revision: self.server.revision(),
        }
    }

    /// The server decides a command.
    fn decide(&mut self, command: CommandId, wish: &Command) -> Outcome {
        match decide(&self.server, wish, NOW) {
            Ok(events) if events.is_empty() => {
                self.server.consume_number(command);
                Outcome::Unchanged
            }
            Ok(events) => {
                let revision = self.server.revision() + 1;
                self.server.apply(Arc::new(Change {
                    revision,
                    command,
                    events,
                }));
                Outcome::Accepted
            }
            Err(rejection) => {
                self.server.consume_number(command);
                Outcome::Rejected(rejection)
            }
        }
    }

    /// Another client sends a command.
    fn other(&mut self, command: Command) {
        self.try_other(command).unwrap();
    }

    /// Another client sends a command, which may be rejected.
    fn try_other(&mut self, command: Command) -> Result<(), Rejection> {
        let id = CommandId {
            client: client(3),
            seq: self.server.expected_seq(client(3)),
        };
        match self.decide(id, &command) {
            Outcome::Accepted | Outcome::Unchanged => Ok(()),
            Outcome::Rejected(rejection) => Err(rejection),
        }
    }

    /// The page hears by the stream of what it does not know yet.
    fn hear(&mut self) {
        let here = self.state.engine.replica.cursor().revision;
        let changes: Vec<_> = self.server.history_since(here).unwrap().cloned().collect();
        for change in changes {
            let news = ExternalEvent::ListChanged(self.cursor().epoch, vec![change]);
            self.pass_in(|engine| engine.on_event(news, NOW));
        }
    }

    /// The status and its text.
    fn status(&self) -> (&'static str, String) {
        let (status, text) = self.state.sync_status();
        (status.name(), text)
    }

    fn has_nothing_pending(&self) -> bool {
        self.state.engine.replica.outbox.pending().is_empty()
    }

    /// The texts that wait beside the field.
    fn kept(&self) -> Vec<String> {
        let text = |refused: RejectedText| refused.item.title.to_string();
        self.state.rejected_texts().map(text).collect()
    }

    /// The titles that are shown; completed ones with an "x".
    fn shown(&self) -> String {
        list_text::format_items(
            self.state
                .visible_items()
                .iter()
                .filter_map(|id| self.state.list().get(*id)),
            true,
        )
        .replace("- [ ] ", "")
        .replace("- [x] ", "x")
        .replace('\n', " ")
        .trim_end()
        .to_owned()
    }

    /// What the page and the server agree on when everything is sent.
    fn check(&mut self, expected: &str) {
        assert_eq!(self.shown(), expected);
        self.send();
        assert_eq!(self.shown(), expected, "after the answers");
    }

    /// The moment is over that leaving items stay visible.
    fn hide_leaving(&mut self) {
        for item in self.state.leaving.clone() {
            let dirty = self.state.hide_leaving(item);
            self.invalidate_visible_items(&dirty);
        }
    }

    fn notice_text(&self) -> &str {
        self.state
            .notice
            .as_ref()
            .map_or("", |notice| notice.text.as_str())
    }
}

#[test]
fn adding_completing_moving_and_removing_show_at_once() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Add(" c ".into()));
    page.perform(UserAction::Add("  ".into()));
    page.check("a b c");
    page.perform(UserAction::Toggle(id(1)));
    page.perform(UserAction::Toggle(id(0)));
    page.perform(UserAction::Toggle(id(1)));
    page.check("xa b c");
    page.perform(UserAction::MoveBy(id(0), Direction::Down));
    page.check("b xa c");
    page.perform(UserAction::Move(id(0), At::End));
    page.check("b c xa");
    assert_eq!(page.state.announcement, "Position 3 of 3");
    page.perform(UserAction::MoveBy(id(0), Direction::Down));
    assert_eq!(page.state.announcement, "Position 3 of 3");
    page.perform(UserAction::Remove(id(1)));
    page.check("c xa");
    assert_eq!(page.notice_text(), "b removed.");
}

#[test]
fn marking_all_follows_the_rules_of_todomvc() {
    let mut page = Page::new(&["a", "b"]);
    assert!(!page.state.all_completed());
    page.perform(UserAction::CompleteAll(true));
    assert!(page.state.all_completed());
    assert_eq!(page.state.left(), 0);
    page.perform(UserAction::Toggle(id(0)));
    assert!(!page.state.all_completed());
    page.perform(UserAction::CompleteAll(true));
    page.perform(UserAction::ClearCompleted);
    page.check("");
    assert!(
        !page.state.all_completed(),
        "there is nothing left to be completed"
    );
    assert_eq!(page.notice_text(), "2 completed items removed.");
    page.perform(UserAction::Undo);
    page.check("xa xb");
    assert_eq!(page.notice_text(), "Undone: 2 items.");
}

#[test]
fn a_command_names_no_more_items_than_fit_into_a_request() {
    let title = Title::parse("x").unwrap();
    let item = |number| Item::new(ItemId::new(Timestamp(number), [0; 10]), title.clone());
    let items = (0..3_001).map(item).collect();
    let listing = Listing { revision: 1, items };
    let document = DocumentState {
        listing,
        ..DocumentState::default()
    };
    let mut state = PageState::new(document, client(1), KEY, browser::decompose);
    state.perform(UserAction::CompleteAll(true), NOW, &|| id(0));
    assert_eq!(state.list().completed(), 3_001);
    let mut named = Vec::new();
    for entry in state.engine.replica.outbox.pending() {
        if let Command::CompleteAll { ids, .. } = &entry.command {
            named.push(ids.len());
        }
    }
    assert_eq!(named, [1_500, 1_500, 1]);
}

#[test]
fn editing_saves_what_has_changed_and_removes_what_is_blank() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::Edit(id(0)));
    assert_eq!(page.state.row(id(0)).unwrap().class(), "editing");
    assert_eq!(page.state.row(id(0)).unwrap().editing.as_deref(), Some("a"));
    page.perform(UserAction::SaveEdit(" A ".into()));
    page.check("A b");
    page.perform_all([UserAction::Edit(id(0)), UserAction::SaveEdit("A".into())]);
    page.perform_all([
        UserAction::Edit(id(0)),
        UserAction::CancelEdit,
        UserAction::SaveEdit("C".into()),
    ]);
    assert!(page.has_nothing_pending(), "nothing has changed");
    page.perform_all([UserAction::Edit(id(1)), UserAction::SaveEdit(" ".into())]);
    page.check("A");
    let long = "x".repeat(501);
    page.perform_all([UserAction::Edit(id(0)), UserAction::SaveEdit(long)]);
    assert!(
        page.state.editing.is_some(),
        "the text is still in its field"
    );
    assert_eq!(
        page.notice_text(),
        "It has 501 characters; at most 500 fit."
    );
}

#[test]
fn an_item_leaves_the_view_when_it_stops_matching_but_not_while_it_is_edited() {
    let mut page = Page::new(&["a", "b", "Äb"]);
    page.perform(UserAction::ShowView(Filter::Active, String::new()));
    page.perform(UserAction::Toggle(id(1)));
    page.check("a xb Äb");
    page.hide_leaving();
    page.check("a Äb");
    page.perform(UserAction::Edit(id(0)));
    page.perform(UserAction::Toggle(id(0)));
    page.hide_leaving();
    page.check("xa Äb");
    page.perform(UserAction::CancelEdit);
    page.check("Äb");
    page.perform(UserAction::ShowView(Filter::All, " AB ".into()));
    page.check("Äb");
    assert_eq!(page.state.row(id(2)).unwrap().found.first(), Some(&(0..3)));
    page.perform(UserAction::ShowView(Filter::Completed, "z".into()));
    page.check("");
    assert_eq!(page.state.empty_message(), "No item matches.");
    page.perform(UserAction::ShowView(Filter::Completed, String::new()));
    page.check("xa xb");
}

#[test]
fn an_item_that_leaves_the_view_stays_visible_for_a_moment_and_counts_no_more() {
    let mut page = Page::new(&["a", "b", "c"]);
    page.perform(UserAction::Toggle(id(2)));
    assert_eq!(page.notice_text(), "", "the view shows it");
    page.perform(UserAction::ShowView(Filter::Active, String::new()));
    page.perform(UserAction::Toggle(id(1)));
    page.check("a xb");
    assert_eq!(page.notice_text(), "b done.");
    assert_eq!(page.state.left(), 1);
    page.perform(UserAction::CopyItems { markdown: false });
    assert_eq!(page.notice_text(), "a copied.");
    page.hide_leaving();
    page.check("a");

    // Another view shows only what belongs to it, and reopened items leave the completed ones in the same way.
    page.perform(UserAction::Toggle(id(0)));
    page.perform(UserAction::ShowView(Filter::Completed, String::new()));
    page.check("xa xb xc");
    page.perform(UserAction::Toggle(id(0)));
    page.check("a xb xc");
    assert_eq!(page.notice_text(), "a active again.");
    page.perform(UserAction::ShowView(Filter::Completed, "A".into()));
    page.check("");
}

#[test]
fn the_moment_of_an_item_that_comes_back_and_leaves_again_is_a_new_one() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(UserAction::ShowView(Filter::Active, String::new()));
    page.perform(UserAction::Toggle(id(0)));
    let first = page.state.leaving.clone();
    page.perform(UserAction::Toggle(id(0)));
    assert!(page.state.leaving.is_empty());
    assert_eq!(page.notice_text(), "");
    page.perform(UserAction::Toggle(id(0)));
    for item in first {
        let dirty = page.state.hide_leaving(item);
        page.invalidate_visible_items(&dirty);
    }
    page.check("xa b");
    page.hide_leaving();
    page.check("b");
    page.perform(UserAction::Undo);
    page.check("a b");
}

#[test]
fn an_item_that_the_view_or_the_search_hides_is_offered() {
    let mut page = Page::new(&["a", "b"]);
    let show = |page: &mut Page, filter, search: &str| {
        page.perform(UserAction::ShowView(filter, search.into()));
    };
    let view = |page: &Page| (page.state.filter, page.state.search.clone());
    page.perform(UserAction::Add("c".into()));
    assert_eq!(page.notice_text(), "", "it is visible");

    show(&mut page, Filter::Completed, "");
    page.perform(UserAction::Add("d".into()));
    assert_eq!(page.notice_text(), "d added.");
    page.perform(UserAction::ShowHidden);
    assert_eq!(view(&page), (Filter::All, String::new()));
    page.check("a b c d");

    // The view stays if the search alone hides the item.
    show(&mut page, Filter::Active, "a");
    page.perform_all([UserAction::Edit(id(0)), UserAction::SaveEdit("B".into())]);
    assert_eq!(page.notice_text(), "B saved.");
    assert_eq!(page.state.hidden_item(), Some(id(0)));
    page.perform(UserAction::ShowHidden);
    assert_eq!(view(&page), (Filter::Active, String::new()));
    assert_eq!(page.notice_text(), "");

    // Of several lines, the first hidden one. The search stays if the view alone hides it.
    show(&mut page, Filter::Active, "x");
    page.perform_all([
        UserAction::Paste("x1\n[x] x2".into()),
        UserAction::AddPastedLines,
    ]);
    assert_eq!(page.notice_text(), "2 items added.");
    page.perform(UserAction::ShowHidden);
    assert_eq!(view(&page), (Filter::All, "x".to_owned()));
    page.check("x1 xx2");
}

#[test]
fn the_count_is_what_is_left_or_the_result_of_the_search() {
    let mut page = Page::new(&["a", "b", "ab"]);
    let check = |page: &Page, expected: &str| {
        let (number, words) = page.state.count();
        assert_eq!(format!("{number}{words}"), expected);
    };
    check(&page, "3 items left");
    page.perform(UserAction::Toggle(id(0)));
    page.perform(UserAction::ShowView(Filter::All, "a".into()));
    check(&page, "2 of 3");
    page.perform(UserAction::ShowView(Filter::Active, "a".into()));
    check(&page, "1 of 2");
    page.perform(UserAction::Toggle(id(2)));
    check(&page, "0 of 1");
    page.perform(UserAction::ShowView(Filter::Completed, "b".into()));
    check(&page, "1 of 2");
    page.perform(UserAction::ShowView(Filter::Completed, " ".into()));
    check(&page, "1 item left");
}

#[test]
fn many_steps_are_taken_back_and_done_again() {
    let mut page = Page::new(&["a", "b", "c"]);
    page.perform(UserAction::Toggle(id(0)));
    page.perform(UserAction::Move(id(2), At::Start));
    page.perform_all([UserAction::Edit(id(1)), UserAction::SaveEdit("B".into())]);
    page.perform(UserAction::Remove(id(0)));
    page.check("c B");
    for expected in ["c xa B", "c xa b", "xa b c", "a b c", "a b c"] {
        page.perform(UserAction::Undo);
        page.check(expected);
    }
    assert_eq!(page.notice_text(), "There is nothing to undo.");
    for expected in ["xa b c", "c xa b", "c xa B", "c B", "c B"] {
        page.perform(UserAction::Redo);
        page.check(expected);
    }
    assert_eq!(page.notice_text(), "There is nothing to redo.");
    page.perform(UserAction::Undo);
    page.perform(UserAction::Toggle(id(1)));
    assert!(!page.state.undo_stack.can_redo(), "something new was done");
}

#[test]
fn pasted_lines_become_items_in_one_step() {
    let mut page = Page::new(&["a"]);
    page.perform(UserAction::Paste("- b\n- [ ] c\n".into()));
    assert_eq!(page.state.pasted.len(), 2);
    page.perform(UserAction::AddPastedLines);
    assert_eq!(page.state.engine.replica.outbox.pending().len(), 1);
    page.check("a b c");
    page.perform(UserAction::Undo);
    page.check("a");
    page.perform_all([UserAction::Paste("b\nc".into()), UserAction::KeepPastedText]);
    assert!(page.state.pasted.is_empty());
}

#[test]
fn enter_adds_pasted_lines_with_their_ticks_and_says_how_many() {
    let mut page = Page::new(&["a"]);
    page.perform_all([
        UserAction::Paste("[x] b\n[ ] c".into()),
        UserAction::Add("[x] b [ ] c".into()),
    ]);
    assert_eq!(page.notice_text(), "2 items added.");
    page.check("a xb c");
    // What cannot be an item says why, and the next text takes the error away.
    page.perform(UserAction::Paste(format!("b\n{}", "x".repeat(501))));
    let (_, reason) = page.state.error_message();
    assert!(reason.starts_with("Line 2 cannot be an item"), "{reason}");
    page.perform(UserAction::Paste("b\nc".into()));
    assert_eq!(page.state.error_message().1, "");
}

#[test]
fn a_refused_title_of_an_item_in_the_list_is_sent_again_as_its_title() {
    let mut page = Page::new(&["a"]);
    page.perform_all([UserAction::Edit(id(0)), UserAction::SaveEdit("b".into())]);
    let mut response = page.call().unwrap();
    response.outcomes = vec![Outcome::Rejected(Rejection::ListFull)];
    response.update = ListUpdate::Changes(Vec::new());
    page.answer(response);
    page.perform(UserAction::RetryRejected(id(0)));
    let outbox = &page.state.engine.replica.outbox;
    let rename = Command::rename(id(0), Title::parse("b").unwrap());
    assert_eq!(outbox.pending()[0].command, rename);
}

#[test]
fn each_pasted_line_that_is_refused_can_be_sent_again_or_discarded() {
    let mut page = Page::new(&["a"]);
    page.perform_all([
        UserAction::Paste("b\nc\nd".into()),
        UserAction::AddPastedLines,
    ]);
    let mut response = page.call().unwrap();
    response.outcomes = vec![Outcome::Rejected(Rejection::ListFull)];
    response.update = ListUpdate::Changes(Vec::new());
    page.answer(response);
    assert_eq!(page.state.list().len(), 1);
    let texts = |page: &Page| -> Vec<(ItemId, String)> {
        let texts = page.state.rejected_texts();
        texts
            .map(|text| (text.item.id, text.item.title.to_string()))
            .collect()
    };
    let refused = texts(&page);
    assert_eq!(
        refused.iter().map(|(_, text)| text).collect::<Vec<_>>(),
        ["b", "c", "d"]
    );
    page.perform_all([
        UserAction::DiscardRejected(refused[0].0),
        UserAction::RetryRejected(refused[1].0),
    ]);
    assert_eq!(texts(&page), [refused[2].clone()]);
    let outbox = &page.state.engine.replica.outbox;
    let sent: Vec<_> = outbox
        .pending()
        .iter()
        .map(|entry| &entry.command)
        .collect();
    let (id, text) = &refused[1];
    let again = Command::add(*id, Title::parse(text).unwrap(), At::End);
    assert_eq!(sent, [&again]);
    assert_eq!(
        outbox.rejected().len(),
        1,
        "each has a place of its own in the storage"
    );
}

#[test]
fn steps_of_a_form_without_script_can_be_undone_by_the_script() {
    let listing = Listing {
        revision: 3,
        items: Vec::new(),
    };
    let notice = Some(Notice {
        text: "1 item removed.".into(),
        action: NoticeAction::Undo,
    });
    let document = DocumentState {
        listing,
        notice,
        done: vec![5, 6],
        ..DocumentState::default()
    };
    let mut state = PageState::new(document, client(1), KEY, browser::decompose);
    assert!(state.undo_stack.can_undo() && !state.undo_stack.can_redo());
    state.perform(UserAction::Undo, NOW, &|| id(0));
    let of = CommandId {
        client: ClientId::SERVER,
        seq: 6,
    };
    let waiting = state.engine.replica.outbox.pending();
    assert_eq!(waiting[0].command, Command::Revert { of });
}

#[test]
fn there_is_a_friendly_word_when_there_is_nothing() {
    let mut page = Page::new(&[]);
    assert_eq!(
        page.state.empty_message(),
        "Nothing to do. Enjoy the day, or add something."
    );
    page.perform(UserAction::Add("a".into()));
    assert_eq!(page.state.empty_message(), "");
    page.perform(UserAction::ShowView(Filter::Completed, String::new()));
    assert_eq!(page.state.empty_message(), "Nothing is completed yet.");
    page.perform(UserAction::Toggle(id(101)));
    page.perform(UserAction::ShowView(Filter::Active, String::new()));
    assert_eq!(page.state.empty_message(), "All done.");
}
