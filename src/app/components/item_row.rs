//! The row of an item.

use leptos::prelude::*;

use crate::app::state::RowContent;
use crate::browser::{title_children, title_property};
use crate::domain::{ItemId, title_pieces};

/// An interactive row: the item, and its editor while it is open. The text content of the row is the title and nothing
/// else. A row has no signals: it is rendered again when its item looks different.
///
/// Before hydration, `button.check` takes the place of the checkbox. The row states its role because rows of a long list are
/// in blocks, which have no role.
pub(crate) fn item_row(id: ItemId, row: RowContent) -> impl IntoView {
    let (id, class) = (id.to_string(), row.class());
    let title = title_pieces(&row.title, &row.found);
    view! {
        <li role="listitem" data-testid="todo-item" class=class data-arrived=row.arrived.then_some("")>
            <form class="view" method="post" autocomplete="off">
                <input type="hidden" name="item" value=id.clone()/>
                <button
                    name="do"
                    value=if row.completed { "open" } else { "complete" }
                    class="check"
                    role="checkbox"
                    aria-checked=if row.completed { "true" } else { "false" }
                    aria-labelledby=id.clone()
                ></button>
                <input
                    class="toggle"
                    type="checkbox"
                    checked=row.completed
                    prop:checked=row.completed
                    aria-labelledby=id.clone()
                />
                <label id=id data-testid="todo-title" dir="auto" prop:title=title_property(title.clone())>
                    {title_children(&title)}
                </label>
                <button name="do" value="edit" class="icon more" aria-label="Edit or move"></button>
                <button name="do" value="remove" class="icon destroy" aria-label="Remove"></button>
            </form>
            {row.editing.map(editor_view)}
        </li>
    }
}

/// A text-only row: the title, which links to the editor.
pub(crate) fn text_only_row(id: ItemId, row: RowContent, page: &str) -> impl IntoView + use<> {
    let class = ["far", "far completed"][usize::from(row.completed)];
    let separator = if page.contains('?') { '&' } else { '?' };
    view! {
        <li role="listitem" data-testid="todo-item" class=class dir="auto">
            <a id=id.to_string() data-testid="todo-title" href=format!("{page}{separator}item={id}#{id}")>
                {row.title}
            </a>
        </li>
    }
}

/// The editor: the field for the title, and buttons for the other actions on the item.
fn editor_view(text: String) -> impl IntoView {
    view! {
        <div class="editor">
            <input
                class="edit"
                form="edit-form"
                name="title"
                value=text
                aria-label="Edit"
                dir="auto"
                autocomplete="off"
                enterkeyhint="done"
            />
            <p class="tools">
                <button form="edit-form" name="do" value="save" class="save" aria-label="Save"></button>
                <button form="edit-form" name="do" value="cancel" class="quiet cancel" aria-label="Cancel"></button>
                <button form="edit-form" name="do" value="top" class="icon to-top" aria-label="Move to top"></button>
                <button form="edit-form" name="do" value="up" class="icon up" aria-label="Move up"></button>
                <button form="edit-form" name="do" value="down" class="icon down" aria-label="Move down"></button>
                <button form="edit-form" name="do" value="bottom" class="icon to-bottom" aria-label="Move to bottom"></button>
                <button form="edit-form" name="do" value="remove" class="icon destroy" aria-label="Remove"></button>
            </p>
        </div>
    }
}
