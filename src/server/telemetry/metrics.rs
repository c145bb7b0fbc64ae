//! The metrics and their names. Counting is a few atomic additions. The text is built, and the numbers of the list are
//! read, when a monitoring system requests them.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::StatusCode;
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::domain::List;

/// Upper bounds of the buckets for the duration of a request, in seconds.
const REQUEST_SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Upper bounds of the buckets for the duration of a commit, in seconds.
const COMMIT_SECONDS: &[f64] = &[
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// Upper bounds of the buckets for the number of commands in a commit.
const COMMIT_COMMANDS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// All metrics of a list and of its server.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    request_duration: HistogramVec,
    connections: IntGauge,
    streams: IntGauge,
    commands: IntCounterVec,
    commit_duration: Histogram,
    commit_commands: Histogram,
    changes_announced: IntCounter,
    items: IntGaugeVec,
    revision: IntGauge,
    senders: IntGauge,
    start_time: Gauge,
    startup: Gauge,
}

/// Counts an open event stream while it lives.
pub(crate) struct OpenStream(IntGauge);

impl Metrics {
    /// Metrics of a server that has just started.
    #[must_use]
    pub fn new() -> Self {
        let registry = Registry::new();
        let new = Families(&registry);
        let info = new.labelled_gauge(
            "build_info",
            "The version of the program, as a label; the value is always 1.",
            &["version"],
        );
        info.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        Self {
            requests: new.labelled_counter(
                "http_requests_total",
                "Completed HTTP requests, by route, method and class of status code.",
                &["route", "method", "status"],
            ),
            request_duration: new.registered(HistogramVec::new(
                HistogramOpts::new(
                    "todo_list_http_request_duration_seconds",
                    "Time from receiving the head of a request until its response begins.",
                )
                .buckets(REQUEST_SECONDS.into()),
                &["route"],
            )),
            connections: new.gauge("connections", "Open connections."),
            streams: new.gauge("streams", "Open event streams."),
            commands: new.labelled_counter(
                "commands_total",
                "Commands that got a reply, by kind and outcome. A repeated command had got one before.",
                &["kind", "outcome"],
            ),
            commit_duration: new.histogram(
                "journal_commit_duration_seconds",
                "Duration of a commit to the journal, including its sync to the disk.",
                COMMIT_SECONDS,
            ),
            commit_commands: new.histogram(
                "journal_commit_commands",
                "Number of commands in a commit to the journal.",
                COMMIT_COMMANDS,
            ),
            changes_announced: new.registered(IntCounter::new(
                "todo_list_changes_announced_total",
                "Changes that were announced to event streams and pages.",
            )),
            items: new.labelled_gauge("items", "Items in the list, by state.", &["state"]),
            revision: new.gauge("revision", "Revision of the list: the number of accepted commands."),
            senders: new.gauge("senders", "Senders that have ever sent a command."),
            start_time: new.registered(Gauge::new(
                "process_start_time_seconds",
                "Start time of the process since the Unix epoch, in seconds.",
            )),
            startup: new.registered(Gauge::new(
                "todo_list_startup_duration_seconds",
                "Time from the start of the program until it listens.",
            )),
            registry,
        }
    }

    /// Records a completed request. `route` and `method` must have few values, because each makes another time series.
    pub(crate) fn observe_request(
        &self,
        route: &str,
        method: &str,
        status: StatusCode,
        taken: Duration,
    ) {
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

    /// Counts commands that got a reply.
    pub(crate) fn count_commands(&self, kind: &str, outcome: &str, count: u64) {
        let commands = self.commands.with_label_values(&[kind, outcome]);
        commands.inc_by(count);
    }

    /// Records a commit of this many commands.
    pub(crate) fn observe_commit(&self, commands: usize, taken: Duration) {
        self.commit_commands.observe(commands as f64);
        self.commit_duration.observe(taken.as_secs_f64());
    }

    /// Counts changes that were announced to event streams and pages.
    pub(crate) fn count_announced_changes(&self, count: u64) {
        self.changes_announced.inc_by(count);
    }

    /// Counts an event stream until the returned value is dropped.
    pub(crate) fn open_stream(&self) -> OpenStream {
        self.streams.inc();
        OpenStream(self.streams.clone())
    }

    /// Records that the program listens now, and that its start has taken this long.
    pub fn observe_startup(&self, taken: Duration) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.unwrap_or_default().as_secs_f64();
        self.start_time.set(now - taken.as_secs_f64());
        self.startup.set(taken.as_secs_f64());
    }

    /// All metrics, including those of this list, in the text format of Prometheus
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
        // It fails only for a family without a name or without a metric.
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

/// Counts an open connection while it lives. The count belongs to the process, because the listener has no [`Metrics`].
#[derive(Debug)]
pub(crate) struct OpenConnection(());

static OPEN_CONNECTIONS: AtomicI64 = AtomicI64::new(0);

impl OpenConnection {
    pub(crate) fn new() -> Self {
        OPEN_CONNECTIONS.fetch_add(1, Relaxed);
        Self(())
    }

    /// The number of open connections of this process.
    fn count() -> i64 {
        OPEN_CONNECTIONS.load(Relaxed)
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        OPEN_CONNECTIONS.fetch_sub(1, Relaxed);
    }
}

/// Creates and registers metric families. The methods that take a short name put `todo_list_` in front of it.
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

    #[expect(clippy::expect_used, reason = "the names are constants in this file")]
    fn registered<M: prometheus::core::Collector + Clone + 'static>(
        &self,
        created: prometheus::Result<M>,
    ) -> M {
        let metric = created.expect("the names and labels in this file are valid");
        let registered = self.0.register(Box::new(metric.clone()));
        registered.expect("the names in this file are unique");
        metric
    }
}
