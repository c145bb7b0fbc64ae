//! Text without case and accents, for searching. The web twin gives the same results.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// The text without case and accents: decomposed (NFD), without combining marks, in lower case, and with the final sigma
/// as a sigma. The order of combining marks does not matter here, so each character is decomposed by itself, which takes a
/// fifth of the time.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;

    use super::fold;
    use crate::domain::{find_matches, has_match};

    /// Checks the matches in a title, which are in brackets.
    fn check(search: &str, expected: &str) {
        let title = expected.replace(['[', ']'], "");
        let mut marked = title.clone();
        for found in find_matches(&title, &fold(search), fold).iter().rev() {
            marked.insert(found.end, ']');
            marked.insert(found.start, '[');
        }
        assert_eq!(marked, expected, "{search:?}");
        let is_found = has_match(&title, &fold(search), fold);
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
            let is_found = has_match(&text, &fold(&search), fold);
            prop_assert_eq!(is_found, !find_matches(&text, &fold(&search), fold).is_empty());
            for found in find_matches(&text, &fold(&search), fold) {
                prop_assert!(rest <= found.start && found.start < found.end);
                prop_assert!(text.get(found.clone()).is_some());
                rest = found.end;
            }
        }

        #[test]
        fn a_part_of_a_title_is_found_in_it(text in "[a-zA-ZäöüÄÖÜé ]{1,20}", from in 0..20_usize, length in 1..20_usize) {
            let part: String = text.chars().skip(from).take(length).collect();
            prop_assert_eq!(find_matches(&text, &fold(&part), fold).is_empty(), part.is_empty());
        }
    }
}
