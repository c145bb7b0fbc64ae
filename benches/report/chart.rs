//! Charts: rows against their references, and curves.

use crate::results::{Curve, Row, number};
use crate::svg::{Anchor, COLOURS, FAINT, GREY, Picture};

const WIDTH: f64 = 760.0;
const BAR: f64 = 24.0;

/// A bar for each row whose reference has a similar speed, from zero to the median, with a line from
/// the minimum to the maximum and a mark at the budget.
pub fn ratios(rows: &[&Row]) -> String {
    const FROM: f64 = 330.0;
    const TO: f64 = WIDTH - 60.0;
    const MOST: f64 = 1.25;
    let is_shown =
        |row: &&&Row| row.unit == "requests/s" && row.ratio.is_some_and(|ratio| ratio < 2.0);
    let rows: Vec<_> = rows.iter().filter(is_shown).collect();
    let height = 76.0 + BAR * rows.len() as f64;
    let mut picture = Picture::new(
        WIDTH,
        height,
        "Requests a second, as a part of the reference's",
    );
    let at = |ratio: f64| FROM + (TO - FROM) * ratio.clamp(0.0, MOST) / MOST;
    for step in 0..=5 {
        let ratio = f64::from(step) * 0.25;
        picture.line((at(ratio), 40.0), (at(ratio), height - 30.0), FAINT, 1.0);
        picture.words((at(ratio), height - 14.0), &number(ratio), Anchor::Middle);
    }
    for (index, row) in rows.iter().enumerate() {
        let top = 44.0 + BAR * index as f64;
        let middle = top + BAR / 2.0;
        let ratio = row.ratio.unwrap_or_default();
        let colour = if row.met == Some(false) {
            COLOURS[1]
        } else {
            COLOURS[0]
        };
        picture.words((FROM - 10.0, middle + 4.0), &row.what, Anchor::End);
        picture.bar((FROM, top + 4.0), (at(ratio) - FROM, BAR - 8.0), colour);
        if let (Some(least), Some(most)) = (row.ratio_min, row.ratio_max) {
            picture.line((at(least), middle), (at(most), middle), GREY, 2.0);
        }
        let budget = row.budget.as_deref();
        let budget = budget.and_then(|words| words.strip_prefix("ratio at least "));
        if let Some(budget) = budget.and_then(|budget| budget.parse().ok()) {
            picture.line(
                (at(budget), top + 1.0),
                (at(budget), top + BAR - 1.0),
                COLOURS[4],
                2.0,
            );
        }
        picture.words((TO + 12.0, middle + 4.0), &number(ratio), Anchor::Start);
    }
    picture.done()
}

/// Lines over two axes.
pub fn curve(curve: &Curve) -> String {
    const HEIGHT: f64 = 360.0;
    let all = || curve.lines.iter().flat_map(|line| &line.points);
    let across = Axis::new(all().map(|(x, _)| *x), curve.x_is_log, 70.0, WIDTH - 30.0);
    let top = 50.0 + 18.0 * curve.lines.len() as f64;
    let up = Axis::new(all().map(|(_, y)| *y), curve.y_is_log, HEIGHT - 50.0, top);
    let mut picture = Picture::new(WIDTH, HEIGHT, &curve.title);
    for tick in across.ticks() {
        let x = across.at(tick);
        picture.line((x, up.from), (x, up.to), FAINT, 1.0);
        picture.words((x, up.from + 18.0), &tick_in_words(tick), Anchor::Middle);
    }
    for tick in up.ticks() {
        let y = up.at(tick);
        picture.line((across.from, y), (across.to, y), FAINT, 1.0);
        picture.words(
            (across.from - 8.0, y + 4.0),
            &tick_in_words(tick),
            Anchor::End,
        );
    }
    let center = f64::midpoint(across.from, across.to);
    picture.words((center, HEIGHT - 12.0), &curve.x, Anchor::Middle);
    picture.words((WIDTH - 30.0, 22.0), &curve.y, Anchor::End);
    for (index, line) in curve.lines.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let y = 42.0 + 18.0 * index as f64;
        picture.line((across.from, y), (across.from + 22.0, y), colour, 3.0);
        picture.words((across.from + 30.0, y + 4.0), &line.name, Anchor::Start);
        let points = line.points.iter().map(|(x, y)| (across.at(*x), up.at(*y)));
        picture.path(&points.collect::<Vec<_>>(), colour);
    }
    picture.done()
}

/// An axis from the minimum to the maximum of all values, and its range in the image. A linear axis begins at 0.
struct Axis {
    least: f64,
    most: f64,
    is_log: bool,
    from: f64,
    to: f64,
}

impl Axis {
    fn new(values: impl Iterator<Item = f64> + Clone, is_log: bool, from: f64, to: f64) -> Self {
        let most = values.clone().fold(f64::MIN, f64::max);
        let least = values.fold(f64::MAX, f64::min);
        let (least, most) = match is_log {
            // Whole powers of ten, at least one.
            true => {
                let least = least.max(f64::MIN_POSITIVE).log10().floor();
                (
                    10_f64.powf(least),
                    10_f64.powf(most.log10().ceil().max(least + 1.0)),
                )
            }
            false => {
                let step = step(most);
                (0.0, (most / step).ceil() * step)
            }
        };
        Self {
            least,
            most,
            is_log,
            from,
            to,
        }
    }

    fn at(&self, value: f64) -> f64 {
        let share = match self.is_log {
            true => (value / self.least).ln() / (self.most / self.least).ln(),
            false => (value - self.least) / (self.most - self.least),
        };
        self.from + (self.to - self.from) * share
    }

    fn ticks(&self) -> Vec<f64> {
        let is_within = |tick: &f64| *tick <= self.most * 1.001;
        match self.is_log {
            true => {
                let ticks = std::iter::successors(Some(self.least), |tick| Some(tick * 10.0));
                ticks.take_while(is_within).collect()
            }
            false => {
                let step = step(self.most);
                let ticks = (0..).map(|index| f64::from(index) * step);
                ticks.take_while(is_within).collect()
            }
        }
    }
}

/// A round step that divides the value into four to ten parts.
fn step(value: f64) -> f64 {
    let power = 10_f64.powf((value / 4.0).max(f64::MIN_POSITIVE).log10().floor());
    let steps = [1.0, 2.0, 5.0].map(|step| step * power);
    steps
        .into_iter()
        .rfind(|step| value / step >= 4.0)
        .unwrap_or(power)
}

/// Powers of ten below 1 keep all their digits.
fn tick_in_words(tick: f64) -> String {
    if tick >= 1.0 || tick == 0.0 {
        number(tick)
            .trim_end_matches(".00")
            .trim_end_matches(".0")
            .into()
    } else {
        format!("{tick:.3}").trim_end_matches('0').into()
    }
}
