//! How far a run is: a bar on a terminal, plain lines elsewhere.

use crate::arguments::{Format, OutputArguments};
use crate::print::counted;
use crate::signals;
use classmark::pipeline::Progress;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

const BAR: &str = "{msg:12} {wide_bar} {human_pos}/{human_len} rows, {eta} left";
const SPINNER: &str = "{msg:12} {spinner}";

/// Says how far a run is, in the way that suits stderr.
pub(crate) enum Meter {
    Silent,
    Bar(ProgressBar),
    /// A line per phase.
    Lines,
}

impl Meter {
    /// The way of speaking that was asked for. Beside JSON nothing is said:
    /// stderr may hold a JSON object, too.
    pub(crate) fn new(asked: &OutputArguments) -> Self {
        if asked.quiet || asked.format == Format::Json {
            Meter::Silent
        } else if stderr().is_terminal() {
            let bar = ProgressBar::new_spinner().with_style(style(SPINNER));
            bar.enable_steady_tick(Duration::from_millis(100));
            Meter::Bar(bar)
        } else {
            Meter::Lines
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Progress for Meter {
    fn phase(&self, name: &'static str, rows: Option<u64>) {
        match self {
            Meter::Silent => {}
            Meter::Bar(bar) => {
                bar.set_style(style(if rows.is_some() { BAR } else { SPINNER }));
                bar.set_length(rows.unwrap_or(0));
                bar.set_position(0);
                bar.set_message(name);
            }
            Meter::Lines => {
                let line = match rows {
                    None => format!("{name}\n"),
                    Some(rows) => format!("{name} {}\n", counted(rows, "row")),
                };
                // Nobody is told that nobody listens.
                let _ = stderr().write_all(line.as_bytes());
            }
        }
    }

    fn is_over(&self) -> bool {
        signals::received().is_some()
    }

    fn advance(&self, rows: u64) {
        if let Meter::Bar(bar) = self {
            bar.inc(rows);
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Meter::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
