//! What is counted, as Prometheus reads it.

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};
use std::time::Duration;

/// Upper bounds in seconds.
const BUCKETS: [f64; 11] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5, 10.0,
];

/// What is counted.
pub(super) struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    seconds: HistogramVec,
    /// Connections that are open.
    pub(super) connections: IntGauge,
}

impl Metrics {
    /// Everything at zero.
    ///
    /// # Errors
    ///
    /// Two things of one name, which is a fault of the program.
    pub(super) fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("classmark_http_requests_total", "Requests answered."),
            &["method", "route", "status"],
        )?;
        let seconds = HistogramVec::new(
            HistogramOpts::new(
                "classmark_http_request_seconds",
                "Seconds from a request's head to its answer's.",
            )
            .buckets(BUCKETS.to_vec()),
            &["route"],
        )?;
        let connections =
            IntGauge::new("classmark_http_connections", "Connections that are open.")?;
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(seconds.clone()))?;
        registry.register(Box::new(connections.clone()))?;
        Ok(Metrics {
            registry,
            requests,
            seconds,
            connections,
        })
    }

    /// Counts an answer. Routes are those of the table, so there are few.
    pub(super) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let mut digits = [0; 3];
        let status = three_digits(status, &mut digits);
        let labels = [method, route, status];
        self.requests.with_label_values(&labels).inc();
        self.seconds
            .with_label_values(&[route])
            .observe(took.as_secs_f64());
    }

    /// All of it as text.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = Vec::new();
        // Writing into memory does not fail.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut text);
        text
    }
}

fn three_digits(status: u16, digits: &mut [u8; 3]) -> &str {
    let digit = |place: u16| b'0' + (status / place % 10) as u8;
    *digits = [digit(100), digit(10), digit(1)];
    std::str::from_utf8(digits).unwrap_or("000")
}
