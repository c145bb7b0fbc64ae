//! The rules about names in the code. Each returns what it finds, with the file and the line.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::source::{File, Named, Target};

/// The modules without I/O, clock, randomness and framework.
const CORE: [&str; 2] = ["domain", "sync"];

const CORE_CRATES: [&str; 6] = [
    "postcard",
    "serde",
    "siphasher",
    "slab",
    "thiserror",
    "uuid",
];

const STANDARD: [&str; 3] = ["alloc", "core", "std"];

/// The modules of the standard library that neither ask nor tell the system anything.
const CORE_STANDARD: [&str; 26] = [
    "any",
    "array",
    "borrow",
    "boxed",
    "cell",
    "char",
    "cmp",
    "collections",
    "convert",
    "default",
    "error",
    "fmt",
    "hash",
    "iter",
    "marker",
    "mem",
    "num",
    "ops",
    "option",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "sync",
    "vec",
];

/// Their order is random unless they have a hasher of their own, as they have in [`CORE_MAPS_FILE`].
const CORE_MAPS: [&str; 2] = ["HashMap", "HashSet"];
const CORE_MAPS_FILE: &str = "src/domain/id_map.rs";

/// What draws random numbers, reads the clock or writes, in crates that the core may use.
const IMPURE: [&str; 13] = [
    "RandomState",
    "dbg",
    "eprint",
    "eprintln",
    "new_v1",
    "new_v4",
    "new_v6",
    "new_v7",
    "now_v1",
    "now_v6",
    "now_v7",
    "print",
    "println",
];

/// They panic before 1970, which is what a clock without a battery may say.
const IDS_BY_CLOCK: [&str; 3] = ["now_v1", "now_v6", "now_v7"];

const MARKUP: [&str; 11] = [
    "createContextualFragment",
    "create_contextual_fragment",
    "document.write",
    "innerHTML",
    "inner_html",
    "insertAdjacentHTML",
    "insert_adjacent_html",
    "outerHTML",
    "outer_html",
    "parse_from_string",
    "srcdoc",
];

/// The places where a `cfg` decides by a feature: `cfg`, `cfg_attr` and `cfg!`.
pub fn feature_gates(file: &File) -> Vec<String> {
    let tokens = flat(file.tokens());
    let gates = tokens.iter().enumerate().filter_map(|(at, token)| {
        let name = ident(token).filter(|name| name == "cfg" || name == "cfg_attr")?;
        let mut next = tokens[at + 1..].iter();
        let condition =
            next.find(|token| !matches!(token, TokenTree::Punct(mark) if mark.as_char() == '!'));
        let Some(TokenTree::Group(condition)) = condition else {
            return None;
        };
        let has_feature = |token| ident(token).is_some_and(|name| name == "feature");
        let is_gate = flat(condition.stream()).iter().any(has_feature);
        is_gate.then(|| at_line(file, token, &name))
    });
    gates.collect()
}

/// The ways past the framework to write markup.
pub fn markup(file: &File) -> Vec<String> {
    let found = flat(file.tokens()).into_iter().filter_map(|token| {
        let text = match &token {
            TokenTree::Ident(_) | TokenTree::Literal(_) => token.to_string(),
            TokenTree::Group(_) | TokenTree::Punct(_) => return None,
        };
        let word = MARKUP.iter().find(|word| text.contains(*word))?;
        Some(at_line(file, &token, word))
    });
    found.collect()
}

pub fn ids_by_clock(file: &File) -> Vec<String> {
    names_among(file, &IDS_BY_CLOCK)
}

/// What the core knows and should not: names of its files, those of tests included, and paths outside of tests.
pub fn impurities(files: &[File], named: &[Named]) -> Vec<String> {
    let core = files.iter().filter(|file| {
        let is_in = |module| file.path.starts_with(&format!("src/{module}/"));
        CORE.into_iter().any(is_in)
    });
    let names = core.flat_map(|file| names_among(file, &IMPURE));
    let paths = named.iter().filter_map(|named| {
        let Target::External(path) = &named.target else {
            return None;
        };
        let is_core = named
            .from
            .first()
            .is_some_and(|module| CORE.contains(&module.as_str()));
        let Named {
            file,
            line,
            written,
            ..
        } = named;
        (is_core && !is_pure(path, file)).then(|| format!("{file}:{line}: {written}"))
    });
    names.chain(paths).collect()
}

fn is_pure(path: &[String], file: &str) -> bool {
    let krate = path[0].as_str();
    if !STANDARD.contains(&krate) {
        return CORE_CRATES.contains(&krate);
    }
    let module = path.get(1).map_or("", String::as_str);
    let is_map = path.iter().any(|name| CORE_MAPS.contains(&name.as_str()));
    CORE_STANDARD.contains(&module) && (!is_map || file == CORE_MAPS_FILE)
}

/// The functions that are tests and run by default, those in `proptest!` included.
pub fn tests(file: &File) -> Vec<String> {
    let tokens = flat(file.tokens());
    let mut tests = Vec::new();
    let mut is_test = false;
    let mut is_ignored = false;
    for pair in tokens.windows(2) {
        match pair {
            [TokenTree::Punct(mark), TokenTree::Group(attribute)] if mark.as_char() == '#' => {
                let names = flat(attribute.stream());
                let has = |word: &str| names.iter().filter_map(ident).any(|name| name == word);
                is_test |= has("test") && !has("cfg");
                is_ignored |= has("ignore");
            }
            [TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == "fn" => {
                if is_test && !is_ignored {
                    tests.push(name.to_string());
                }
                (is_test, is_ignored) = (false, false);
            }
            _ => {}
        }
    }
    tests
}

fn names_among(file: &File, words: &[&str]) -> Vec<String> {
    let found = flat(file.tokens()).into_iter().filter_map(|token| {
        let name = ident(&token)?;
        words
            .contains(&name.as_str())
            .then(|| at_line(file, &token, &name))
    });
    found.collect()
}

/// The tokens, each group followed by those in it, without documentation.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        let TokenTree::Group(group) = &token else {
            all.push(token);
            continue;
        };
        let inside = group.stream();
        let first = inside.clone().into_iter().next();
        let is_attribute = group.delimiter() == Delimiter::Bracket;
        let is_documentation = is_attribute
            && first
                .as_ref()
                .and_then(ident)
                .is_some_and(|name| name == "doc");
        if !is_documentation {
            all.push(token);
            all.extend(flat(inside));
        }
    }
    all
}

fn ident(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(name) => Some(name.to_string()),
        TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    }
}

fn at_line(file: &File, token: &TokenTree, text: &str) -> String {
    format!("{}:{}: {text}", file.path, token.span().start().line)
}
