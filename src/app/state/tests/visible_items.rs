//! What is shown is the same whether it is found out from what was touched or by the whole list.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::domain::tests::any_place;

/// Something that changes the page.
#[derive(Clone, Debug)]
enum Step {
    Gesture(Gesture),
    /// Somebody else does something with an item, which may come at another place.
    Other(Command),
    /// The page hears of it.
    Hear,
    /// The page sends what waits.
    Send,
    /// Somebody asks what is shown.
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
    let gesture = prop_oneof![
        title().prop_map(|title| Gesture::Add(title.into())),
        item().prop_map(Gesture::Toggle),
        item().prop_map(Gesture::Remove),
        (item(), at()).prop_map(|(id, at)| Gesture::Move(id, at)),
        (item(), direction).prop_map(|(id, direction)| Gesture::Step(id, direction)),
        item().prop_map(Gesture::Edit),
        title().prop_map(|title| Gesture::Save(title.into())),
        Just(Gesture::Cancel),
        Just(Gesture::Undo),
        Just(Gesture::Redo),
        Just(Gesture::ClearCompleted),
        any::<bool>().prop_map(Gesture::CompleteAll),
        (filter, text).prop_map(|(filter, text)| Gesture::Show(filter, text.into())),
    ];
    let added = title().prop_map(|title| Title::parse(title).unwrap());
    let other = prop_oneof![
        (item(), added, at()).prop_map(|(id, title, at)| Command::Add { id, title, at }),
        item().prop_map(|id| Command::Remove { id }),
        (item(), at()).prop_map(|(id, at)| Command::Move { id, at }),
        (item(), any::<bool>()).prop_map(|(id, completed)| Command::Complete { id, completed }),
    ];
    prop_oneof![
        12 => gesture.prop_map(Step::Gesture),
        4 => other.prop_map(Step::Other),
        3 => Just(Step::Hear),
        1 => Just(Step::Send),
        6 => Just(Step::Look),
    ]
}

proptest! {
    #[test]
    fn what_is_shown_is_what_the_list_says(steps in proptest::collection::vec(step(), 1..60)) {
        let mut page = Page::new(&TITLES);
        for step in steps {
            match step {
                Step::Gesture(gesture) => page.perform(gesture),
                // The rules may refuse it.
                Step::Other(command) => drop(page.try_other(command)),
                Step::Hear => page.hear(),
                Step::Send => drop(page.send()),
                Step::Look => prop_assert_eq!(page.state.shown(), &page.state.all_shown()),
            }
        }
        prop_assert_eq!(page.state.shown(), &page.state.all_shown());
    }
}
