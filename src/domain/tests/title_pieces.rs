//! Links in titles, and what a search has found.

use super::*;

/// The pieces of a title: links between `<` and `>`, what was found between brackets.
fn check(title: &str, found: &[std::ops::Range<usize>], expected: &[&str]) {
    let show = |piece: &TitlePiece| {
        let text = if piece.found {
            format!("[{}]", piece.text)
        } else {
            piece.text.clone()
        };
        match &piece.link {
            Some(link) if *link == piece.text => format!("<{text}>"),
            Some(link) => format!("<{text} of {link}>"),
            None => text,
        }
    };
    let pieces = title_pieces(title, found);
    let shown: Vec<String> = pieces.iter().map(show).collect();
    assert_eq!(shown, expected, "{title:?}");
    let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    assert_eq!(whole, title);
}

#[test]
fn an_address_is_a_link_and_the_rest_is_text() {
    check("Buy milk", &[], &["Buy milk"]);
    check("https://a.example", &[], &["<https://a.example>"]);
    check(
        "see http://a.example/x?y=1#z now",
        &[],
        &["see ", "<http://a.example/x?y=1#z>", " now"],
    );
    check(
        "http://a.example,http://b.example",
        &[],
        &["<http://a.example,http://b.example>"],
    );
    check("http://localhost:5001/", &[], &["<http://localhost:5001/>"]);
    check("http://[::1]/x", &[], &["<http://[::1]/x>"]);
    check(
        "https://пример.example/путь",
        &[],
        &["<https://пример.example/путь>"],
    );
}

#[test]
fn punctuation_around_an_address_is_not_part_of_it() {
    check(
        "(https://a.example/b)",
        &[],
        &["(", "<https://a.example/b>", ")"],
    );
    check(
        "https://a.example/b_(c).",
        &[],
        &["<https://a.example/b_(c)>", "."],
    );
    check(
        "Is it https://a.example?!",
        &[],
        &["Is it ", "<https://a.example>", "?!"],
    );
    check(
        "\"https://a.example\"",
        &[],
        &["\"", "<https://a.example>", "\""],
    );
    check(
        "<https://a.example>",
        &[],
        &["<", "<https://a.example>", ">"],
    );
}

#[test]
fn scripts_have_their_own_punctuation_and_brackets() {
    let link = "https://a.example/b";
    for (before, after) in [
        ("\u{8bf7}\u{770b}", "\u{3002}"),
        ("\u{8bf7}\u{770b}", "\u{ff0c}\u{7136}\u{540e}"),
        ("\u{ff08}", "\u{ff09}"),
        ("\u{300c}", "\u{300d}"),
        ("\u{300c}", "\u{300d}\u{3092}\u{8aad}\u{3080}"),
        ("", "\u{60c} \u{648}"),
        ("", "\u{61f}"),
        ("", "\u{964}"),
        ("\u{ab}", "\u{bb}."),
        ("\u{201e}", "\u{201d}!"),
        ("\u{201c}", "\u{201d}\u{2026}"),
        ("([{", "}])"),
        ("**", "**"),
    ] {
        let (shown, text) = (format!("<{link}>"), format!("{before}{link}{after}"));
        let expected = [before, &shown, after];
        let expected: Vec<&str> = expected
            .into_iter()
            .filter(|piece| !piece.is_empty())
            .collect();
        check(&text, &[], &expected);
    }
}

#[test]
fn brackets_stay_in_pairs_and_the_case_of_the_scheme_does_not_matter() {
    for link in [
        "https://a.example/b_(c)_(d)",
        "https://a.example/b\u{ff08}c\u{ff09}",
        "https://a.example/b(c)",
        "HTTPS://A.example/x",
        "Http://a.example",
    ] {
        check(&format!("({link})"), &[], &["(", &format!("<{link}>"), ")"]);
        check(link, &[], &[&format!("<{link}>")]);
    }
    check("https://a.example/(", &[], &["<https://a.example/>", "("]);
}

#[test]
fn what_could_do_harm_or_leads_nowhere_is_text() {
    for title in [
        "javascript:alert(1)",
        "javascript://a.example/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "xhttp://a.example",
        "http://",
        "https://.",
        "http:// a.example",
        "://a.example",
        "HTTPS",
    ] {
        check(title, &[], &[title]);
    }
}

#[test]
fn what_was_found_is_cut_out_of_links_too() {
    check(
        "Buy milk",
        std::slice::from_ref(&(4..8)),
        &["Buy ", "[milk]"],
    );
    check("Buy milk", std::slice::from_ref(&(0..8)), &["[Buy milk]"]);
    let link = "https://a.example";
    let expected = [
        "[x ]".to_owned(),
        format!("<[http] of {link}>"),
        format!("<s://a. of {link}>"),
        format!("<[example] of {link}>"),
        "[ y]".to_owned(),
    ];
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(&format!("x {link} y"), &[0..6, 12..21], &expected);
}

proptest! {
    #[test]
    fn the_pieces_together_are_the_title(text in "(https?://|[a-zé().,\\[\\]\" :/]){0,20}", cuts in prop::collection::vec(0..30_usize, 0..6)) {
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
        cuts.sort_unstable();
        let found: Vec<_> = cuts.chunks_exact(2).map(|pair| pair[0]..pair[1]).collect();
        let pieces = title_pieces(&text, &found);
        let whole: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        prop_assert_eq!(whole, text);
        prop_assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
    }
}
