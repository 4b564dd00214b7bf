//! Tags that people have ruled out, from whom and until when.

mod csv;
mod day;
mod found;
mod header;
mod json;
mod parquet;
mod read;
mod row;
mod traces;

pub use day::{Day, DayError};
pub use read::{OVERRIDE_EXTENSIONS, OverrideFile, OverrideFiles, read_overrides};
pub(super) use traces::Traces;
pub use traces::{Trace, Traced};

use super::ids::Id;
use crate::diagnostic::{Origin, quoted};
use crate::tag::Tag;
use ahash::RandomState;
use hashbrown::HashTable;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The one thing that an override can do.
pub const REJECT: &str = "reject";

/// Says that a tag is not to be on a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The data source, an integer id as decimal text.
    pub data_source_id: String,
    /// The column.
    pub column_name: String,
    /// The tag that it rejects, to the letter.
    pub tag: Tag,
    /// Why.
    pub reason: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it acts; `None`: no end.
    pub expires: Option<Day>,
    /// Where it was given; `None`: in no file.
    pub place: Option<Place>,
}

impl Override {
    /// Whether it acts on a day.
    pub fn is_in_force(&self, day: Day) -> bool {
        self.expires.is_none_or(|last| day <= last)
    }

    fn triple(&self) -> Triple<'_> {
        (&self.data_source_id, &self.column_name, &self.tag)
    }

    /// Whether it acts on some day on which another one does not.
    fn outlasts(&self, other: &Override) -> bool {
        match (self.expires, other.expires) {
            (None, other) => other.is_some(),
            (Some(mine), Some(theirs)) => mine > theirs,
            (Some(_), None) => false,
        }
    }
}

/// Where in which file a row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a document of text.
    Text(Origin),
    /// In a Parquet file.
    Table {
        /// The file.
        file: Arc<PathBuf>,
        /// The row group, from 0.
        row_group: u64,
        /// The row in it, from 0.
        row: u64,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Text(Origin { source, span, .. }) => {
                let (line, _) = source.position(span.start);
                write!(f, "{}, line {line}", quoted(source.name()))
            }
            Place::Table {
                file,
                row_group,
                row,
            } => {
                let file = file.display().to_string();
                write!(f, "{}, row group {row_group}, row {row}", quoted(&file))
            }
        }
    }
}

/// (data source, column, tag) triples that are rejected: such a tag counts as
/// not on the column, recorded or derived, and feeds no other rule.
///
/// All overrides act until they are [judged](Overrides::judged) on a day;
/// then only those act that are in force on it.
///
/// ```
/// use classmark::{catalog::Overrides, tag::Tag};
/// let mut overrides = Overrides::default();
/// overrides.reject("crm.people", "notes", Tag::curated("PII"));
/// assert_eq!(overrides.len(), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    all: Arc<Vec<Override>>,
    /// Triple → number.
    index: Arc<Index>,
    acting: Arc<Acting>,
    judged: Option<Day>,
}

/// The numbers of overrides, by what they reject.
#[derive(Debug, Clone, Default)]
struct Index {
    numbers: HashTable<u32>,
    hasher: RandomState,
}

/// The overrides that act.
#[derive(Debug, Clone, Default)]
struct Acting {
    by_source: HashMap<String, OfSource, RandomState>,
    len: usize,
}

/// The overrides of a data source that act.
#[derive(Debug, Clone)]
pub(super) struct OfSource {
    /// The data source's number among those with such overrides.
    pub(super) number: u32,
    pub(super) columns: HashMap<String, Vec<Rejected>, RandomState>,
}

/// A tag that is rejected on a column.
#[derive(Debug, Clone)]
pub(super) struct Rejected {
    pub(super) tag: Tag,
    /// The number of the override.
    pub(super) number: u32,
}

/// What overrides reject.
type Triple<'a> = (&'a str, &'a str, &'a Tag);

impl Overrides {
    /// Rejects a tag on a column, for good. Integer ids are given as decimal text.
    pub fn reject(&mut self, data_source: impl Into<String>, column: impl Into<String>, tag: Tag) {
        self.insert(Override {
            data_source_id: data_source.into(),
            column_name: column.into(),
            tag,
            reason: None,
            owner: None,
            expires: None,
            place: None,
        });
    }

