//! How findings are drawn: colours and lines that stderr can show.

use super::Shown;
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};
use std::env;
use std::io::{IsTerminal, stderr};

/// What stderr can show.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    colours: bool,
    unicode: bool,
}

impl Style {
    /// Colours only on a terminal that has them and where nobody minds;
    /// lines beyond ASCII only where the locale says so.
    pub(super) fn of_stderr() -> Self {
        let minds = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
        Style {
            colours: stderr().is_terminal() && !minds && !dumb,
            unicode: locale().is_some_and(|locale| {
                let locale = locale.to_ascii_lowercase();
                locale.contains("utf-8") || locale.contains("utf8")
            }),
        }
    }

    /// A finding, after `icon`, as lines.
    pub(super) fn drawn(self, icon: &str, shown: &Shown) -> String {
        let mut characters = match self.unicode {
            true => ThemeCharacters::unicode(),
            false => ThemeCharacters::ascii(),
        };
        icon.clone_into(&mut characters.error);
        icon.clone_into(&mut characters.warning);
        icon.clone_into(&mut characters.advice);
        let styles = match self.colours {
            true => ThemeStyles::ansi(),
            false => ThemeStyles::none(),
        };
        let drawer = GraphicalReportHandler::new_themed(GraphicalTheme { characters, styles })
            .with_links(false)
            .with_wrap_lines(false)
            .without_cause_chain()
            .without_primary_span_start()
            .with_context_lines(1);
        let mut lines = String::new();
        match drawer.render_report(&mut lines, shown) {
            Ok(()) => lines.trim_start().to_owned(),
            // Drawing failed: the words are what counts.
            Err(_) => format!("{icon} {shown}\n"),
        }
    }
}

/// The locale of characters, as the C library would choose it.
fn locale() -> Option<String> {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
}
