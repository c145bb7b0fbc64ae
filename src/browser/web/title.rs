//! The title in a row, with its links and search matches as elements. As a view of the framework, a list of pieces of
//! several kinds would be several times as much code in the WASM.

use leptos::prelude::{IntoView, document};
use leptos::tachys::html::property::IntoProperty;
use web_sys::Element;

use crate::domain::TitlePiece;

/// Nothing: in the browser the pieces are a property of the element around them.
#[must_use]
pub fn title_children(_: &[TitlePiece]) -> impl IntoView + use<> {}

/// The property that sets the pieces as the content of an element.
#[must_use]
pub fn title_property(pieces: Vec<TitlePiece>) -> TitleProperty {
    TitleProperty(pieces)
}

/// The pieces of a title as a property of the element around them.
#[derive(Clone)]
pub struct TitleProperty(Vec<TitlePiece>);

impl IntoProperty for TitleProperty {
    type State = (Element, Self);
    type Cloneable = Self;
    type CloneableOwned = Self;

    fn hydrate<const FROM_SERVER: bool>(self, element: &Element, _: &str) -> Self::State {
        // A browser extension or a proxy may have changed the text.
        let title: String = self.0.iter().map(|piece| piece.text.as_str()).collect();
        if element.text_content().is_some_and(|text| text != title) {
            self.write(element);
        }
        (element.clone(), self)
    }

    fn build(self, element: &Element, _: &str) -> Self::State {
        self.write(element);
        (element.clone(), self)
    }

    fn rebuild(self, (element, before): &mut Self::State, _: &str) {
        if before.0 != self.0 {
            self.write(element);
            *before = self;
        }
    }

    fn into_cloneable(self) -> Self {
        self
    }

    fn into_cloneable_owned(self) -> Self {
        self
    }
}

impl TitleProperty {
    fn write(&self, element: &Element) {
        element.set_text_content(None);
        for piece in &self.0 {
            let tag = match (&piece.link, piece.found) {
                (Some(_), _) => "a",
                (None, true) => "mark",
                (None, false) => {
                    let _ = element.append_with_str_1(&piece.text);
                    continue;
                }
            };
            let Ok(part) = document().create_element(tag) else {
                continue;
            };
            part.set_text_content(Some(&piece.text));
            if let Some(link) = &piece.link {
                let class = if piece.found { "found" } else { "" };
                for (name, value) in [
                    ("href", link.as_str()),
                    ("target", "_blank"),
                    ("rel", "noopener noreferrer"),
                    ("class", class),
                ] {
                    let _ = part.set_attribute(name, value);
                }
            }
            let _ = element.append_child(&part);
        }
    }
}
