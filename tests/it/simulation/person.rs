//! The actions of people on the pages, and a record of them.

use todo_list::domain::{At, Command, CommandId, Item, ItemId, Title};

use super::step::Action;
use super::world::{GivenCommand, World};

impl World {
    pub(super) fn act(&mut self, index: usize, action: Action) {
        let now = self.now();
        let page = &self.pages[index];
        let items: Vec<Item> = page.engine.replica.view().items().cloned().collect();
        let item = |pick: u8| {
            items
                .get(pick as usize % items.len().max(1))
                .map(|item| item.id)
        };
        let command = match action {
            Action::Add => Some(self.add(At::End)),
            Action::AddSeveral => {
                let items = [(); 2].map(|()| self.new_item());
                Some(Command::AddAll {
                    items: items.to_vec(),
                    at: At::Start,
                })
            }
            Action::AddAfter(pick) => {
                let at = item(pick).map_or(At::Start, At::After);
                Some(self.add(at))
            }
            Action::Complete(pick, completed) => {
                item(pick).map(|id| Command::complete(id, completed))
            }
            Action::Rename(pick) => {
                let title = self.title();
                item(pick).map(|id| Command::rename(id, title))
            }
            Action::Move(pick, to) => item(pick).zip(item(to)).map(|(id, to)| {
                let at = if to == id { At::Start } else { At::After(to) };
                Command::Move { id, at }
            }),
            Action::Order(pick, order) => item(pick).map(|id| Command::order(id, order)),
            Action::Remove(pick) => item(pick).map(|id| Command::Remove { id }),
            Action::ClearCompleted => {
                let is_completed = |item: &&Item| item.completed_at.is_some();
                let ids = items.iter().filter(is_completed).map(|item| item.id);
                Some(Command::ClearCompleted { ids: ids.collect() })
            }
            Action::Undo(redo) => {
                for (id, command) in self.pages[index].undo(redo, now) {
                    self.record(index, id, command);
                }
                return self.sync(index);
            }
            Action::Dismiss => return self.dismiss(index),
        };
        if let Some(command) = command {
            let id = self.pages[index].give(command.clone(), now);
            self.record(index, id, command);
            self.sync(index);
        }
    }

    fn title(&mut self) -> Title {
        Title::parse(&format!("text {}", self.next_number())).unwrap()
    }

    fn add(&mut self, at: At) -> Command {
        let item = self.new_item();
        Command::Add { item, at }
    }

    fn new_item(&mut self) -> Item {
        let number = self.next_number() as u128;
        let id = ItemId::from(uuid::Uuid::from_u128(number));
        Item::new(id, self.title())
    }

    fn record(&mut self, index: usize, id: CommandId, command: Command) {
        let page = &self.pages[index];
        let given = GivenCommand {
            page: page.number,
            browser: page.browser,
            command,
            names: vec![id],
            is_safe: false,
            was_refused: false,
            is_dismissed: false,
            is_lost: false,
        };
        self.by_name.insert(id, self.given.len());
        self.given.push(given);
    }

    /// The person dismisses the last refused text.
    fn dismiss(&mut self, index: usize) {
        let page = &mut self.pages[index];
        let last = page.engine.replica.outbox.rejected().last();
        let Some((item, _)) = last.and_then(|entry| entry.command.text()) else {
            return;
        };
        page.engine.replica.outbox.discard_rejected(item);
        // Of several refused texts for one item, the last has replaced the others.
        let browser = page.browser;
        for given in self
            .given
            .iter_mut()
            .filter(|given| given.browser == browser)
        {
            let is_it = given.command.text().is_some_and(|(id, _)| id == item);
            given.is_dismissed |= is_it && given.was_refused;
        }
        self.sync(index);
    }
}
