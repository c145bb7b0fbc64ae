//! What somebody wants (a command), what comes of it (an event), and why it may not be (a rejection).

use serde::{Deserialize, Serialize};

use super::{Item, List};

/// What somebody wants to happen to a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Put the item at the end of the list. An item that is there already stays as it is, so a
    /// repeated addition changes nothing.
    Add(Item),
}

/// What did happen to a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The item is the last of the list now.
    Added(Item),
}

/// Why a command was refused. The messages are written for the person who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Rejection {
    /// The list holds [`List::MAX_ITEMS`] already.
    #[error("The list is full: it holds {max} items.", max = List::MAX_ITEMS)]
    ListFull,
}

/// What follows from a command on a list: the one place for the rules.
///
/// # Errors
///
/// The [`Rejection`] says which rule the command breaks; the list stays as it is.
pub fn decide(list: &List, command: &Command) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::Add(item) if list.contains(item.id) => Ok(Vec::new()),
        Command::Add(_) if list.items().len() >= List::MAX_ITEMS => Err(Rejection::ListFull),
        Command::Add(item) => Ok(vec![Event::Added(item.clone())]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ItemId, Title};

    fn item(number: u64, text: &str) -> Item {
        Item {
            id: ItemId::new(number, [0; 10]),
            title: Title::parse(text).expect("a valid title"),
        }
    }

    fn run(list: &mut List, command: &Command) -> Result<(), Rejection> {
        decide(list, command)?
            .iter()
            .for_each(|event| list.evolve(event));
        Ok(())
    }

    #[test]
    fn an_addition_goes_to_the_end_and_counts_once() {
        let mut list = List::default();
        for item in [item(1, "one"), item(2, "two"), item(1, "one again")] {
            assert_eq!(run(&mut list, &Command::Add(item)), Ok(()));
        }
        assert_eq!(list.items(), [item(1, "one"), item(2, "two")]);
        assert_eq!(list.revision(), 2);
    }

    #[test]
    fn a_full_list_refuses_another_item_but_not_a_repeated_one() {
        let items: Vec<Item> = (0..List::MAX_ITEMS as u64).map(|n| item(n, "x")).collect();
        let mut list = List::at_revision(7, items);
        assert_eq!(
            run(&mut list, &Command::Add(item(u64::from(u32::MAX), "y"))),
            Err(Rejection::ListFull)
        );
        assert_eq!(run(&mut list, &Command::Add(item(3, "x"))), Ok(()));
        assert_eq!((list.items().len(), list.revision()), (List::MAX_ITEMS, 7));
    }
}
