//! The text of a row as HTML, with its links and search matches as elements.

use leptos::either::{Either, EitherOf3};
use leptos::prelude::*;

use crate::domain::TitlePiece;

/// The pieces of a title as elements. A title without links and matches is one text.
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

/// Properties exist in the browser only.
#[must_use]
pub fn title_property(_: Vec<TitlePiece>) -> String {
    String::new()
}
