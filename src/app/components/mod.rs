//! The components of the page. They hold no rules.

mod add_item_form;
mod item_list;
mod item_row;
mod list_bar;
mod notice;
mod page_header;
mod sync_status;
mod toolbar;

pub(crate) use self::add_item_form::AddItemForm;
pub(crate) use self::item_list::ItemList;
pub(crate) use self::notice::NoticeView;
pub(crate) use self::page_header::PageHeader;
