//! Markdown: the items of its lists, and lines with boxes. A CommonMark parser finds the blocks; the titles are their
//! source, so links and emphasis keep their characters.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

use super::imported::ImportBuilder;
use super::lines::Lines;
use super::marks::{self, BoxState};
use super::{Completion, ImportError, Imported, LineRange, TimeOfCompletion};

const TEXT: &str = "text and no item";
const NOTE: &str = "more text of an item, which items cannot hold";

/// Reads the items of all lists in a document.
pub(super) fn import(text: &str) -> Result<Imported, ImportError> {
    let lines = Lines::new(text);
    let mut reader = Reader {
        text,
        covered: vec![false; lines.iter().count() + 1],
        lines,
        builder: ImportBuilder::default(),
        items: Vec::new(),
        lists: 0,
        leaf: None,
    };
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS;
    let mut skip_to = 0;
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        // The content of a block that was handled as a whole.
        if range.start < skip_to && !matches!(event, Event::End(_)) {
            continue;
        }
        if let Some(end) = reader.read(&event, range) {
            skip_to = end;
        }
    }
    reader.end_leaf();
    reader.name_the_rest();
    reader.builder.finish()
}

struct Reader<'a> {
    text: &'a str,
    lines: Lines<'a>,
    builder: ImportBuilder,
    /// The lines that are accounted for. The first one is not used.
    covered: Vec<bool>,
    /// The list items around the current place.
    items: Vec<OpenItem>,
    /// How many lists are around the current place.
    lists: usize,
    /// The text of a list item without paragraphs, which no event begins.
    leaf: Option<Range<usize>>,
}

/// A list item whose end was not seen yet.
struct OpenItem {
    start: usize,
    has_text: bool,
}

/// An item that is put together from lines.
struct Draft<'a> {
    lines: LineRange,
    text: Vec<&'a str>,
    state: Option<BoxState>,
}

