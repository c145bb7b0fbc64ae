//! Where rows are in the document. The first rows are children of the list; a longer list continues in blocks of rows. The
//! browser lays out only blocks near the window, and an inserted or removed row moves blocks instead of thousands of rows.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::is;
use crate::browser::{Direction, INTERACTIVE_ROWS, ROWS_PER_BLOCK};
use crate::domain::ItemId;

/// The selector of all rows, in and outside of blocks.
pub(super) const ROW: &str = "#item-list li:not(.block)";

/// The row of an item.
pub(super) fn row_of(id: ItemId) -> Option<Element> {
    let title = document().get_element_by_id(&id.to_string())?;
    title.closest("li").ok()?
}

/// Inserts a row right before another one, or at the end.
pub(super) fn place(list: &Element, row: &Element, before: Option<&Element>) {
    let parent = match before {
        Some(before) => before.parent_element(),
        None => Some(end(list)),
    };
    if let Some(parent) = parent {
        // This fails only if the other row is no longer in the document.
        let _ = parent.insert_before(row, before.map(AsRef::as_ref));
    }
}

/// The parent of the next row at the end: the list, its last block, or a new block.
fn end(list: &Element) -> Element {
    let block = list.last_element_child().and_then(|last| rows_of(&last));
    let (last, most) = block.map_or((list.clone(), INTERACTIVE_ROWS), |block| {
        (block, ROWS_PER_BLOCK)
    });
    if (last.child_element_count() as usize) < most {
        return last;
    }
    insert_block(list, None).unwrap_or(last)
}

/// Inserts an empty block before another child of the list, or at its end. Returns the parent of its rows.
fn insert_block(list: &Element, before: Option<&Element>) -> Option<Element> {
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

/// The parent of the rows of a block; `None` if the element is no block.
fn rows_of(block: &Element) -> Option<Element> {
    block.first_element_child().filter(|_| is(block, ".block"))
}

/// Removes empty blocks and splits long ones after rows were inserted and removed. If `is_all` says that no more rows
/// follow, each block states its number of rows, from which the browser estimates the height of a block that was never
/// laid out.
pub(super) fn balance_blocks(list: &Element, is_all: bool) {
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

/// If a parent has more than twice as many rows as it should, moves the excess into blocks right before `next`.
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
    // The count above includes blocks.
    if all.len() <= 2 * most {
        return;
    }
    for rows in all.get(most..).unwrap_or_default().chunks(ROWS_PER_BLOCK) {
        let Some(block) = insert_block(list, next) else {
            return;
        };
        for row in rows {
            // This fails only if a row is its own ancestor.
            let _ = block.append_child(row);
        }
    }
}

/// The row before or after another one, also across blocks.
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
