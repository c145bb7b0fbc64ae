//! The components of the page. They hold no rules.

mod add_item_form;
mod item_list;
mod item_row;
mod list_footer;
mod notice;
mod sync_status;
mod toolbar;

pub(crate) use self::add_item_form::AddItemForm;
pub(crate) use self::item_list::ItemList;
pub(crate) use self::list_footer::ListFooter;
pub(crate) use self::notice::NoticeView;
pub(crate) use self::toolbar::Toolbar;
