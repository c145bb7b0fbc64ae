//! The tables of Unicode that searching needs. The web twin gives the same results.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The compatibility decomposition of a text, without marks and ignorable characters, in lower case. The order of marks
/// does not matter here, so each character is decomposed by itself, which takes a fifth of the time.
#[must_use]
pub fn decompose(text: &str) -> String {
    let mut decomposed = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_ascii() {
            decomposed.push(character.to_ascii_lowercase());
            continue;
        }
        decompose_compatible(character, |part| {
            if !is_ignored(part) {
                decomposed.extend(part.to_lowercase());
            }
        });
    }
    decomposed
}

/// Whether a character is a mark, or one that Unicode calls `Default_Ignorable_Code_Point`: it is invisible.
fn is_ignored(character: char) -> bool {
    matches!(
        u32::from(character),
        0xad | 0x34f
            | 0x61c
            | 0x115f..=0x1160
            | 0x17b4..=0x17b5
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x202a..=0x202e
            | 0x2060..=0x206f
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xfeff
            | 0xffa0
            | 0xfff0..=0xfff8
            | 0x1bca0..=0x1bca3
            | 0x1d173..=0x1d17a
            | 0xe0000..=0xe0fff
    ) || is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use unicode_normalization::UnicodeNormalization;

    use super::{decompose, is_ignored};
    use crate::domain::{self, fold_needle, have_match};

    fn find_matches(title: &str, search: &str) -> Vec<std::ops::Range<usize>> {
        domain::find_matches(title, &fold_needle(search, decompose), decompose)
    }

    fn has_match(title: &str, search: &str) -> bool {
        let needle = fold_needle(search, decompose);
        let all = have_match(["Before", title, ""].into_iter(), &needle, decompose);
        let is_found = domain::has_match(title, &needle, decompose);
        assert_eq!(all[1], is_found, "{search:?} {title:?}");
        is_found
    }

    fn fold(text: &str) -> String {
        domain::fold(text, decompose)
    }

    /// Checks the matches in a title, which are in brackets.
    fn check(search: &str, expected: &str) {
        let title = expected.replace(['[', ']'], "");
        let mut marked = title.clone();
        for found in find_matches(&title, search).iter().rev() {
            marked.insert(found.end, ']');
            marked.insert(found.start, '[');
        }
        assert_eq!(marked, expected, "{search:?}");
        let is_found = has_match(&title, search);
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

    /// The browser tests check the same searches.
    #[test]
    fn what_looks_the_same_is_found_and_marked_exactly() {
        let vectors = include_str!("../../../tests/search.txt").lines();
        let mut vectors = vectors.filter_map(|line| line.split_once(" | "));
        assert!(vectors.clone().count() > 20);
        vectors.all(|(search, expected)| {
            check(search, expected);
            true
        });
    }

    #[test]
    fn folding_what_is_folded_changes_nothing() {
        for character in '\0'..=char::MAX {
            let folded = fold(&character.to_string());
            assert_eq!(fold(&folded), folded, "{character:?}");
        }
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
        check("\u{1f469}", "x[\u{1f469}\u{200d}]\u{1f4bb}");
    }

    proptest! {
        #[test]
        fn characters_by_themselves_fold_to_what_the_text_folds_to(text in any::<String>()) {
            let letters = text.nfkd().filter(|c| !is_ignored(*c));
            let decomposed: String = letters.flat_map(char::to_lowercase).collect();
            prop_assert_eq!(decompose(&text), decomposed);
        }

        #[test]
        fn ranges_are_in_order_and_at_characters(text in "[aAáÁe\u{301}ßΣς 각]{0,12}", search in "[aAáe\u{301}σς각]{0,3}") {
            let mut rest = 0;
            let is_found = has_match(&text, &search);
            prop_assert_eq!(is_found, !find_matches(&text, &search).is_empty());
            for found in find_matches(&text, &search) {
                prop_assert!(rest <= found.start && found.start < found.end);
                prop_assert!(text.get(found.clone()).is_some());
                rest = found.end;
            }
        }

        #[test]
        fn a_part_of_a_title_is_found_in_it(text in "[a-zA-ZäöüÄÖÜéßﬁ ]{1,20}", from in 0..20_usize, length in 1..20_usize) {
            let part: String = text.chars().skip(from).take(length).collect();
            prop_assert_eq!(find_matches(&text, &part).is_empty(), part.trim().is_empty());
        }
    }
}
