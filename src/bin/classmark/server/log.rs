//! What the server has to say while it serves, on stderr.

use super::arguments::Level;
use crate::arguments::Format;
use std::io::stderr;
use tracing::level_filters::LevelFilter;

/// From now on, what is logged goes to stderr.
pub(crate) fn to_stderr(level: Level, format: Format) {
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    let log = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false)
        .with_writer(stderr);
    match format {
        Format::Human => log.init(),
        Format::Json => log
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .init(),
    }
}
