//! How the page is to be read, and what it does not say.

use super::badge::{Badge, meaning};
use super::score::FORMULAS;
use crate::rollup::{Status, Weights};
use std::io::{self, Write};

const NOT_SAID: [&str; 6] = [
    "A finding passes when the catalog records the tag that a rule calls for. That says that the column is marked, not that it is protected.",
    "Rules see what the catalog says of a column. A column that it does not list, or says nothing of, is found by no rule and lowers no score.",
    "“No data” is no clean bill: either there is nothing to find, or the catalog lacks what the rules look for.",
    "Muted findings are left out of every score. Overrides can only be judged by reading them.",
    "A share of few findings moves much by one. Scores of different frameworks, or of runs over different catalogs, do not compare.",
    "Percentages are rounded to one decimal; 100.0 % is all of it, and 0.0 % none: nothing else is rounded to them.",
];

pub(super) fn write_reading(to: &mut dyn Write, weights: &Weights) -> io::Result<()> {
    writeln!(
        to,
        "<section id=\"reading\">\n<h2>How to read this</h2>\n<p>A <em>finding</em> is a rule that fires on a column. It passes if the catalog already records the tag that the rule gives, it fails if the catalog does not yet, and it is muted if an override in force rejects the tag there. A control is judged by the findings of its rules; a requirement and a framework are as good as the worst of their parts.</p>"
    )?;
    writeln!(
        to,
        "<h3>Statuses, the worst first</h3>\n<dl class=\"terms\">"
    )?;
    for status in Status::ALL {
        let badge = Badge::from(status);
        let meaning = meaning(status);
        writeln!(to, "<div><dt>{badge}</dt><dd>{meaning}</dd></div>")?;
    }
    writeln!(to, "</dl>\n<h3>Scores</h3>\n<dl class=\"terms\">")?;
    for formula in FORMULAS {
        let how = (formula.how)(weights);
        writeln!(to, "<div><dt>{}</dt><dd>{how}</dd></div>", formula.name)?;
    }
    writeln!(to, "</dl>\n<h3>What scores do not say</h3>\n<ul>")?;
    for line in NOT_SAID {
        writeln!(to, "<li>{line}</li>")?;
    }
    writeln!(to, "</ul>\n</section>")
}
