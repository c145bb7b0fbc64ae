//! What the page does, without a browser: gestures in, rows and messages out.

use std::cell::Cell;
use std::sync::Arc;

use super::{Connection, Refused, State};
use crate::app::list_text;
use crate::browser::{self, Direction, DocumentState, Gesture, Notice, Offer};
use crate::domain::tests::{KEY, id};
use crate::domain::{
    At, Change, ClientId, Command, CommandId, Cursor, Filter, Item, ItemId, List, Listing,
    Rejection, Timestamp, Title, decide,
};
use crate::rpc::ExchangeResponse;
use crate::sync::{DirtySet, ListUpdate};

const NOW: Timestamp = Timestamp(7_000);

mod conflicts;
mod server_updates;
mod visible_items;

/// A page, and the server that it talks to.
struct Page {
    state: State,
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
        Self {
            state: State::new(document, client(1), KEY, browser::fold),
            server,
            made: Cell::new(100),
        }
    }

    fn perform(&mut self, gesture: Gesture) {
        let new_id = || {
            self.made.set(self.made.get() + 1);
            id(self.made.get())
        };
        let touched = self.state.perform(gesture, NOW, &new_id);
        self.look_again(&touched);
    }

    /// As the page does it after each change.
    fn look_again(&mut self, touched: &[DirtySet]) {
        if !touched.is_empty() {
            self.state.look_again(touched);
        }
    }

    fn perform_all(&mut self, gestures: impl IntoIterator<Item = Gesture>) {
        gestures
            .into_iter()
            .for_each(|gesture| self.perform(gesture));
    }

    /// Stores what was done, as if the storage were as fast as the page.
    fn store(&mut self) {
        let outbox = &mut self.state.replica.outbox;
        let writes = outbox.take_writes();
        outbox.on_stored(&writes);
    }

    /// Sends what waits of one sender; the server answers, and the answer is not there yet.
    fn call(&mut self) -> Option<(CommandId, ExchangeResponse)> {
        self.store();
        let since = self.state.replica.cursor().revision;
        let (first, commands) = self.state.replica.outbox.next_batch()?;
        let ids = (first.seq..).map(|seq| CommandId { seq, ..first });
        let outcomes = ids
            .zip(commands)
            .map(|(id, command)| self.decide(id, &command));
        let outcomes = outcomes.collect();
        let changes = self.server.history_since(since).unwrap();
        let exchanged = ExchangeResponse {
            cursor: self.cursor(),
            outcomes,
            update: ListUpdate::Changes(changes.cloned().collect()),
        };
        Some((first, exchanged))
    }

    /// Sends everything. Answers the texts that were refused.
    fn send(&mut self) -> Vec<Refused> {
        let mut refused = Vec::new();
        while let Some((first, exchanged)) = self.call() {
            let (touched, texts) = self.state.settle(first, exchanged, NOW);
            self.look_again(&touched);
            refused.extend(texts);
        }
        refused
    }

    fn cursor(&self) -> Cursor {
        Cursor {
            epoch: 0,
            revision: self.server.revision(),
        }
    }

    /// The server decides a command.
    fn decide(&mut self, command: CommandId, wish: &Command) -> Result<(), Rejection> {
        match decide(&self.server, wish, NOW) {
            Ok(events) => {
                let revision = self.server.revision() + 1;
                self.server.apply(Arc::new(Change {
                    revision,
                    command,
                    events,
                }));
                Ok(())
            }
            Err(rejection) => {
                self.server.reject(command);
                Err(rejection)
            }
        }
    }

    /// Somebody else does something.
    fn other(&mut self, command: Command) {
        self.try_other(command).unwrap();
    }

    /// Somebody else tries to.
    fn try_other(&mut self, command: Command) -> Result<(), Rejection> {
        let id = CommandId {
            client: client(3),
            seq: self.server.expected_seq(client(3)),
        };
        self.decide(id, &command)
    }

    /// The page hears by the stream of what it does not know yet.
    fn hear(&mut self) {
        let here = self.state.replica.cursor().revision;
        let changes: Vec<_> = self.server.history_since(here).unwrap().cloned().collect();
        for change in changes {
            let touched = self.state.follow(vec![change], NOW);
            self.look_again(&touched);
        }
    }

    fn has_nothing_waiting(&self) -> bool {
        self.state.replica.outbox.pending().is_empty()
    }

    /// The texts that wait beside the field.
    fn kept(&self) -> Vec<String> {
        let text = |refused: Refused| refused.item.title.to_string();
        self.state.kept().map(text).collect()
    }

    /// The titles that are shown; completed ones with an "x".
    fn shown(&self) -> String {
        list_text::of(
            self.state
                .shown()
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

    fn toast(&self) -> &str {
        self.state
            .toast
            .as_ref()
            .map_or("", |notice| notice.text.as_str())
    }
}

#[test]
fn adding_completing_moving_and_removing_show_at_once() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(Gesture::Add(" c ".into()));
    page.perform(Gesture::Add("  ".into()));
    page.check("a b c");
    page.perform(Gesture::Toggle(id(1)));
    page.perform(Gesture::Toggle(id(0)));
    page.perform(Gesture::Toggle(id(1)));
    page.check("xa b c");
    page.perform(Gesture::Step(id(0), Direction::Down));
    page.check("b xa c");
    page.perform(Gesture::Move(id(0), At::End));
    page.check("b c xa");
    assert_eq!(page.state.announcement, "Position 3 of 3");
    page.perform(Gesture::Step(id(0), Direction::Down));
    assert_eq!(page.state.announcement, "Position 3 of 3");
    page.perform(Gesture::Remove(id(1)));
    page.check("c xa");
    assert_eq!(page.toast(), "1 item removed.");
}

