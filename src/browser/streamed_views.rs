//! Many views that are made one after the other while they are written: those of a long list would take hundreds of
//! megabytes together.

use std::sync::Arc;

use leptos::attr::Attribute;
use leptos::attr::any_attribute::AnyAttribute;
use leptos::prelude::*;
use leptos::tachys::hydration::Cursor;
use leptos::tachys::view::{Position, PositionState, Render};

/// Views that look like a `Vec` of them. Each is made when it is written.
pub struct StreamedViews<I>(pub I);

/// Takes the HTML that has been written so far, if whoever renders wants it piece by piece. A context.
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
        let drain = use_context::<HtmlSink>();
        for view in self.0 {
            view.to_html_with_buf(buffer, position, escape, mark_branches, attributes.clone());
            if let Some(HtmlSink(drain)) = &drain {
                drain(buffer);
            }
        }
        // What stands behind all of them.
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
    fn it_looks_like_all_views_at_once_also_piece_by_piece() {
        for count in [0, 1, 5] {
            let all: Vec<_> = (0..count).map(row).collect();
            let all = view! { <p>"a"</p><ul>"before"{all}"behind"</ul> }.to_html();
            let written = Arc::new(Mutex::new(String::new()));
            let target = written.clone();
            let drain = HtmlSink(Arc::new(move |html| {
                target.lock().unwrap().push_str(html);
                html.clear();
            }));
            let owner = Owner::new_root(None);
            let rest = owner.with(|| {
                provide_context(drain);
                let lazy = StreamedViews((0..count).map(row));
                view! { <p>"a"</p><ul>"before"{lazy}"behind"</ul> }.to_html()
            });
            let written = written.lock().unwrap();
            assert_eq!(written.is_empty(), count == 0);
            assert_eq!(format!("{written}{rest}"), all);
        }
    }
}
