//! What can be asked for, as plain facts; then what it comes to.

use crate::failure::Failure;
use crate::form::FormArguments;
use crate::server::{ServeArguments, StoreArguments};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use classmark::catalog::{CatalogInput, Day, Mapping, Overrides};
use classmark::compliance::ComplianceFramework;
use classmark::framework::Limits;
use classmark::output::InputRecord;
use classmark::pipeline::{CheckOptions, DiffOptions, TagOptions};
use classmark::synth::Spec;
use classmark::tag::TagMatch;
use std::num::NonZeroUsize;
use std::path::PathBuf;

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the documents or the catalog have errors
  2  wrong usage
  3  input or output failed
  4  done, and what `--fail-on` names was found";

/// Tags data catalogs by rule.
#[derive(Debug, Parser)]
#[command(name = "classmark", version, about, after_help = EXIT_CODES)]
#[command(disable_help_subcommand = true, subcommand_required = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Tag(TagArguments),
    Check(CheckArguments),
    Rollup(RollupArguments),
    Diff(DiffArguments),
    Generate(GenerateArguments),
    Serve(ServeArguments),
    Store(StoreArguments),
    Completions(CompletionsArguments),
}

/// Tag a catalog by the rules of frameworks and write a folder of results.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct TagArguments {
    /// Framework documents: JSON or YAML files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    pub(crate) frameworks: Vec<PathBuf>,
    /// The catalog's columns: Parquet or Arrow IPC files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    pub(crate) columns: Vec<PathBuf>,
    /// Tags that people have ruled out: Parquet, CSV or JSON files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) overrides: Vec<PathBuf>,
    /// Compliance documents, for what the findings are rolled up: JSON or YAML files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) compliance: Vec<PathBuf>,
    /// The day by which overrides have expired or not, and by which rollups are dated, as
    /// `2026-12-31` [default: today in UTC].
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Day>,
    /// The folder of results; made if missing, refused if anything is in it.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace the earlier run in the folder of results, once the new one is whole. A folder that
    /// holds anything else than the files of that run is refused.
    #[arg(long)]
    pub(crate) force: bool,
    /// Memory for a scattered catalog, in bytes or as `512MiB`, `2GB`: five eighths of it for its
    /// rows, what is more goes to disk; the rest for reading and tagging them.
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub(crate) memory: u64,
    /// What to do with rows without data source id or column name: stop, or set them apart in `rejected.parquet`.
    #[arg(long, value_enum, default_value_t = BadRows::Fail)]
    pub(crate) bad_rows: BadRows,
    #[command(flatten)]
    pub(crate) rollup: FormArguments,
    #[command(flatten)]
    pub(crate) catalog: CatalogArguments,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Roll the findings of a finished run up for compliance frameworks, without the catalog.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct RollupArguments {
    /// The folder of a finished run.
    pub(crate) run: PathBuf,
    /// Compliance documents: JSON or YAML files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1.., required = true)]
    pub(crate) compliance: Vec<PathBuf>,
    /// The day by which the rollup is dated, as `2026-12-31`; overrides were judged when the run
    /// was made [default: the run's].
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<Day>,
    /// A folder for the rollup's files; made if missing, refused if anything is in it. Without it
    /// the rollup is only printed.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the files of an earlier rollup in the folder, once the new ones are whole. A folder
    /// that holds anything else is refused.
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) rollup: FormArguments,
    /// Threads, from 1 to 1024 [default: as many as there are processors].
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Look frameworks, compliance documents and catalogs through and tell everything that is wrong or questionable.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
#[command(group = ArgGroup::new("input").args(["frameworks", "compliance", "columns", "overrides"]).required(true).multiple(true))]
pub(crate) struct CheckArguments {
    /// Framework documents: JSON or YAML files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) frameworks: Vec<PathBuf>,
    /// Compliance documents: JSON or YAML files, folders or globs. With `--frameworks` their rule
    /// ids are looked up, too.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) compliance: Vec<PathBuf>,
    /// The catalog's columns: Parquet or Arrow IPC files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) columns: Vec<PathBuf>,
    /// Tags that people have ruled out: Parquet, CSV or JSON files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) overrides: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) catalog: CatalogArguments,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// Compare two runs: which assignments and findings are new, resolved, unchanged or incomparable.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct DiffArguments {
    /// The folder of the run to compare from.
    old: PathBuf,
    /// The folder of the run to compare to.
    new: PathBuf,
    /// Compliance documents, to sum findings up by requirement and control: JSON or YAML files, folders or globs.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) compliance: Vec<PathBuf>,
    /// A folder for `diff.json` and `diff.parquet`; made if missing, refused if anything is in it.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace the files of an earlier comparison in that folder, once the new ones are whole. A
    /// folder that holds anything else is refused.
    #[arg(long, requires = "out")]
    force: bool,
    /// Exit with 4 if there is such a thing.
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) fail_on: Option<DiffFailOn>,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
}

