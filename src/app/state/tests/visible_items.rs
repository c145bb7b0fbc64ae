//! The visible items are the same whether they are updated from the dirty items or filtered from the whole list.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::domain::tests::any_place;

/// Something that changes the page.
#[derive(Clone, Debug)]
enum Step {
    UserAction(UserAction),
    /// Another client sends a command, which can also move an item.
    Other(Command),
    /// The page hears of it.
    Hear,
    /// The page sends what waits.
    Send,
    /// What has left the view is hidden.
    Hide,
    /// The page reads the visible items.
    Look,
}

const TITLES: [&str; 8] = ["a", "ab", "b", "ba", "abc", "c", "cb", "d"];

fn step() -> impl Strategy<Value = Step> {
    // Also one that is not there yet, and one that was added here.
    let item = || prop_oneof![6 => 0..9_u8, 1 => 101..104_u8].prop_map(id);
    let at = || any_place(item());
    let title = || any::<Index>().prop_map(|index| *index.get(&TITLES));
    let filter = any::<Index>().prop_map(|index| *index.get(&Filter::EACH));
    let text = prop_oneof![4 => Just(""), 1 => Just("b"), 1 => Just("A")];
    let direction = prop_oneof![Just(Direction::Up), Just(Direction::Down)];
    let action = prop_oneof![
        title().prop_map(|title| UserAction::Add(title.into())),
        item().prop_map(UserAction::Toggle),
        item().prop_map(UserAction::Remove),
        (item(), at()).prop_map(|(id, at)| UserAction::Move(id, at)),
        (item(), direction).prop_map(|(id, direction)| UserAction::MoveBy(id, direction)),
        item().prop_map(UserAction::Edit),
        title().prop_map(|title| UserAction::SaveEdit(title.into())),
        Just(UserAction::CancelEdit),
        Just(UserAction::Undo),
        Just(UserAction::Redo),
        Just(UserAction::ClearCompleted),
        Just(UserAction::ShowHidden),
        any::<bool>().prop_map(UserAction::CompleteAll),
        (filter, text).prop_map(|(filter, text)| UserAction::ShowView(filter, text.into())),
    ];
    let added = title().prop_map(|title| Title::parse(title).unwrap());
    let other = prop_oneof![
        (item(), added, at()).prop_map(|(id, title, at)| Command::add(id, title, at)),
        item().prop_map(|id| Command::Remove { id }),
        (item(), at()).prop_map(|(id, at)| Command::Move { id, at }),
        (item(), any::<bool>()).prop_map(|(id, completed)| Command::complete(id, completed)),
    ];
    prop_oneof![
        12 => action.prop_map(Step::UserAction),
        4 => other.prop_map(Step::Other),
        3 => Just(Step::Hear),
        1 => Just(Step::Send),
        2 => Just(Step::Hide),
        6 => Just(Step::Look),
    ]
}

proptest! {
    #[test]
    fn what_is_shown_is_what_the_list_says(steps in proptest::collection::vec(step(), 1..60)) {
        let mut page = Page::new(&TITLES);
        for step in steps {
            match step {
                Step::UserAction(action) => page.perform(action),
                // The rules may refuse it.
                Step::Other(command) => drop(page.try_other(command)),
                Step::Hear => page.hear(),
                Step::Send => drop(page.send()),
                Step::Hide => page.hide_leaving(),
                Step::Look => prop_assert_eq!(page.state.visible_items(), &page.state.filter_all_items()),
            }
        }
        prop_assert_eq!(page.state.visible_items(), &page.state.filter_all_items());
    }
}