#[test]
fn marking_all_follows_the_rules_of_todomvc() {
    let mut page = Page::new(&["a", "b"]);
    assert!(!page.state.all_completed());
    page.perform(Gesture::CompleteAll(true));
    assert!(page.state.all_completed());
    assert_eq!(page.state.left(), 0);
    page.perform(Gesture::Toggle(id(0)));
    assert!(!page.state.all_completed());
    page.perform(Gesture::CompleteAll(true));
    page.perform(Gesture::ClearCompleted);
    page.check("");
    assert!(
        !page.state.all_completed(),
        "there is nothing left to be completed"
    );
    assert_eq!(page.toast(), "2 items removed.");
    page.perform(Gesture::Undo);
    page.check("xa xb");
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
    let mut state = State::new(document, client(1), KEY, browser::fold);
    state.perform(Gesture::CompleteAll(true), NOW, &|| id(0));
    assert_eq!(state.list().completed(), 3_001);
    let mut named = Vec::new();
    for entry in state.replica.outbox.pending() {
        if let Command::CompleteAll { ids, .. } = &entry.command {
            named.push(ids.len());
        }
    }
    assert_eq!(named, [1_500, 1_500, 1]);
}

#[test]
fn editing_saves_what_has_changed_and_removes_what_is_blank() {
    let mut page = Page::new(&["a", "b"]);
    page.perform(Gesture::Edit(id(0)));
    assert_eq!(page.state.row(id(0)).unwrap().class(), "editing");
    assert_eq!(page.state.row(id(0)).unwrap().editing.as_deref(), Some("a"));
    page.perform(Gesture::Save(" A ".into()));
    page.check("A b");
    page.perform_all([Gesture::Edit(id(0)), Gesture::Save("A".into())]);
    page.perform_all([
        Gesture::Edit(id(0)),
        Gesture::Cancel,
        Gesture::Save("C".into()),
    ]);
    assert!(page.has_nothing_waiting(), "nothing has changed");
    page.perform_all([Gesture::Edit(id(1)), Gesture::Save(" ".into())]);
    page.check("A");
    let long = "x".repeat(501);
    page.perform_all([Gesture::Edit(id(0)), Gesture::Save(long)]);
    assert!(
        page.state.editing.is_some(),
        "the text is still in its field"
    );
    assert_eq!(page.toast(), "It has 501 characters; at most 500 fit.");
}

