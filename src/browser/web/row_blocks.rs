//! Where rows stand in the document. The first ones are children of the list; a longer list goes on in blocks
//! of rows. The browser lays out only those blocks that are near the window, and what comes or goes moves
//! blocks, and not thousands of rows.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::is;
use crate::browser::{Direction, INTERACTIVE_ROWS, ROWS_PER_BLOCK};
use crate::domain::ItemId;

/// All rows, wherever they stand.
pub(super) const ROW: &str = "#item-list li:not(.block)";

/// The row of an item.
pub(super) fn row_of(id: ItemId) -> Option<Element> {
    let title = document().get_element_by_id(&id.to_string())?;
    title.closest("li").ok()?
}

/// Puts a row right before another one, or at the end.
pub(super) fn place(list: &Element, row: &Element, before: Option<&Element>) {
    let parent = match before {
        Some(before) => before.parent_element(),
        None => Some(end(list)),
    };
    if let Some(parent) = parent {
        // It fails only if the other row is not there any more.
        let _ = parent.insert_before(row, before.map(AsRef::as_ref));
    }
}

/// What takes the next row at the end: the list, its last block, or a new one.
fn end(list: &Element) -> Element {
    let block = list.last_element_child().and_then(|last| rows_of(&last));
    let (last, most) = block.map_or((list.clone(), INTERACTIVE_ROWS), |block| {
        (block, ROWS_PER_BLOCK)
    });
    if (last.child_element_count() as usize) < most {
        return last;
    }
    begin_block(list, None).unwrap_or(last)
}

/// Makes an empty block before something else in the list, or at its end. Answers what takes its rows.
fn begin_block(list: &Element, before: Option<&Element>) -> Option<Element> {
    let [block, rows] = ["li", "ul"].map(|tag| document().create_element(tag).ok());
    let (block, rows) = (block?, rows?);
    block.set_class_name("block");
    for element in [&block, &rows] {
        element.set_attribute("role", "none").ok()?;
    }
    block.append_child(&rows).ok()?;
    list.insert_before(&block, before.map(AsRef::as_ref)).ok()?;
    Some(rows)
}

/// What holds the rows of a block; `None` of anything else.
fn rows_of(block: &Element) -> Option<Element> {
    block.first_element_child().filter(|_| is(block, ".block"))
}

/// After rows have come and gone: no block is empty or much too long. If that is all for now, each tells how many
/// rows it has, so that the browser knows about how high it is before it has been seen.
pub(super) fn tidy(list: &Element, is_all: bool) {
    let mut next = None;
    let mut last = list.last_element_child();
    while let Some((block, rows)) = last.and_then(|last| rows_of(&last).map(|rows| (last, rows))) {
        last = block.previous_element_sibling();
        split(
            list,
            &rows,
            ROWS_PER_BLOCK,
            block.next_element_sibling().as_ref(),
        );
        match rows.child_element_count() {
            0 => block.remove(),
            count => {
                if is_all {
                    let style = block.unchecked_ref::<HtmlElement>().style();
                    let _ = style.set_property("--rows", &count.to_string());
                }
                next = Some(block);
            }
        }
    }
    split(list, list, INTERACTIVE_ROWS, next.as_ref());
}

/// If twice as many rows as should be stand somewhere, those too many go into blocks right before `next`.
fn split(list: &Element, rows: &Element, most: usize, next: Option<&Element>) {
    if (rows.child_element_count() as usize) <= 2 * most {
        return;
    }
    let mut all = Vec::new();
    let mut row = rows.first_element_child();
    while let Some(element) = row.filter(|row| !is(row, ".block")) {
        row = element.next_element_sibling();
        all.push(element);
    }
    // Blocks were counted, too.
    if all.len() <= 2 * most {
        return;
    }
    for rows in all.get(most..).unwrap_or_default().chunks(ROWS_PER_BLOCK) {
        let Some(block) = begin_block(list, next) else {
            return;
        };
        for row in rows {
            // It fails only if a row is to hold itself.
            let _ = block.append_child(row);
        }
    }
}

/// The row before or after another one, wherever it stands.
pub(super) fn beside(row: &Element, direction: Direction) -> Option<Element> {
    let next = |element: &Element| match direction {
        Direction::Up => element.previous_element_sibling(),
        Direction::Down => element.next_element_sibling(),
    };
    let next_block = || next(&row.parent_element()?.closest("li").ok()??);
    let beside = next(row).or_else(next_block)?;
    match (rows_of(&beside), direction) {
        (None, _) => Some(beside),
        (Some(rows), Direction::Up) => rows.last_element_child(),
        (Some(rows), Direction::Down) => rows.first_element_child(),
    }
}
