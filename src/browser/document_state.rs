//! The state of a page, and how the document carries it: as one JSON object, in which every value is a text.

use super::{Notice, NoticeAction, view_of_path, view_path};
use crate::domain::{Cursor, Filter, Item, ItemId, Listing, Timestamp, Title};

/// The id of the element with the JSON object.
pub const STATE_ELEMENT: &str = "state";

/// A column of the list: its name, and what it says about an item, in one line.
pub type Column = (&'static str, fn(&Item) -> String);

/// The columns of the list. Each is one text with a line per item: WASM is slow in reading thousands of JavaScript values.
pub const COLUMNS: [Column; 4] = [
    ("ids", |item| item.visible().0.to_string()),
    ("titles", |item| item.visible().1.to_string()),
    ("completed", |item| match item.visible().2 {
        true => "1".to_owned(),
        false => String::new(),
    }),
    ("orders", |item| {
        let order = item.visible().3;
        order.map_or_else(String::new, |order| order.to_string())
    }),
];

/// The state of a page as the server renders it into the document. Hydration reads it from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocumentState {
    /// The history of the list (see [`Cursor::epoch`]).
    pub epoch: u64,
    /// The whole list.
    pub listing: Listing,
    /// The view that the page shows.
    pub filter: Filter,
    /// The search text.
    pub search: String,
    /// The item whose editor is open, and the text in it.
    pub editing: Option<(ItemId, String)>,
    /// The result of the latest action.
    pub notice: Option<Notice>,
    /// The commands that can be undone, the latest last: the numbers of commands that forms have sent.
    pub done: Vec<u64>,
    /// The commands that can be redone, the latest last.
    pub undone: Vec<u64>,
    /// The rejected text that is in the field again. Hydration leaves the field alone, so it is not read back.
    pub draft: String,
    /// Why the text was rejected.
    pub refusal: Option<String>,
}

impl DocumentState {
    /// The cursor of the list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor {
            epoch: self.epoch,
            revision: self.listing.revision,
        }
    }

    /// Everything but the [`COLUMNS`]: the name and the value of each field that is set.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let Self {
            epoch: _,
            listing: _,
            filter,
            search,
            editing,
            notice,
            done,
            undone,
            draft: _,
            refusal,
        } = self;
        let mut fields = vec![
            ("cursor", self.cursor().to_string()),
            ("view", view_path(*filter).to_owned()),
            ("search", search.clone()),
            ("done", join(done)),
            ("undone", join(undone)),
        ];
        if let Some((id, text)) = editing {
            fields.push(("edited", id.to_string()));
            fields.push(("editor", text.clone()));
        }
        if let Some(Notice { text, action }) = notice {
            fields.push(("notice", text.clone()));
            fields.push(("action", action_name(*action).to_owned()));
        }
        if let Some(reason) = refusal {
            fields.push(("refusal", reason.clone()));
        }
        fields
    }

    /// Reads the state back. `field` returns the value of a field or a column. `None` if one is missing or malformed.
    #[must_use]
    pub fn read(field: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let Cursor { epoch, revision } = field("cursor")?.parse().ok()?;
        let editing = match field("edited") {
            Some(id) => Some((id.parse().ok()?, field("editor")?)),
            None => None,
        };
        let notice = match field("notice") {
            Some(text) => Some(Notice {
                text,
                action: action_named(&field("action")?)?,
            }),
            None => None,
        };
        Some(Self {
            epoch,
            listing: Listing {
                revision,
                items: read_items(&field)?,
            },
            filter: view_of_path(&field("view")?)?,
            search: field("search")?,
            editing,
            notice,
            done: split(&field("done")?)?,
            undone: split(&field("undone")?)?,
            draft: String::new(),
            refusal: field("refusal"),
        })
    }
}

fn read_items(column: impl Fn(&str) -> Option<String>) -> Option<Vec<Item>> {
    let (ids, titles) = (column("ids")?, column("titles")?);
    let (completed, orders) = (column("completed")?, column("orders")?);
    let (mut titles, mut completed, mut orders) =
        (titles.lines(), completed.lines(), orders.lines());
    let mut items = Vec::new();
    for id in ids.lines() {
        let mut item = Item::new(id.parse().ok()?, Title::parse(titles.next()?).ok()?);
        // The page does not show when an item was completed.
        item.completed_at = (!completed.next()?.is_empty()).then_some(Timestamp(0));
        item.order = match orders.next()? {
            "" => None,
            order => Some(order.parse().ok()?),
        };
        items.push(item);
    }
    let ends = [titles.next(), completed.next(), orders.next()];
    ends.iter().all(Option::is_none).then_some(items)
}

fn join(numbers: &[u64]) -> String {
    let numbers: Vec<_> = numbers.iter().map(u64::to_string).collect();
    numbers.join(",")
}

fn split(numbers: &str) -> Option<Vec<u64>> {
    let numbers = numbers.split_terminator(',');
    numbers.map(|number| number.parse().ok()).collect()
}

fn action_name(action: NoticeAction) -> &'static str {
    match action {
        // The server renders no notice that offers to show an item.
        NoticeAction::None | NoticeAction::Show(_) => "none",
        NoticeAction::Undo => "undo",
        NoticeAction::Redo => "redo",
    }
}

fn action_named(name: &str) -> Option<NoticeAction> {
    let mut actions = [NoticeAction::None, NoticeAction::Undo, NoticeAction::Redo].into_iter();
    actions.find(|action| action_name(*action) == name)
}
