//! Reads the state from the document that the server has rendered.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTemplateElement, NodeList};

use super::row_blocks::ROW;
use super::{find, is};
use crate::browser::{DocumentState, Notice, NoticeAction, view_of_path};
use crate::domain::{Cursor, Item, Listing, Timestamp, Title};

/// Reads the state from the document. `None` if the document is not as the server has rendered it: a browser extension may
/// have changed it. Such a page still works without script.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    let cursor = find("#item-list")?.get_attribute("data-cursor")?;
    let Cursor { epoch, revision } = cursor.parse().ok()?;
    let mut shown = read_rows(&find("#live")?.query_selector_all(ROW).ok()?)?.into_iter();
    // Hidden items are in a template, in order, each with its index in the list.
    let mut items = Vec::new();
    if let Some(others) = find("template#other-items") {
        let others: HtmlTemplateElement = others.unchecked_into();
        for (place, other) in read_rows(&others.content().query_selector_all("li").ok()?)? {
            items.extend(
                shown
                    .by_ref()
                    .take(place?.checked_sub(items.len())?)
                    .map(|(_, item)| item),
            );
            items.push(other);
        }
    }
    items.extend(shown.map(|(_, item)| item));
    let view = find(".filters .selected")?.get_attribute("href")?;
    Some(DocumentState {
        epoch,
        listing: Listing { revision, items },
        // The cached page may be opened at the address of any view.
        filter: view_of_path(view.split('?').next()?)?,
        search: value_of("#search"),
        editing: find(".edit")
            .and_then(|field| super::item_of(&field))
            .map(|id| (id, value_of(".edit"))),
        notice: read_notice(),
        done: numbers("#done"),
        undone: numbers("#undone"),
        refusal: text_of("#add-item-error .reason").filter(|reason| !reason.trim().is_empty()),
        ..DocumentState::default()
    })
}

fn read_rows(rows: &NodeList) -> Option<Vec<(Option<usize>, Item)>> {
    let read = |index| {
        let row: Element = rows.get(index)?.unchecked_into();
        let place = row
            .get_attribute("data-place")
            .and_then(|place| place.parse().ok());
        let id = row
            .query_selector("[id]")
            .ok()??
            .get_attribute("id")?
            .parse()
            .ok()?;
        let mut item = Item::new(id, Title::parse(&row.text_content()?).ok()?);
        // The page does not show when an item was completed.
        let is_completed = is(&row, ".completed");
        item.completed_at = is_completed.then_some(Timestamp(0));
        Some((place, item))
    };
    (0..rows.length()).map(read).collect()
}

fn read_notice() -> Option<Notice> {
    let action = find(".message:not([hidden]) > button")?;
    let action = match action.get_attribute("name")?.as_str() {
        _ if action.get_attribute("hidden").is_some() => NoticeAction::None,
        "redo" => NoticeAction::Redo,
        _ => NoticeAction::Undo,
    };
    let text = text_of(".message > p")?;
    Some(Notice { text, action })
}

/// The comma-separated numbers in a hidden field.
fn numbers(selector: &str) -> Vec<u64> {
    let value = value_of(selector);
    value
        .split(',')
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// The value that the server has rendered into a field. What the person has typed since is not part of it.
fn value_of(selector: &str) -> String {
    find(selector)
        .and_then(|field| field.get_attribute("value"))
        .unwrap_or_default()
}

fn text_of(selector: &str) -> Option<String> {
    find(selector)?.text_content()
}