    /// Adds an override. Of two that reject the same, the one that lasts
    /// longer counts, at the place in the order of the one that came first;
    /// the answer is then the number of that place.
    pub fn insert(&mut self, given: Override) -> Option<usize> {
        let known = self.index.find(given.triple(), &self.all);
        let number = known.unwrap_or(self.all.len() as u32);
        let before = known.and_then(|number| self.all.get(number as usize));
        if before.is_some_and(|before| !given.outlasts(before)) {
            return known.map(|number| number as usize);
        }
        let acted = before.is_some_and(|before| self.acts(before));
        if self.acts(&given) && !acted {
            Arc::make_mut(&mut self.acting).add(&given, number);
        }
        let all = Arc::make_mut(&mut self.all);
        match all.get_mut(number as usize) {
            Some(before) => *before = given,
            None => {
                all.push(given);
                Arc::make_mut(&mut self.index).add(number, all);
            }
        }
        known.map(|number| number as usize)
    }

    /// The same overrides, of which only those act that are in force on a day.
    pub fn judged(mut self, day: Day) -> Self {
        self.judged = Some(day);
        let mut acting = Acting::default();
        for (number, given) in (0..).zip(self.all.iter()) {
            if self.acts(given) {
                acting.add(given, number);
            }
        }
        self.acting = Arc::new(acting);
        self
    }

    /// The day on which they were judged.
    pub fn judged_on(&self) -> Option<Day> {
        self.judged
    }

    /// Whether an override acts, being one of these.
    pub fn acts(&self, given: &Override) -> bool {
        self.judged.is_none_or(|day| given.is_in_force(day))
    }

    /// How many distinct triples are rejected.
    pub fn len(&self) -> usize {
        self.acting.len
    }

    /// Whether nothing is rejected.
    pub fn is_empty(&self) -> bool {
        self.acting.len == 0
    }

    /// How many overrides do not act, since they had expired when they were judged.
    pub fn expired(&self) -> usize {
        self.all.len() - self.acting.len
    }

    /// All overrides, those that do not act, too, in the order given.
    pub fn all(&self) -> &[Override] {
        &self.all
    }

    /// How many data sources have overrides that act.
    fn sources(&self) -> usize {
        self.acting.by_source.len()
    }

    /// The overrides of a data source that act, by column.
    pub(super) fn of(&self, data_source: &Id) -> Option<&OfSource> {
        match data_source {
            _ if self.is_empty() => None,
            Id::Text(id) => self.of_text(id),
            integer => self.of_text(&integer.to_string()),
        }
    }

    fn of_text(&self, data_source: &str) -> Option<&OfSource> {
        self.acting.by_source.get(data_source)
    }

    /// The override that rejects the same as another one, if there is one.
    fn known(&self, given: &Override) -> Option<&Override> {
        let number = self.number_of(given.triple())?;
        self.all.get(number as usize)
    }

    /// The number of the override that rejects a tag on a column.
    pub(super) fn number_of(&self, triple: Triple<'_>) -> Option<u32> {
        self.index.find(triple, &self.all)
    }

    /// The overrides that act, each with its number and that of its data source.
    pub(super) fn acting(&self) -> impl Iterator<Item = (u32, u32, &Override)> {
        let numbered = (0..).zip(self.all.iter());
        numbered
            .filter(|(_, given)| self.acts(given))
            .filter_map(|(number, given)| {
                let source = self.of_text(&given.data_source_id)?;
                Some((number, source.number, given))
            })
    }
}

impl Index {
    fn find(&self, triple: Triple<'_>, all: &[Override]) -> Option<u32> {
        let same = |number: &u32| {
            let given = all.get(*number as usize);
            given.is_some_and(|given| given.triple() == triple)
        };
        self.numbers
            .find(self.hasher.hash_one(triple), same)
            .copied()
    }

    /// Adds the override of a number, which is new.
    fn add(&mut self, number: u32, all: &[Override]) {
        let Index { numbers, hasher } = self;
        let hash = |number: &u32| {
            let given = all.get(*number as usize);
            given.map_or(0, |given| hasher.hash_one(given.triple()))
        };
        numbers.insert_unique(hash(&number), number, hash);
    }
}

impl Acting {
    fn add(&mut self, given: &Override, number: u32) {
        let sources = self.by_source.len() as u32;
        let id = given.data_source_id.clone();
        let source = self.by_source.entry(id).or_insert_with(|| OfSource {
            number: sources,
            columns: HashMap::default(),
        });
        let column = given.column_name.clone();
        let tag = given.tag.clone();
        let rejected = source.columns.entry(column).or_default();
        rejected.push(Rejected { tag, number });
        self.len += 1;
    }
}
