//! The text format of Prometheus, read strictly, and the rules that `promtool check metrics` and the
//! documentation of Prometheus have for names.

use std::collections::{BTreeMap, HashSet};

/// One parsed answer of `/metrics`.
#[derive(Default)]
pub(super) struct Exposition {
    families: Vec<Family>,
}

struct Family {
    name: String,
    kind: String,
    help: String,
    /// Values by series: the name and its labels as written.
    samples: BTreeMap<String, f64>,
}

impl Exposition {
    pub(super) fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'), "{text}");
        let mut families: Vec<Family> = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').expect(line);
                let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE "));
                let (same, kind) = kind.and_then(|kind| kind.split_once(' ')).expect(line);
                assert_eq!(same, name);
                families.push(Family {
                    name: name.into(),
                    kind: kind.into(),
                    help: help.into(),
                    samples: BTreeMap::new(),
                });
                continue;
            }
            let (series, value) = line.rsplit_once(' ').expect(line);
            let family = families.last_mut().expect(line);
            let name = series.split('{').next().unwrap();
            let suffix = name.strip_prefix(family.name.as_str()).expect(line);
            let is_part = match family.kind.as_str() {
                "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
                _ => suffix.is_empty(),
            };
            assert!(is_part, "{line} stands with {}", family.name);
            let value: f64 = value.parse().expect(line);
            let other = family.samples.insert(series.into(), value);
            assert_eq!(other, None, "{series} is there twice");
        }
        Self { families }
    }

    pub(super) fn value(&self, series: &str) -> Option<f64> {
        let mut families = self.families.iter();
        families.find_map(|family| family.samples.get(series).copied())
    }

    /// The series of a family.
    pub(super) fn series(&self, name: &str) -> Vec<String> {
        let family = self.families.iter().find(|family| family.name == name);
        family.expect(name).samples.keys().cloned().collect()
    }

    /// Panics at the first violated rule.
    pub(super) fn check(&self) {
        let mut names = HashSet::new();
        for family in &self.families {
            assert!(names.insert(&family.name), "{} is there twice", family.name);
            family.check();
        }
        assert!(names.len() > 10, "{names:?}");
    }
}

impl Family {
    fn check(&self) {
        let name = self.name.as_str();
        let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        assert!(name.bytes().all(is_plain), "{name}");
        let is_ours = name.starts_with("todo_list_") || name.starts_with("process_");
        assert!(is_ours, "{name}");
        assert!(self.help.ends_with('.'), "{name}: {}", self.help);
        assert!(!self.samples.is_empty(), "{name}");
        let words: Vec<&str> = name.split('_').collect();
        for word in [
            "ms",
            "milliseconds",
            "secs",
            "minutes",
            "kb",
            "gauge",
            "counter",
            "histogram",
        ] {
            assert!(!words.contains(&word), "{name} contains {word}");
        }
        let last = words[words.len() - 1];
        assert_eq!(last == "total", self.kind == "counter", "{name}");
        assert!(!["count", "sum", "bucket"].contains(&last), "{name}");
        let is_time = words.contains(&"duration") || words.contains(&"time");
        assert_eq!(is_time, last == "seconds", "{name}");
        match self.kind.as_str() {
            "counter" | "gauge" => {}
            "histogram" => self.check_buckets(),
            kind => panic!("{name} is a {kind}"),
        }
    }

    /// The buckets of each series are cumulative, and the last one holds everything.
    fn check_buckets(&self) {
        let mut buckets: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, value) in &self.samples {
            if !series.starts_with(&format!("{}_bucket", self.name)) {
                continue;
            }
            let (labels, bound) = series.split_once("le=\"").expect(series);
            let bound = bound.trim_end_matches("\"}").parse().expect(series);
            buckets
                .entry(labels.into())
                .or_default()
                .push((bound, *value));
        }
        for (labels, mut buckets) in buckets {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(buckets.is_sorted_by_key(|(_, count)| *count), "{labels}");
            let last = buckets[buckets.len() - 1];
            assert_eq!(last.0, f64::INFINITY, "{labels}");
            let labels = labels.split_once('{').map_or("", |(_, labels)| labels);
            let labels = labels.trim_end_matches(',');
            let count = match labels {
                "" => format!("{}_count", self.name),
                labels => format!("{}_count{{{labels}}}", self.name),
            };
            assert_eq!(self.samples.get(&count), Some(&last.1), "{count}");
        }
    }
}
