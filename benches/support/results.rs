//! The results of a bench as rows and curves, printed and stored as `target/bench/NAME.json` for the report.
//! The benches of the page write the same format.

use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The results of one bench.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Results {
    /// Whether it was a quick run (`QUICK`).
    pub quick: bool,
    /// The load average of the machine over the minute before the start.
    pub load: f64,
    pub rows: Vec<Row>,
    pub curves: Vec<Curve>,
}

/// A measured value, its reference and its budget. Values are medians.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Row {
    pub group: String,
    pub what: String,
    pub unit: String,
    pub ours: f64,
    pub ours_min: f64,
    pub ours_max: f64,
    /// The name of the reference, if there is one.
    pub against: Option<String>,
    pub reference: Option<f64>,
    /// The ratio of our value to the reference, for each pair of rounds.
    pub ratio: Option<f64>,
    pub ratio_min: Option<f64>,
    pub ratio_max: Option<f64>,
    /// In words, such as "ratio at least 0.8".
    pub budget: Option<String>,
    pub met: Option<bool>,
}

/// A curve.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Curve {
    /// The name of the chart's file, without its ending.
    pub name: String,
    pub title: String,
    /// The labels of the axes, with units.
    pub x: String,
    pub y: String,
    /// Whether an axis is logarithmic.
    pub x_is_log: bool,
    pub y_is_log: bool,
    pub lines: Vec<Line>,
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

/// The budget of a value.
#[expect(dead_code, reason = "no bench has budgets of every kind")]
#[derive(Clone, Copy)]
pub enum Budget {
    RatioAtLeast(f64),
    RatioAtMost(f64),
    AtMost(f64),
}

/// Whether this is a quick run.
pub fn is_quick() -> bool {
    std::env::var_os("QUICK").is_some_and(|value| !value.is_empty() && value != "0")
}

/// The folder for all results, inside the one that `make clean` removes.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench"))
}

/// The median, the minimum and the maximum.
pub fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    (sorted[sorted.len() / 2], sorted[0], sorted[last])
}

impl Results {
    pub fn new() -> Self {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().and_then(|load| load.parse().ok());
        Self {
            quick: is_quick(),
            load: load.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Adds a row and prints it.
    pub fn add(&mut self, row: Row) {
        println!("{}", row.in_words());
        self.rows.push(row);
    }

    /// Stores the results under the name of the bench.
    pub fn write(&self, name: &str) {
        fs::create_dir_all(folder()).unwrap();
        let text = serde_json::to_string_pretty(self).unwrap();
        fs::write(folder().join(format!("{name}.json")), text + "\n").unwrap();
    }
}

impl Row {
    /// A measured value, round by round.
    pub fn new(group: &str, what: &str, unit: &str, ours: &[f64]) -> Self {
        let (median, least, most) = spread(ours);
        Self {
            group: group.into(),
            what: what.into(),
            unit: unit.into(),
            ours: median,
            ours_min: least,
            ours_max: most,
            ..Self::default()
        }
    }

    /// Compares it with a reference that was measured in the same rounds.
    pub fn against(mut self, name: &str, ours: &[f64], reference: &[f64]) -> Self {
        let pairs = ours.iter().zip(reference);
        let ratios: Vec<f64> = pairs.map(|(ours, reference)| ours / reference).collect();
        let (ratio, least, most) = spread(&ratios);
        self.against = Some(name.into());
        self.reference = Some(spread(reference).0);
        (self.ratio, self.ratio_min, self.ratio_max) = (Some(ratio), Some(least), Some(most));
        self
    }

    pub fn budget(mut self, budget: Budget) -> Self {
        let ratio = self.ratio.unwrap_or(f64::NAN);
        let (words, met) = match budget {
            Budget::RatioAtLeast(least) => (format!("ratio at least {least}"), ratio >= least),
            Budget::RatioAtMost(most) => (format!("ratio at most {most}"), ratio <= most),
            Budget::AtMost(most) => (format!("at most {most} {}", self.unit), self.ours <= most),
        };
        (self.budget, self.met) = (Some(words), Some(met));
        self
    }

    fn in_words(&self) -> String {
        let Self { what, unit, .. } = self;
        let mut words = format!("{what:<52} {:>10} {unit}", number(self.ours));
        if let (Some(against), Some(reference)) = (&self.against, self.reference) {
            words += &format!(
                ", {against} {}: {}",
                number(reference),
                self.ratio_in_words()
            );
        }
        if let (Some(budget), Some(met)) = (&self.budget, self.met) {
            words += &format!("; {budget}: {}", if met { "met" } else { "NOT MET" });
        }
        words
    }

    /// The minimum and the maximum of the ratio; empty if there is none.
    pub fn ratio_in_words(&self) -> String {
        match (self.ratio, self.ratio_min, self.ratio_max) {
            (Some(ratio), Some(least), Some(most)) => {
                format!("{ratio:.2} ({least:.2} to {most:.2})")
            }
            (Some(ratio), ..) => format!("{ratio:.2}"),
            _ => String::new(),
        }
    }
}

/// A number with its significant digits.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.digits$}");
    // Thousands are separated.
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut spaced = String::new();
    for (index, char) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) && !spaced.ends_with('-') {
            spaced.push(',');
        }
        spaced.push(char);
    }
    spaced + rest
}