/// What a comparison can fail on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiffFailOn {
    /// A finding that fails in NEW, did not in OLD, and is comparable.
    NewFail,
}

/// Write a synthetic catalog and frameworks; the same numbers give the same bytes.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct GenerateArguments {
    /// The folder to write into; made if missing, refused if anything is in it.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Number of data sources.
    #[arg(long, value_name = "N", default_value_t = Spec::default().data_sources)]
    data_sources: u64,
    /// Mean number of columns of a data source.
    #[arg(long, value_name = "N", default_value_t = Spec::default().columns_per_source)]
    columns_per_source: u32,
    /// Number of different tags that the catalog may record on columns.
    #[arg(long, value_name = "N", default_value_t = Spec::default().tags)]
    tags: u32,
    /// Number of rules over all frameworks.
    #[arg(long, value_name = "N", default_value_t = Spec::default().rules)]
    rules: u32,
    /// Where all chance comes from.
    #[arg(long, value_name = "N", default_value_t = Spec::default().seed)]
    seed: u64,
    /// Mix the rows of all data sources over the whole file.
    #[arg(long)]
    scattered: bool,
    /// Mean number of recorded tags per column, from 0 to 64.
    #[arg(long, value_name = "F", default_value_t = Spec::default().density, allow_negative_numbers = true)]
    density: f64,
    /// Give every column a set of tags that no other column has, whatever the density.
    #[arg(long, conflicts_with = "density")]
    distinct: bool,
    /// Write table tags to a file of their own, `sources.parquet`.
    #[arg(long)]
    two_tables: bool,
    /// How to say on stdout what was written.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
}

/// Print a script that completes commands in a shell.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell.
    pub(crate) shell: Shell,
}

/// How a catalog is read.
#[derive(Debug, Args)]
pub(crate) struct CatalogArguments {
    /// The catalog's data sources with their tags, if they are a table of their own.
    #[arg(long, value_name = "PATH", num_args = 1.., requires = "columns")]
    sources: Vec<PathBuf>,
    /// Take data sources to have no tags of their own, even where the catalog records some.
    #[arg(long, requires = "columns", conflicts_with = "sources")]
    no_table_tags: bool,
    /// The catalog's own name for a column, as `data_source_id=TABLE_FQN`, or for a field of
    /// its structs, as `column_tags.name=TAG`; may repeat.
    #[arg(long, value_name = "OURS=THEIRS")]
    map: Vec<String>,
    /// Threads, from 1 to 1024 [default: as many as there are processors].
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<NonZeroUsize>,
}

/// How rules are read.
#[derive(Debug, Args)]
pub(crate) struct RuleArguments {
    /// What meets a criterion: the tag itself, or any tag below it, too.
    #[arg(long, value_enum, default_value_t = Match::Exact)]
    tag_match: Match,
    /// Most rules in one framework.
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_rules)]
    max_rules: usize,
}

/// How a command speaks.
#[derive(Debug, Args)]
pub(crate) struct OutputArguments {
    /// How to write results (stdout) and findings: for people, or one JSON object.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// Show no progress, and no warnings about a run that succeeds.
    #[arg(long, short)]
    pub(crate) quiet: bool,
}

/// For whom something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BadRows {
    Fail,
    Quarantine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Match {
    Exact,
    Hierarchical,
}

impl Command {
    /// For whom the command writes.
    /// Whether it writes files that must not stay half made. A copy of a store is
    /// made in one step and so fast that it is not given up but finished.
    pub(crate) fn writes_files(&self) -> bool {
        match self {
            Command::Tag(_) | Command::Generate(_) | Command::Store(_) => true,
            Command::Rollup(asked) => asked.out.is_some(),
            Command::Diff(asked) => asked.out.is_some(),
            _ => false,
        }
    }

