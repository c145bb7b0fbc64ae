//! The numbers, and their names. Counting is a few atomic additions; nothing is put together before
//! somebody asks. What the list knows by itself is read then.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};

use super::OpenConnection;
use crate::domain::List;

/// Upper bounds for the time of a request, in seconds.
const REQUEST_SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Upper bounds for the time of a commit, in seconds.
const COMMIT_SECONDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Upper bounds for the number of commands in a commit.
const COMMIT_COMMANDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// All numbers about one list, and the server around it.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_duration: HistogramVec,
    connections: IntGauge,
    streams: IntGauge,
    commands: IntCounterVec,
    commit_duration: Histogram,
    commit_commands: Histogram,
    pub(crate) changes_announced: IntCounter,
    items: IntGaugeVec,
    revision: IntGauge,
    senders: IntGauge,
    start_time: Gauge,
    startup: Gauge,
}

/// An open stream of events, counted as long as this lives.
pub(crate) struct OpenStream(IntGauge);

impl Metrics {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let new = Families(&registry);
        let info = new.labelled_gauge("build_info", "The version of the program.", &["version"]);
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Self {
            requests: new.labelled_counter(
                "http_requests_total",
                "Requests that were answered, by the pattern of their path, method and class of status.",
                &["route", "method", "status"],
            ),
            request_duration: new.registered(HistogramVec::new(
                HistogramOpts::new(
                    "todo_list_http_request_duration_seconds",
                    "Time from the head of a request to the head of its answer.",
                )
                .buckets(REQUEST_SECONDS.into()),
                &["route"],
            )),
            connections: new.gauge("connections", "Connections that are open."),
            streams: new.gauge("streams", "Streams of events that are open."),
            commands: new.labelled_counter(
                "commands_total",
                "Commands that were answered, by what they want and what became of them; repeated \
                 ones had been answered before.",
                &["kind", "outcome"],
            ),
            commit_duration: new.histogram(
                "journal_commit_duration_seconds",
                "Time of a commit to the journal, with its sync to the disk.",
                COMMIT_SECONDS,
            ),
            commit_commands: new.histogram(
                "journal_commit_commands",
                "Commands that were committed together.",
                COMMIT_COMMANDS,
            ),
            changes_announced: new.registered(IntCounter::new(
                "todo_list_changes_announced_total",
                "Changes that streams and pages were told about.",
            )),
            items: new.labelled_gauge("items", "Items, by state.", &["state"]),
            revision: new.gauge("revision", "Accepted commands that the list has seen."),
            senders: new.gauge("senders", "Senders that have ever given a command."),
            start_time: new.registered(Gauge::new(
                "process_start_time_seconds",
                "When the program was started, in seconds since 1970.",
            )),
            startup: new.registered(Gauge::new(
                "todo_list_startup_duration_seconds",
                "Time from the start of the program until it listened.",
            )),
            registry,
        }
    }

    /// A request was answered; `route` must be one of a few.
    pub(crate) fn requested(&self, route: &str, method: &str, status: StatusCode, taken: Duration) {
        let class = match status.as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            _ => "5xx",
        };
        let requests = self.requests.with_label_values(&[route, method, class]);
        requests.inc();
        let duration = self.request_duration.with_label_values(&[route]);
        duration.observe(taken.as_secs_f64());
    }

    /// So many commands were answered.
    pub(crate) fn answered(&self, kind: &str, outcome: &str, count: u64) {
        let commands = self.commands.with_label_values(&[kind, outcome]);
        commands.inc_by(count);
    }

    /// Commands were kept together, in this time.
    pub(crate) fn committed(&self, commands: usize, taken: Duration) {
        self.commit_commands.observe(commands as f64);
        self.commit_duration.observe(taken.as_secs_f64());
    }

    /// A stream was opened.
    pub(crate) fn open_stream(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }

    /// The program listens; it has taken this long.
    pub fn started(&self, taken: Duration) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs_f64();
        self.start_time.set(now - taken.as_secs_f64());
        self.startup.set(taken.as_secs_f64());
    }

    /// Everything, with the list as it is, in the text format of Prometheus
    /// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
    #[must_use]
    pub fn as_text(&self, list: &List) -> String {
        let (all, completed) = (list.len(), list.completed());
        let states = [
            ("open", all - completed),
            ("completed", completed),
            ("removed", list.removed().count()),
        ];
        for (state, count) in states {
            self.items.with_label_values(&[state]).set(count as i64);
        }
        self.revision.set(list.revision().cast_signed());
        self.senders.set(list.senders() as i64);
        self.connections.set(OpenConnection::count());
        // It fails only for a family without a name or a metric.
        let families = self.registry.gather();
        TextEncoder.encode_to_string(&families).unwrap_or_default()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Makes families and registers them. All names but that of the process begin with `todo_list_`.
struct Families<'a>(&'a Registry);

impl Families<'_> {
    fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(format!("todo_list_{name}"), help))
    }

    fn labelled_gauge(&self, name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
        let options = Opts::new(format!("todo_list_{name}"), help);
        self.registered(IntGaugeVec::new(options, labels))
    }

    fn labelled_counter(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        let options = Opts::new(format!("todo_list_{name}"), help);
        self.registered(IntCounterVec::new(options, labels))
    }

    fn histogram(&self, name: &str, help: &str, bounds: &[f64]) -> Histogram {
        let options = HistogramOpts::new(format!("todo_list_{name}"), help);
        self.registered(Histogram::with_opts(options.buckets(bounds.into())))
    }

    #[expect(
        clippy::expect_used,
        reason = "the names stand in this file, and do not depend on anything"
    )]
    fn registered<M: prometheus::core::Collector + Clone + 'static>(
        &self,
        made: prometheus::Result<M>,
    ) -> M {
        let metric = made.expect("the names and labels in this file are well-formed");
        let registered = self.0.register(Box::new(metric.clone()));
        registered.expect("the names in this file are different");
        metric
    }
}
