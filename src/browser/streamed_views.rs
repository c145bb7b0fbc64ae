//! Views that are created one after the other while their HTML is written. All views of a long list at once would take
//! hundreds of megabytes.

use std::sync::Arc;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState, Render};

/// Renders like a `Vec` of the views of an iterator. Each view is created when its HTML is written. Inside a script, the
/// views are pieces of one text.
pub struct StreamedViews<I>(pub I);

/// A context that takes the HTML written so far, for a caller that renders piece by piece.
#[derive(Clone)]
pub struct HtmlSink(pub Arc<dyn Fn(&mut String) + Send + Sync>);

impl<I: Iterator<Item: Render>> Render for StreamedViews<I> {
    type State = <Vec<I::Item> as Render>::State;

    fn build(self) -> Self::State {
        self.all().build()
    }

    fn rebuild(self, state: &mut Self::State) {
        self.all().rebuild(state);
    }
}

impl<I: Iterator> StreamedViews<I> {
    fn all(self) -> Vec<I::Item> {
        self.0.collect()
    }
}

impl<I: Iterator<Item: RenderHtml> + Send> AddAnyAttr for StreamedViews<I> {
    type Output<NewAttr: Attribute> = <Vec<I::Item> as AddAnyAttr>::Output<NewAttr>;

    fn add_any_attr<NewAttr: Attribute>(self, attribute: NewAttr) -> Self::Output<NewAttr>
    where
        Self::Output<NewAttr>: RenderHtml,
    {
        self.all().add_any_attr(attribute)
    }
}

impl<I: Iterator<Item: RenderHtml> + Send> RenderHtml for StreamedViews<I> {
    type AsyncOutput = <Vec<I::Item> as RenderHtml>::AsyncOutput;
    type Owned = <Vec<I::Item> as RenderHtml>::Owned;

    const MIN_LENGTH: usize = <Vec<I::Item> as RenderHtml>::MIN_LENGTH;

    fn dry_resolve(&mut self) {}

    async fn resolve(self) -> Self::AsyncOutput {
        self.all().resolve().await
    }

    fn to_html_with_buf(
        self,
        buffer: &mut String,
        position: &mut Position,
        escape: bool,
        mark_branches: bool,
        attributes: Vec<AnyAttribute>,
    ) {
        let sink = use_context::<HtmlSink>();
        for view in self.0 {
            if !escape {
                // Inside a script, a comment between two texts would be part of the text.
                *position = Position::FirstChild;
            }
            view.to_html_with_buf(buffer, position, escape, mark_branches, attributes.clone());
            if let Some(HtmlSink(take)) = &sink {
                take(buffer);
            }
        }
        // Writes what a `Vec` writes after its last view.
        Vec::<I::Item>::new().to_html_with_buf(buffer, position, escape, mark_branches, attributes);
    }

    fn hydrate<const FROM_SERVER: bool>(
        self,
        cursor: &Cursor,
        position: &PositionState,
    ) -> Self::State {
        self.all().hydrate::<FROM_SERVER>(cursor, position)
    }

    fn into_owned(self) -> Self::Owned {
        self.all().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn row(number: usize) -> impl IntoView {
        view! { <li class="x">{number}" "<b>{number}</b></li> }
    }

    #[test]
    fn it_renders_like_a_vec_also_piece_by_piece() {
        for count in [0, 1, 5] {
            let all: Vec<_> = (0..count).map(row).collect();
            let all = view! { <p>"a"</p><ul>"before"{all}"behind"</ul> }.to_html();
            let written = Arc::new(Mutex::new(String::new()));
            let target = written.clone();
            let sink = HtmlSink(Arc::new(move |html| {
                target.lock().unwrap().push_str(html);
                html.clear();
            }));
            let owner = Owner::new_root(None);
            let rest = owner.with(|| {
                provide_context(sink);
                let views = StreamedViews((0..count).map(row));
                view! { <p>"a"</p><ul>"before"{views}"behind"</ul> }.to_html()
            });
            let written = written.lock().unwrap();
            assert_eq!(written.is_empty(), count == 0);
            assert_eq!(format!("{written}{rest}"), all);
        }
    }
}