    pub(crate) fn format(&self) -> Format {
        match self {
            Command::Tag(asked) => asked.output.format,
            Command::Check(asked) => asked.output.format,
            Command::Rollup(asked) => asked.output.format,
            Command::Diff(asked) => asked.output.format,
            Command::Generate(asked) => asked.format,
            Command::Serve(asked) => asked.format(),
            Command::Store(asked) => asked.format(),
            Command::Completions(_) => Format::Human,
        }
    }
}

impl TagArguments {
    pub(crate) fn options(&self) -> Result<TagOptions, Failure> {
        let quarantine = self.bad_rows == BadRows::Quarantine;
        Ok(TagOptions {
            catalog: CatalogInput {
                quarantine,
                ..self.catalog.input(&self.columns)?
            },
            out: self.out.clone(),
            force: self.force,
            threads: self.catalog.threads,
            memory: self.memory,
            matching: self.rules.matching(),
            overrides: Overrides::default(),
            rollup: None,
            override_inputs: Vec::new(),
        })
    }
}

impl CheckArguments {
    pub(crate) fn options(&self) -> Result<CheckOptions, Failure> {
        let input = self.catalog.input(&self.columns)?;
        Ok(CheckOptions {
            catalog: (!self.columns.is_empty()).then_some(input),
            threads: self.catalog.threads,
            matching: self.rules.matching(),
        })
    }
}

impl DiffArguments {
    pub(crate) fn options(
        &self,
        frameworks: Vec<ComplianceFramework>,
        inputs: Vec<InputRecord>,
    ) -> DiffOptions {
        DiffOptions {
            frameworks,
            inputs,
            out: self.out.clone(),
            force: self.force,
            ..DiffOptions::new(&self.old, &self.new)
        }
    }
}

impl GenerateArguments {
    pub(crate) fn spec(&self) -> Spec {
        Spec {
            data_sources: self.data_sources,
            columns_per_source: self.columns_per_source,
            tags: self.tags,
            rules: self.rules,
            seed: self.seed,
            scattered: self.scattered,
            density: self.density,
            distinct: self.distinct,
            two_tables: self.two_tables,
        }
    }
}

impl CatalogArguments {
    fn input(&self, columns: &[PathBuf]) -> Result<CatalogInput, Failure> {
        let mut mapping = Mapping::default();
        for text in &self.map {
            mapping.set(text)?;
        }
        Ok(CatalogInput {
            columns: columns.to_vec(),
            sources: self.sources.clone(),
            mapping,
            no_table_tags: self.no_table_tags,
            ..CatalogInput::default()
        })
    }
}

impl RuleArguments {
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            max_rules: self.max_rules,
            ..Limits::default()
        }
    }

    fn matching(&self) -> TagMatch {
        match self.tag_match {
            Match::Exact => TagMatch::Exact,
            Match::Hierarchical => TagMatch::Hierarchical,
        }
    }
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().filter(|n: &NonZeroUsize| n.get() <= 1024);
    number.ok_or_else(|| "write a number from 1 to 1024".into())
}

/// The units of `--memory`; the longer names first, so that `KB` is not read as `B`.
const UNITS: [(&str, u64); 9] = [
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
    ("tib", 1 << 40),
    ("kb", 1_000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("tb", 1_000_000_000_000),
    ("b", 1),
];

fn size(text: &str) -> Result<u64, String> {
    let text = text.to_ascii_lowercase();
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end(), *unit)))
        .unwrap_or((&text, 1));
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<u64> = digits.parse().ok().filter(|number| plain && *number > 0);
    number
        .and_then(|number| number.checked_mul(unit))
        .ok_or_else(|| "write a whole number of bytes, or one with KiB, MiB, GiB, TiB, KB, MB, GB or TB, as in `512MiB`".into())
}

#[cfg(test)]
mod tests {
    use super::{Arguments, size, threads};
    use clap::CommandFactory;

    #[test]
    fn arguments_fit_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(size("512MiB"), Ok(512 << 20));
        assert_eq!(size("2GB"), Ok(2_000_000_000));
        assert_eq!(size("2 kb"), Ok(2_000));
        assert_eq!(size("7"), Ok(7));
        assert_eq!(size("7b"), Ok(7));
        for nonsense in [
            "",
            "0",
            "MiB",
            "-1",
            "+1",
            "1.5GiB",
            "1XB",
            "1G",
            "99999999TiB",
            "lots",
        ] {
            assert!(size(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn threads_are_at_least_one() {
        assert!(threads("1").is_ok_and(|n| n.get() == 1));
        for nonsense in ["0", "-1", "1025", "many", ""] {
            assert!(threads(nonsense).is_err(), "{nonsense}");
        }
    }
}