#[test]
fn an_item_leaves_the_view_when_it_stops_matching_but_not_while_it_is_edited() {
    let mut page = Page::new(&["a", "b", "Äb"]);
    page.perform(Gesture::Show(Filter::Active, String::new()));
    page.perform(Gesture::Toggle(id(1)));
    page.check("a Äb");
    page.perform(Gesture::Edit(id(0)));
    page.perform(Gesture::Toggle(id(0)));
    page.check("xa Äb");
    page.perform(Gesture::Cancel);
    page.check("Äb");
    page.perform(Gesture::Show(Filter::All, " AB ".into()));
    page.check("Äb");
    assert_eq!(page.state.row(id(2)).unwrap().found.first(), Some(&(0..3)));
    page.perform(Gesture::Show(Filter::Completed, "z".into()));
    page.check("");
    assert_eq!(page.state.emptiness(), "No item says this.");
    page.perform(Gesture::Show(Filter::Completed, String::new()));
    page.check("xa xb");
}

#[test]
fn many_steps_are_taken_back_and_done_again() {
    let mut page = Page::new(&["a", "b", "c"]);
    page.perform(Gesture::Toggle(id(0)));
    page.perform(Gesture::Move(id(2), At::Start));
    page.perform_all([Gesture::Edit(id(1)), Gesture::Save("B".into())]);
    page.perform(Gesture::Remove(id(0)));
    page.check("c B");
    for expected in ["c xa B", "c xa b", "xa b c", "a b c", "a b c"] {
        page.perform(Gesture::Undo);
        page.check(expected);
    }
    assert_eq!(page.toast(), "There is nothing to undo.");
    for expected in ["xa b c", "c xa b", "c xa B", "c B", "c B"] {
        page.perform(Gesture::Redo);
        page.check(expected);
    }
    assert_eq!(page.toast(), "There is nothing to redo.");
    page.perform(Gesture::Undo);
    page.perform(Gesture::Toggle(id(1)));
    assert!(!page.state.steps.can_redo(), "something new was done");
}

#[test]
fn pasted_lines_become_items_in_one_step() {
    let mut page = Page::new(&["a"]);
    page.perform(Gesture::Paste("- b\n- [ ] c\n".into()));
    assert_eq!(page.state.pasted.len(), 2);
    page.perform(Gesture::AddPasted);
    page.check("a b c");
    page.perform(Gesture::Undo);
    page.check("a");
    page.perform_all([Gesture::Paste("b\nc".into()), Gesture::KeepPasted]);
    assert!(page.state.pasted.is_empty());
}

#[test]
fn steps_of_a_form_without_script_can_be_undone_by_the_script() {
    let listing = Listing {
        revision: 3,
        items: Vec::new(),
    };
    let notice = Some(Notice {
        text: "1 item removed.".into(),
        offer: Offer::Undo,
    });
    let document = DocumentState {
        listing,
        notice,
        done: vec![5, 6],
        ..DocumentState::default()
    };
    let mut state = State::new(document, client(1), KEY, browser::fold);
    assert!(state.steps.can_undo() && !state.steps.can_redo());
    state.perform(Gesture::Undo, NOW, &|| id(0));
    let of = CommandId {
        client: ClientId::SERVER,
        seq: 6,
    };
    let waiting = state.replica.outbox.pending();
    assert_eq!(waiting[0].command, Command::Revert { of });
}

#[test]
fn there_is_a_friendly_word_when_there_is_nothing() {
    let mut page = Page::new(&[]);
    assert_eq!(
        page.state.emptiness(),
        "Nothing to do. Enjoy the day, or add something."
    );
    assert!(page.state.has_nothing());
    page.perform(Gesture::Add("a".into()));
    assert_eq!(page.state.emptiness(), "");
    page.perform(Gesture::Show(Filter::Completed, String::new()));
    assert_eq!(page.state.emptiness(), "Nothing is completed yet.");
    page.perform(Gesture::Toggle(id(101)));
    page.perform(Gesture::Show(Filter::Active, String::new()));
    assert_eq!(page.state.emptiness(), "All done.");
}