impl<'a> Reader<'a> {
    /// Reads one event. Returns where the block ends if it was handled as a whole.
    fn read(&mut self, event: &Event<'_>, range: Range<usize>) -> Option<usize> {
        let reason = match event {
            Event::Start(Tag::List(_)) => {
                self.end_leaf();
                self.lists += 1;
                return None;
            }
            Event::End(pulldown_cmark::TagEnd::List(_)) => {
                self.lists -= 1;
                return None;
            }
            Event::Start(Tag::Item) => {
                // The range can begin with the white space before the bullet.
                let rest = &self.text[range.start..];
                let start = range.start + rest.len() - rest.trim_start().len();
                let has_text = false;
                self.items.push(OpenItem { start, has_text });
                return None;
            }
            Event::End(pulldown_cmark::TagEnd::Item) => {
                self.end_leaf();
                self.end_item();
                return None;
            }
            Event::Start(Tag::BlockQuote(_)) => {
                self.end_leaf();
                return None;
            }
            Event::End(_) => return None,
            Event::Start(Tag::Paragraph) => {
                self.end_leaf();
                self.read_text(range.clone());
                return Some(range.end);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                self.end_leaf();
                let is_item = self.items.last().is_some_and(|item| !item.has_text);
                if is_item {
                    self.read_text(range.clone());
                } else {
                    self.read_lines(self.range_of_lines(&range), None, "code");
                }
                return Some(range.end);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => "code",
            Event::Start(Tag::Heading { .. }) => "a heading",
            Event::Start(Tag::HtmlBlock) => "HTML or a comment",
            Event::Start(Tag::MetadataBlock(_)) => "front matter",
            Event::Rule => "a line across the page",
            // Inline content of an item that has no paragraphs.
            _ => {
                let leaf = self.leaf.get_or_insert_with(|| range.clone());
                leaf.end = leaf.end.max(range.end);
                return None;
            }
        };
        self.end_leaf();
        let lines = self.range_of_lines(&range);
        self.pass_over(lines, reason);
        Some(range.end)
    }

    /// The lines of a block, without blank ones at its end.
    fn range_of_lines(&self, range: &Range<usize>) -> LineRange {
        let end = range.start + self.text[range.clone()].trim_end().len();
        let first = self.lines.number_at(range.start);
        let last = self.lines.number_at(end.saturating_sub(1)).max(first);
        LineRange { first, last }
    }

    fn end_leaf(&mut self) {
        if let Some(range) = self.leaf.take() {
            self.read_text(range);
        }
    }

    /// Reads a block of text. The first one of a list item is its title.
    fn read_text(&mut self, range: Range<usize>) {
        let lines = self.range_of_lines(&range);
        let Some(item) = self.items.last_mut() else {
            self.read_lines(lines, None, TEXT);
            return;
        };
        if std::mem::replace(&mut item.has_text, true) {
            self.read_lines(lines, None, NOTE);
            return;
        }
        let start = item.start;
        let first = self.lines.number_at(start);
        let title = if first == lines.first {
            let line = self.text[start..].split(['\n', '\r']).next();
            marks::without_list_marker(line.unwrap_or_default()).trim()
        } else {
            content(self.lines.get(lines.first))
        };
        let (state, title) = match marks::split_box(title) {
            Some((state, rest)) => (Some(state), rest),
            None => (None, title),
        };
        let draft = Draft {
            lines: LineRange {
                first,
                last: lines.first,
            },
            text: vec![title],
            state,
        };
        let first = lines.first + 1;
        self.read_lines(LineRange { first, ..lines }, Some(draft), TEXT);
    }

    /// Reads lines of text. Those with a mark begin an item; others continue the item before them or are passed over.
    fn read_lines(&mut self, lines: LineRange, mut draft: Option<Draft<'a>>, reason: &'static str) {
        for number in lines.first..=lines.last {
            let line = content(self.lines.get(number));
            match (marks::marked(line), &mut draft) {
                (Some(marked), _) => {
                    self.take(draft.replace(Draft {
                        lines: LineRange::one(number),
                        text: vec![marked.text],
                        state: marked.state,
                    }));
                }
                (None, Some(draft)) if reason != "code" => {
                    draft.lines.last = number;
                    draft.text.push(line.trim_end());
                }
                (None, _) if line.is_empty() => {}
                (None, _) => self.pass_over(LineRange::one(number), reason),
            }
        }
        self.take(draft);
    }

    fn take(&mut self, draft: Option<Draft<'a>>) {
        let Some(Draft { lines, text, state }) = draft else {
            return;
        };
        self.cover(lines);
        let completion = match state {
            Some(BoxState::Ticked) => Completion::Completed(TimeOfCompletion::Unknown),
            _ => Completion::Open,
        };
        let reason = if state.is_some() {
            "an empty box"
        } else {
            "a bullet without text"
        };
        let text = text.join(" ");
        if self
            .builder
            .item(lines, &text, completion, reason)
            .is_none()
        {
            return;
        }
        if let Some(BoxState::Other(sign)) = state {
            let what = "the sign in a box (the item is open)";
            self.builder
                .value_not_kept(what, &sign.to_string(), lines.first);
        }
        if self.lists > 1 {
            self.builder
                .not_kept("that an item is below another one", lines.first);
        }
    }

    /// Names a list item without text, unless it contains something else.
    fn end_item(&mut self) {
        let Some(item) = self.items.pop() else {
            return;
        };
        let line = self.lines.number_at(item.start);
        if !item.has_text && !self.covered[line] {
            self.pass_over(LineRange::one(line), "a bullet without text");
        }
    }

    fn pass_over(&mut self, lines: LineRange, reason: &'static str) {
        self.cover(lines);
        self.builder.pass_over_lines(&self.lines, lines, reason);
    }

    fn cover(&mut self, lines: LineRange) {
        self.covered[lines.first..=lines.last].fill(true);
    }

    /// Names the lines that no block has, such as definitions of links.
    fn name_the_rest(&mut self) {
        let rest: Vec<usize> = self
            .lines
            .iter()
            .filter(|(number, line)| !self.covered[*number] && !content(line).is_empty())
            .map(|(number, _)| number)
            .collect();
        for number in rest {
            self.pass_over(LineRange::one(number), TEXT);
        }
    }
}

/// A line without the white space and the signs of quotations at its start.
fn content(line: &str) -> &str {
    line.trim_start_matches(|c: char| c == '>' || c.is_whitespace())
        .trim_end()
}
