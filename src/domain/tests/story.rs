//! A list, and what happens to it, told in few words.

use super::*;

/// A list with the items of these numbers, and what happens to it.
pub(super) struct Story {
    pub(super) list: List,
    pub(super) now: Timestamp,
}

impl Story {
    pub(super) fn with(numbers: impl IntoIterator<Item = u8>) -> Self {
        let mut story = Self {
            list: List::new(KEY),
            now: Timestamp(1_000),
        };
        for number in numbers {
            story.expect(0, add(number));
        }
        story
    }

    pub(super) fn try_run(&mut self, sender: u8, wish: Command) -> Result<CommandId, Rejection> {
        self.now.0 += 1_000;
        let command = next(&self.list, client(sender));
        run(&mut self.list, command, &wish, self.now).map(|_| command)
    }

    pub(super) fn expect(&mut self, sender: u8, wish: Command) -> CommandId {
        self.try_run(sender, wish).unwrap()
    }

    pub(super) fn undo(&mut self, of: CommandId) -> Result<CommandId, Rejection> {
        self.try_run(0, Command::Revert { of })
    }

    pub(super) fn remove(&mut self, sender: u8, number: u8) -> CommandId {
        self.expect(sender, Command::Remove { id: id(number) })
    }

    pub(super) fn complete(&mut self, sender: u8, number: u8, completed: bool) -> CommandId {
        self.expect(sender, Command::complete(id(number), completed))
    }

    pub(super) fn rename(
        &mut self,
        sender: u8,
        number: u8,
        text: &str,
    ) -> Result<CommandId, Rejection> {
        self.try_run(sender, Command::rename(id(number), title(text)))
    }

    pub(super) fn move_to(&mut self, number: u8, at: At) -> CommandId {
        self.expect(0, Command::Move { id: id(number), at })
    }

    pub(super) fn check(&self, expected: &str) {
        let show = |item: &Item| {
            let mark = if item.completed_at.is_some() { "+" } else { "" };
            format!("{}{mark}", item.title.as_str().trim_start_matches("item "))
        };
        let shown: Vec<String> = self.list.items().map(show).collect();
        assert_eq!(shown.join(" "), expected);
        check_invariants(&self.list);
    }
}
