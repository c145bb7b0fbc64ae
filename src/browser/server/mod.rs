//! The server's twin of `dom`: there is no browser, so nothing happens.

use std::sync::{Arc, LazyLock};

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};
use uuid::Uuid;

use super::{BLOCK, DocumentState, Focus, Gesture, Lazy, NEAR, Posted, Report, is_near};
use crate::domain::{ClientId, Cursor, Filter, HashKey, ItemId, Timestamp, TitlePiece};
use crate::sync::{Entry, Touched, Write};

/// There is no document to read.
#[must_use]
pub fn document_state() -> Option<DocumentState> {
    None
}

/// The server makes ids of its own elsewhere; this one is never shown or stored.
#[must_use]
pub fn new_item_id() -> ItemId {
    ItemId::new(Timestamp::default(), [0; 10])
}

/// The server renders, and sends nothing.
#[must_use]
pub fn new_client_id() -> ClientId {
    ClientId::default()
}

/// Nothing that is rendered depends on the time.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::default()
}

/// The text without case and accents: decomposed (NFD), without combining marks, in lower case. The
/// final sigma is a sigma. In which order the marks would stand is no matter, so each character is taken by itself:
/// that takes a fifth of the time.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            folded.push(character.to_ascii_lowercase());
            continue;
        }
        decompose_canonical(character, |part| {
            if !is_combining_mark(part) {
                let letters = part.to_lowercase();
                folded.extend(letters.map(|c| if c == 'ς' { 'σ' } else { c }));
            }
        });
    }
    folded
}

/// The pieces of a title, as the elements that they are; a title of one piece is just text.
#[must_use]
pub fn title_children(pieces: &[TitlePiece]) -> impl IntoView + use<> {
    match pieces {
        [piece] if piece.link.is_none() && !piece.found => Either::Left(piece.text.clone()),
        pieces => Either::Right(pieces.iter().map(piece_view).collect::<Vec<_>>()),
    }
}

fn piece_view(piece: &TitlePiece) -> impl IntoView + use<> {
    let text = piece.text.clone();
    match (piece.link.clone(), piece.found) {
        (Some(link), found) => EitherOf3::A(view! {
            <a href=link target="_blank" rel="noopener noreferrer" class=found.then_some("found")>
                {text}
            </a>
        }),
        (None, true) => EitherOf3::B(view! { <mark>{text}</mark> }),
        (None, false) => EitherOf3::C(text),
    }
}

/// The rows of the list, once: the first ones, and then block after block while they are written.
pub fn rows<D, N: IntoView + 'static, F: IntoView + 'static>(
    shown: impl Fn() -> Arc<[ItemId]>,
    edited: Option<ItemId>,
    row: impl Fn(ItemId, bool) -> Option<D> + Send,
    near: fn(ItemId, D) -> N,
    far: impl Fn(ItemId, D) -> F + Send,
) -> impl IntoView {
    let shown = shown();
    let is_near = is_near(&shown, edited);
    let draw = move |(index, id)| {
        let is_near = is_near(index);
        let data = row(id, is_near)?;
        Some(if is_near {
            Either::Left(near(id, data))
        } else {
            Either::Right(far(id, data))
        })
    };
    let all = (0..shown.len()).map(move |index| (index, shown[index]));
    let mut rows = all.filter_map(draw);
    let first: Vec<_> = rows.by_ref().take(NEAR).collect();
    let blocks = std::iter::from_fn(move || {
        let block: Vec<_> = rows.by_ref().take(BLOCK).collect();
        (!block.is_empty()).then(|| {
            view! {
                <li class="block" role="none">
                    <ul role="none">{block}</ul>
                </li>
            }
        })
    });
    (first, Lazy(blocks))
}

/// What is rendered stays as it is.
pub fn draw(_: Vec<Touched>) {}

/// Properties are the browser's.
#[must_use]
pub fn title_property(_: Vec<TitlePiece>) -> String {
    String::new()
}

/// Nothing to mark.
pub fn mark_hydrated() {}

/// Nobody does anything.
pub fn listen(_: impl Fn(Gesture) + 'static, _: impl Fn() -> bool + 'static) {}

/// Nothing to scroll.
pub fn scroll_to_end() {}

/// There is no keyboard.
#[must_use]
pub fn focus() -> Focus {
    Focus::Lost
}

/// There is no keyboard.
pub fn mend_focus(_: Option<ItemId>) {}

/// There is no keyboard.
pub fn focus_editor() {}

/// The address of a view, and of a search in it.
#[must_use]
pub fn address(filter: Filter, search: &str) -> String {
    let path = filter.path();
    if search.is_empty() {
        return path.to_owned();
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", search)
        .finish();
    format!("{path}?{query}")
}

/// What the address of another view has to carry along, so that the steps of this page can still be
/// undone there: they stand in the address only.
#[must_use]
pub fn trail(document: &DocumentState) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, steps) in [("done", &document.done), ("undone", &document.undone)] {
        let steps: Vec<String> = steps.iter().map(u64::to_string).collect();
        if !steps.is_empty() {
            query.append_pair(name, &steps.join(","));
        }
    }
    match query.finish() {
        query if query.is_empty() => query,
        query if document.search.is_empty() => format!("?{query}"),
        query => format!("&{query}"),
    }
}

