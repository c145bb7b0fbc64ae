//! An SVG image. It has no background, and its colours are visible on white and on black.

use std::fmt::Write;

pub const GREY: &str = "#7d8590";
pub const FAINT: &str = "#7d859055";
pub const COLOURS: [&str; 5] = ["#3b82f6", "#d97706", "#10b981", "#a855f7", "#ef4444"];

/// The alignment of a text to its point.
#[derive(Clone, Copy)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

pub struct Picture {
    text: String,
}

impl Picture {
    pub fn new(width: f64, height: f64, title: &str) -> Self {
        let title = escaped(title);
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n\
             <title>{title}</title>\n\
             <text x=\"12\" y=\"22\" font-size=\"15\" font-weight=\"600\" fill=\"{GREY}\">{title}</text>\n"
        );
        Self { text }
    }

    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        self.push(format_args!(
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            from.0, from.1, to.0, to.1
        ));
    }

    /// A line from point to point, with a dot at each.
    pub fn path(&mut self, points: &[(f64, f64)], colour: &str) {
        let joined = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}"));
        let joined = joined.collect::<Vec<_>>().join(" ");
        self.push(format_args!(
            "<polyline points=\"{joined}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        ));
        for (x, y) in points {
            self.push(format_args!(
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
            ));
        }
    }

    pub fn bar(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), colour: &str) {
        self.push(format_args!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" fill=\"{colour}\"/>"
        ));
    }

    pub fn words(&mut self, (x, y): (f64, f64), words: &str, anchor: Anchor) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        self.push(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{GREY}\" text-anchor=\"{anchor}\">{}</text>",
            escaped(words)
        ));
    }

    pub fn done(mut self) -> String {
        self.text += "</svg>\n";
        self.text
    }

    fn push(&mut self, element: std::fmt::Arguments) {
        writeln!(self.text, "{element}").unwrap();
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
