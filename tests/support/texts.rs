//! Texts that break pages, formats and logs elsewhere, from `texts.json`. The browser tests read the same
//! file and build the texts by the same rule.

use serde::Deserialize;

use todo_list::domain::{Title, TitleError};

#[derive(Deserialize)]
struct File {
    texts: Vec<String>,
    repeated: Vec<(String, usize)>,
    combined: Vec<Combined>,
}

#[derive(Deserialize)]
struct Combined {
    before: Vec<String>,
    inside: Vec<String>,
    after: Vec<String>,
}

/// All texts.
pub fn texts() -> Vec<String> {
    let file: File = serde_json::from_str(include_str!("texts.json")).unwrap();
    let mut texts = file.texts;
    texts.extend(
        file.repeated
            .iter()
            .map(|(text, times)| text.repeat(*times)),
    );
    for Combined {
        before,
        inside,
        after,
    } in &file.combined
    {
        let heads = before
            .iter()
            .flat_map(|a| inside.iter().map(move |b| format!("{a}{b}")));
        texts.extend(heads.flat_map(|head| after.iter().map(move |c| format!("{head}{c}"))));
    }
    assert!(texts.len() > 300, "{}", texts.len());
    texts
}

/// The texts that are valid titles, trimmed, each once.
pub fn titles() -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    for text in texts() {
        match Title::parse(&text) {
            Ok(title) if titles.iter().all(|other| other != title.as_str()) => {
                titles.push(title.into())
            }
            Ok(_)
            | Err(TitleError::Blank | TitleError::TooLong { .. } | TitleError::ControlCharacter) => {
            }
        }
    }
    titles
}
