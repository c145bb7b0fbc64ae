//! The rules of the list: pure, and the same in the server and in the browser.
//!
//! Nothing here reads a clock, draws a random number, does I/O or knows the framework; times and
//! ids come in with the commands.

mod command;
mod item;
mod list;
mod replica;
mod title;

pub use command::{Command, Event, Rejection, decide};
pub use item::{Item, ItemId};
pub use list::List;
pub use replica::Replica;
pub use title::{Title, TitleError};
