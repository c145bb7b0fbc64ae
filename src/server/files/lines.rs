//! The lines of a text as editors count them.

/// Where each line of a text begins. A line ends with a line feed, a carriage return, or both.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let ends_line = |index: &usize| match bytes[*index] {
            b'\n' => true,
            b'\r' => bytes.get(index + 1) != Some(&b'\n'),
            _ => false,
        };
        let ends = (0..bytes.len()).filter(ends_line);
        let starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        Self { text, starts }
    }

    /// The number of the line with this byte, from 1.
    pub(super) fn number_at(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    /// A line without its end. Lines that do not exist are empty.
    pub(super) fn get(&self, number: usize) -> &'a str {
        let Some(start) = number
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
        else {
            return "";
        };
        let end = self.starts.get(number).copied();
        let line = &self.text[*start..end.unwrap_or(self.text.len())];
        line.trim_end_matches(['\r', '\n'])
    }

    /// All lines with their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &'a str)> {
        (1..=self.starts.len()).map(|number| (number, self.get(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_counts_once() {
        let text = "a\nb\r\nc\rd\r\r\ne";
        let lines = Lines::new(text);
        let found: Vec<_> = lines.iter().map(|(_, line)| line).collect();
        assert_eq!(found, ["a", "b", "c", "d", "", "e"]);
        let numbers = ["a", "b", "c", "d", "e"].map(|c| lines.number_at(text.find(c).unwrap()));
        assert_eq!(numbers, [1, 2, 3, 4, 6]);
        assert_eq!(lines.number_at(text.len()), 6);
        assert_eq!((lines.get(0), lines.get(7)), ("", ""));
    }
}
