//! Scores in full: what of what, never a bare percentage.

use super::numbers::{Grouped, Percent, per_mille};
use crate::rollup::{Ratio, Scores, Weights};
use std::fmt;
use std::io::{self, Write};

/// A formula that scores go by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Formula {
    pub(super) name: &'static str,
    pub(super) of: fn(&Scores) -> Ratio,
    one: &'static str,
    many: &'static str,
    /// Why there is no score when there is none.
    none: &'static str,
    /// How it comes about, in a sentence.
    pub(super) how: fn(&Weights) -> String,
}

/// All formulas, as they stand side by side.
pub(super) const FORMULAS: [Formula; 3] = [
    Formula {
        name: "Controls",
        of: |scores| scores.controls,
        one: "control",
        many: "controls",
        none: "no control passes, fails or is unknown",
        how: |_| {
            "Controls that pass ÷ controls that pass, fail or are unknown. Muted ones and those without data are left out.".into()
        },
    },
    Formula {
        name: "Findings",
        of: |scores| scores.findings,
        one: "finding",
        many: "findings",
        none: "no finding passes or fails",
        how: |_| "Findings that pass ÷ findings that pass or fail. Muted ones are left out.".into(),
    },
    Formula {
        name: "Weighted findings",
        of: |scores| scores.weighted,
        one: "weighted point",
        many: "weighted points",
        none: "no finding with a weight passes or fails",
        how: weighted,
    },
];

impl Formula {
    /// `12 of 16 controls pass (75.0 %)`, or that there is no score.
    pub(super) fn sentence(self, scores: &Scores) -> Sentence {
        Sentence {
            formula: self,
            ratio: (self.of)(scores),
        }
    }
}

/// A score in words; made by [`Formula::sentence`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Sentence {
    formula: Formula,
    ratio: Ratio,
}

impl fmt::Display for Sentence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ratio {
            numerator,
            denominator,
        } = self.ratio;
        if denominator == 0 {
            return write!(f, "<strong>no score</strong> ({})", self.formula.none);
        }
        let what = if denominator == 1 {
            self.formula.one
        } else {
            self.formula.many
        };
        let one = numerator == 1 || denominator == 1;
        let verb = if one { "passes" } else { "pass" };
        write!(
            f,
            "<strong>{} of {}</strong> {what} {verb} ({})",
            Grouped(numerator),
            Grouped(denominator),
            Percent(self.ratio)
        )
    }
}

/// The scores side by side, each with its formula.
pub(super) fn write_scores(
    to: &mut dyn Write,
    scores: &Scores,
    weights: &Weights,
) -> io::Result<()> {
    writeln!(to, "<dl class=\"scores\">")?;
    for formula in FORMULAS {
        writeln!(
            to,
            "<div><dt>{}</dt><dd>{}</dd>",
            formula.name,
            formula.sentence(scores)
        )?;
        write_bar(to, (formula.of)(scores))?;
        let how = (formula.how)(weights);
        writeln!(to, "<dd class=\"formula\">{how}</dd></div>")?;
    }
    writeln!(to, "</dl>")
}

fn weighted(weights: &Weights) -> String {
    format!(
        "The same over findings, each counted as often as its tag weighs: high (2) {}, medium (1) {}, low (0) {}, not rated {}.",
        Grouped(weights.high.into()),
        Grouped(weights.medium.into()),
        Grouped(weights.low.into()),
        Grouped(weights.not_rated.into())
    )
}

fn write_bar(to: &mut dyn Write, ratio: Ratio) -> io::Result<()> {
    let Some(share) = per_mille(ratio) else {
        return Ok(());
    };
    writeln!(
        to,
        "<dd class=\"meter\" aria-hidden=\"true\"><svg viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\"><rect class=\"rest\" width=\"1000\" height=\"10\"/><rect class=\"done\" width=\"{}\" height=\"10\"/></svg></dd>",
        share.min(1000)
    )
}

#[cfg(test)]
mod tests {
    use super::FORMULAS;
    use crate::rollup::{Ratio, Scores};

    fn controls(numerator: u64, denominator: u64) -> String {
        let scores = Scores {
            controls: Ratio {
                numerator,
                denominator,
            },
            ..Scores::default()
        };
        FORMULAS[0].sentence(&scores).to_string()
    }

    #[test]
    fn a_score_says_what_of_what() {
        assert_eq!(
            controls(12, 16),
            "<strong>12 of 16</strong> controls pass (75.0\u{202f}%)"
        );
        assert_eq!(
            controls(1, 1),
            "<strong>1 of 1</strong> control passes (100.0\u{202f}%)"
        );
        assert_eq!(
            controls(0, 1),
            "<strong>0 of 1</strong> control passes (0.0\u{202f}%)"
        );
        assert_eq!(
            controls(0, 2),
            "<strong>0 of 2</strong> controls pass (0.0\u{202f}%)"
        );
    }

    #[test]
    fn of_nothing_there_is_no_score() {
        for formula in FORMULAS {
            let text = formula.sentence(&Scores::default()).to_string();
            assert!(text.starts_with("<strong>no score</strong>"), "{text}");
            assert!(!text.contains('%'), "{text}");
        }
    }
}