/// There is no address bar.
pub fn show_address(_: Filter, _: &str) {}

/// There is no editor.
#[must_use]
pub fn editor_text() -> Option<String> {
    None
}

/// There is no clipboard.
pub fn copy(_: &str, _: bool) {}

/// There is no field.
#[must_use]
pub fn field_is_free() -> bool {
    true
}

/// There is no field.
pub fn put_into_field(_: &str) {}

/// There is no field.
pub fn focus_field() {}

/// The server calls nobody.
pub async fn post(_: &str, _: &str, _: &[u8]) -> Option<Posted> {
    None
}

/// The server does nothing later.
pub fn after(_: u32, _: impl FnOnce() + 'static) {}

/// Nobody tells anything.
pub fn attend(_: impl Fn(Report) + 'static) {}

/// There is no session here.
pub fn check_session() {}

/// There are no other pages.
pub fn lead() {}

/// The server is where the events come from.
pub fn follow(_: Cursor) {}

/// Nothing to close.
pub fn unfollow() {}

/// There is no stream.
#[must_use]
pub fn stream_has_ended() -> bool {
    false
}

/// There are no other pages.
pub fn tell_others(_: &str, _: &str) {}

/// There is no service worker.
#[must_use]
pub fn keep_page() -> bool {
    false
}

/// There is nobody to ask.
#[must_use]
pub fn ask(_: &str) -> bool {
    false
}

/// Nobody is signed in.
pub fn sign_out() {}

/// There is no storage.
pub fn persist() {}

/// There is no storage.
pub async fn stored() -> Option<Vec<Entry>> {
    None
}

/// There is no storage.
pub async fn store(_: Vec<Write>) -> bool {
    false
}

/// The key by which this process hashes the ids of the lists that it renders.
#[must_use]
pub fn hash_key() -> HashKey {
    static KEY: LazyLock<HashKey> = LazyLock::new(|| HashKey::new(Uuid::new_v4().into_bytes()));
    *KEY
}

/// Nobody waits.
#[must_use]
pub fn random_share() -> f64 {
    0.0
}

/// There is no address bar.
#[must_use]
pub fn asked_view() -> Option<Gesture> {
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;

    use super::fold;
    use crate::domain::{find, finds};

    /// What is found in a title, between brackets.
    fn check(search: &str, expected: &str) {
        let title = expected.replace(['[', ']'], "");
        let mut marked = title.clone();
        for found in find(&title, &fold(search), fold).iter().rev() {
            marked.insert(found.end, ']');
            marked.insert(found.start, '[');
        }
        assert_eq!(marked, expected, "{search:?}");
        let is_found = finds(&title, &fold(search), fold);
        assert_eq!(is_found, marked != title, "{search:?}");
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        check("milk", "Buy [Milk] and [MILK]");
        check("CAFE", "Un [café] au lait");
        check("café", "Un [cafe] au lait");
        check("café", "Un [cafe\u{301}] au lait");
        check("ÜBER", "[über] alles");
        check("оплатить", "[Оплатить] счёт");
        check("счет", "Оплатить [счёт]");
        check("οδος", "[ΟΔΟΣ]");
        check("ΟΔΟΣ", "[οδος]");
        check("ร้าน", "ไป[ร้าน]ค้า");
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        check("milk", "Buy eggs");
        check("", "Buy eggs");
        check("buy eggs and", "Buy eggs");
    }

    #[test]
    fn what_is_found_never_overlaps_and_never_cuts_a_character() {
        check("aa", "[aa][aa]a");
        check("a", "b[a\u{301}\u{302}]c");
        check("각", "[각]오");
        check("\u{1f469}", "x[\u{1f469}]\u{200d}\u{1f4bb}");
    }

    proptest! {
        #[test]
        fn characters_by_themselves_fold_to_what_the_text_folds_to(text in any::<String>()) {
            let letters = text.nfd().filter(|c| !is_combining_mark(*c));
            let letters = letters.flat_map(char::to_lowercase);
            let folded: String = letters.map(|c| if c == 'ς' { 'σ' } else { c }).collect();
            prop_assert_eq!(fold(&text), folded);
        }

        #[test]
        fn ranges_are_in_order_and_at_characters(text in "[aAáÁe\u{301}ßΣς 각]{0,12}", search in "[aAáe\u{301}σς각]{0,3}") {
            let mut rest = 0;
            let is_found = finds(&text, &fold(&search), fold);
            prop_assert_eq!(is_found, !find(&text, &fold(&search), fold).is_empty());
            for found in find(&text, &fold(&search), fold) {
                prop_assert!(rest <= found.start && found.start < found.end);
                prop_assert!(text.get(found.clone()).is_some());
                rest = found.end;
            }
        }

        #[test]
        fn a_part_of_a_title_is_found_in_it(text in "[a-zA-ZäöüÄÖÜé ]{1,20}", from in 0..20_usize, length in 1..20_usize) {
            let part: String = text.chars().skip(from).take(length).collect();
            prop_assert_eq!(find(&text, &fold(&part), fold).is_empty(), part.is_empty());
        }
    }
}
