//! The state of a list page as JSON in the document, from which the page hydrates. What programs between server and
//! browser do to the text of the page changes no title in it.

use std::iter::once;
use std::sync::Arc;

use leptos::prelude::*;

use crate::browser::{COLUMNS, DocumentState, STATE_ELEMENT, StreamedViews};

/// How many items are written at once.
const ITEMS_PER_PIECE: usize = 100;

/// The state as a data block: browsers do not run a script of this type.
pub(super) fn state_element(state: &DocumentState) -> impl IntoView + use<> {
    view! {
        <script type="application/json" id=STATE_ELEMENT>
            {StreamedViews(json_pieces(state))}
        </script>
    }
}

/// The JSON object, piece by piece.
fn json_pieces(state: &DocumentState) -> impl Iterator<Item = String> + Send + use<> {
    let fields: Vec<_> = state
        .fields()
        .iter()
        .map(|(name, value)| format!("\"{name}\":\"{}\"", escaped(value)))
        .collect();
    let items: Arc<[_]> = state.listing.items.as_slice().into();
    let columns = COLUMNS.into_iter().flat_map(move |(name, value)| {
        let items = items.clone();
        let starts = (0..items.len()).step_by(ITEMS_PER_PIECE);
        let lines = starts.map(move |start| {
            let piece = items.iter().skip(start).take(ITEMS_PER_PIECE);
            let lines: String = piece.map(|item| value(item) + "\n").collect();
            escaped(&lines)
        });
        once(format!(",\"{name}\":\""))
            .chain(lines)
            .chain(once("\"".to_owned()))
    });
    once(format!("{{{}", fields.join(",")))
        .chain(columns)
        .chain(once("}".to_owned()))
}

/// A text as it is between the quotes of a JSON string. Without `<`, it cannot end the element or begin a comment in it.
fn escaped(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    let inner = json
        .strip_prefix('"')
        .and_then(|json| json.strip_suffix('"'));
    inner.unwrap_or_default().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;
    use crate::browser::{Notice, NoticeAction};
    use crate::domain::{Filter, Item, ItemId, Listing, Timestamp, Title};

    fn check(state: &DocumentState) {
        let owner = Owner::new_root(None);
        let html = owner.with(|| view! { <p>"a"</p>{state_element(state)}<p>"b"</p> }.to_html());
        let (_, html) = html
            .split_once("<script type=\"application/json\" id=\"state\">")
            .expect("the element begins");
        let (json, _) = html.split_once("</script>").expect("the element ends");
        assert!(!json.contains('<'), "{json}");
        let json: Map<String, Value> = serde_json::from_str(json).expect("an object");
        let read = DocumentState::read(|name| Some(json.get(name)?.as_str()?.to_owned()));
        let expected = DocumentState {
            draft: String::new(),
            ..state.clone()
        };
        assert_eq!(read, Some(expected), "{json:?}");
    }

    /// Texts that mean something in HTML, JSON or JavaScript, among any others.
    fn text() -> impl Strategy<Value = String> {
        let hostile = prop::sample::select(vec![
            "</script>",
            "<!--",
            "-->",
            "]]>",
            "<script>",
            "\"",
            "\\",
            "\\u003c",
            "\u{2028}",
            "\u{2029}",
            "\u{301}",
            "\u{1f469}\u{200d}\u{1f4bb}",
            "\u{202e}",
            "\u{feff}",
            "\u{fffe}",
            "\u{10ffff}",
            "\t",
            "&lt;",
            "$&",
            "__proto__",
        ]);
        let part = prop_oneof![hostile.prop_map(str::to_owned), any::<String>()];
        prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
    }

    fn item() -> impl Strategy<Value = Item> {
        let title = text().prop_filter_map("a title", |text| Title::parse(&text).ok());
        let fields = (title, any::<bool>(), any::<Option<i64>>());
        (any::<[u8; 10]>(), fields).prop_map(|(random, (title, completed, order))| {
            // Every field that clients see; the page does not know when an item was completed.
            Item {
                id: ItemId::new(Timestamp(1), random),
                title,
                completed_at: completed.then_some(Timestamp(0)),
                order,
                removed_at: None,
            }
        })
    }

    fn state() -> impl Strategy<Value = DocumentState> {
        let action = prop::sample::select(vec![
            NoticeAction::None,
            NoticeAction::Undo,
            NoticeAction::Redo,
        ]);
        let notice = (text(), action).prop_map(|(text, action)| Notice { text, action });
        let id = any::<[u8; 10]>().prop_map(|random| ItemId::new(Timestamp(1), random));
        let numbers = prop::collection::vec(any::<u64>(), 0..3);
        (
            (
                any::<u64>(),
                any::<u64>(),
                prop::collection::vec(item(), 0..4),
            ),
            (prop::sample::select(Filter::EACH.to_vec()), text(), text()),
            prop::option::of((id, text())),
            prop::option::of(notice),
            (numbers.clone(), numbers),
            prop::option::of(text()),
        )
            .prop_map(
                |(list, (filter, search, draft), editing, notice, steps, refusal)| {
                    let ((epoch, revision, items), (done, undone)) = (list, steps);
                    DocumentState {
                        epoch,
                        listing: Listing { revision, items },
                        filter,
                        search,
                        editing,
                        notice,
                        done,
                        undone,
                        draft,
                        refusal,
                    }
                },
            )
    }

    proptest! {
        #[test]
        fn the_document_carries_every_state(state in state()) {
            check(&state);
        }
    }

    #[test]
    fn items_are_written_in_pieces_of_any_number() {
        for count in [
            0,
            1,
            ITEMS_PER_PIECE,
            ITEMS_PER_PIECE + 1,
            3 * ITEMS_PER_PIECE,
        ] {
            let items = (0..count).map(|index| {
                let title = Title::parse(&format!("Item {index}")).expect("a title");
                let mut item = Item::new(ItemId::new(Timestamp(index as u64), [0; 10]), title);
                item.completed_at = (index % 3 == 0).then_some(Timestamp(0));
                item
            });
            check(&DocumentState {
                listing: Listing {
                    revision: 1,
                    items: items.collect(),
                },
                ..DocumentState::default()
            });
        }
    }
}
