//! The columns that tag and state determine, and the rules.

use super::chunk::{Chunk, DictionaryPage, EncodedChunk, Values};
use super::dictionary::Drawn;
use super::ids::integers_and_nulls;
use super::outcomes::{DEFINED, Patterns, REPEATS};
use super::press::Press;
use crate::evaluate::{Entry, State};
use crate::output::AssignmentNames;
use parquet::errors::Result;
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::schema::types::ColumnDescPtr;

const NONE: u32 = u32::MAX;

/// The states, each recorded and not.
const STANDINGS: usize = 2 * State::ALL.len();

/// The kinds of rows that a row group has: a tag in a state, recorded or not,
/// is one, and what it has in each column need be found out only once.
pub(super) struct Kinds {
    /// Tag, state and whether it is recorded → kind.
    numbers: Vec<u32>,
    /// Kind → its place in `numbers`.
    kinds: Vec<usize>,
    /// Kind → place in the dictionary.
    name: Vec<u32>,
    source: Vec<u32>,
    sensitivity: Vec<u32>,
    state: Vec<u32>,
    /// Kind → whether the catalog records the tag.
    recorded: Vec<bool>,
    tag_names: Drawn,
    tag_sources: Drawn,
    sensitivities: Vec<i8>,
    rules: Drawn,
    states: Drawn,
}

impl Kinds {
    pub(super) fn new(names: &AssignmentNames) -> Self {
        let (tags, rules) = (names.tag_count(), names.rule_count());
        Kinds {
            numbers: vec![NONE; tags * STANDINGS],
            kinds: Vec::new(),
            name: Vec::new(),
            source: Vec::new(),
            sensitivity: Vec::new(),
            state: Vec::new(),
            recorded: Vec::new(),
            tag_names: Drawn::new(tags),
            tag_sources: Drawn::new(tags),
            sensitivities: Vec::new(),
            rules: Drawn::new(rules),
            states: Drawn::new(State::ALL.len()),
        }
    }

    /// The kind of a row.
    pub(super) fn of(&mut self, entry: &Entry, names: &AssignmentNames) -> u32 {
        let Entry { tag, state, .. } = *entry;
        let standing = 2 * state as usize + usize::from(entry.recorded);
        let at = tag as usize * STANDINGS + standing;
        if self.numbers[at] == NONE {
            self.numbers[at] = self.kinds.len() as u32;
            self.kinds.push(at);
            let (number, name) = names.tag_name(tag);
            self.name.push(self.tag_names.place(number, name));
            let (number, source) = names.tag_source(tag);
            self.source.push(self.tag_sources.place(number, source));
            let sensitivity = self.place_of(names.sensitivity(tag));
            self.sensitivity.push(sensitivity);
            self.state
                .push(self.states.place(state as u32, state.as_str()));
            self.recorded.push(entry.recorded);
        }
        self.numbers[at]
    }

    /// The place of a rule.
    pub(super) fn rule(&mut self, rule: u32, names: &AssignmentNames) -> u32 {
        self.rules.place(rule, names.rule(rule))
    }

    fn place_of(&mut self, sensitivity: Option<i8>) -> u32 {
        let Some(sensitivity) = sensitivity else {
            return NONE;
        };
        let known = self.sensitivities.iter().position(|s| *s == sensitivity);
        known.unwrap_or_else(|| {
            self.sensitivities.push(sensitivity);
            self.sensitivities.len() - 1
        }) as u32
    }

    fn reset(&mut self) {
        for at in self.kinds.drain(..) {
            self.numbers[at] = NONE;
        }
        self.name.clear();
        self.source.clear();
        self.sensitivity.clear();
        self.state.clear();
        self.recorded.clear();
        self.sensitivities.clear();
    }
}

/// The rows of a page.
#[derive(Clone, Copy)]
pub(super) struct PageRows<'p> {
    /// Column by column, the pattern that its rows follow.
    pub(super) patterns: &'p [u32],
    pub(super) rows: usize,
    /// Rules and rows without one.
    pub(super) rules: usize,
}

/// The columns from `tag_name` to `recorded`, of a row group.
pub(super) struct KindColumns {
    pub(super) kinds: Kinds,
    name: Chunk,
    source: Chunk,
    sensitivity: Chunk,
    unrated: u64,
    rules: Chunk,
    without_rule: u64,
    state: Chunk,
    recorded: Chunk,
}

impl KindColumns {
    pub(super) fn new(names: &AssignmentNames) -> Self {
        KindColumns {
            kinds: Kinds::new(names),
            name: Chunk::new(),
            source: Chunk::new(),
            sensitivity: Chunk::new(),
            unrated: 0,
            rules: Chunk::new(),
            without_rule: 0,
            state: Chunk::new(),
            recorded: Chunk::new(),
        }
    }

    /// Writes a page of each column.
    pub(super) fn cut(
        &mut self,
        press: &mut Press,
        patterns: &mut Patterns,
        page: PageRows<'_>,
    ) -> Result<()> {
        patterns.put_kinds(page.patterns, page.rows, &mut press.kinds);
        let kinds = &self.kinds;
        put_text(press, &kinds.name, &kinds.tag_names, &mut self.name)?;
        put_text(press, &kinds.source, &kinds.tag_sources, &mut self.source)?;
        put_text(press, &kinds.state, &kinds.states, &mut self.state)?;
        put_booleans(press, &kinds.recorded, &mut self.recorded)?;
        self.put_sensitivities(press)?;
        self.put_rules(press, patterns, page)
    }

    fn put_sensitivities(&mut self, press: &mut Press) -> Result<()> {
        let places = &self.kinds.sensitivity;
        let rows = press.kinds.len();
        press.levels.clear();
        press.mapped.clear();
        press.mapped.resize(rows, 0);
        let mut rated = 0;
        for kind in &press.kinds {
            let place = places[*kind as usize];
            let is_rated = place != NONE;
            press.levels.push(u8::from(is_rated));
            // What is no place is overwritten by the next one.
            press.mapped[rated] = place;
            rated += usize::from(is_rated);
        }
        press.mapped.truncate(rated);
        self.unrated += (rows - rated) as u64;
        press.body.clear();
        press.put_levels(0);
        press.put_places(self.kinds.sensitivities.len());
        let Press { squeeze, body, .. } = press;
        self.sensitivity
            .page(squeeze, body, Values::Places, rows, rows)
    }

    fn put_rules(
        &mut self,
        press: &mut Press,
        patterns: &mut Patterns,
        page: PageRows<'_>,
    ) -> Result<()> {
        patterns.put_rules(page.patterns, page.rules, &mut press.mapped);
        patterns.put_levels(page.patterns, page.rules, &mut press.levels);
        self.without_rule += (press.levels.len() - press.mapped.len()) as u64;
        press.body.clear();
        press.put_levels(REPEATS);
        press.put_levels(DEFINED);
        press.put_places(self.kinds.rules.len());
        let Press {
            squeeze,
            body,
            levels,
            kinds,
            ..
        } = press;
        self.rules
            .page(squeeze, body, Values::Places, levels.len(), kinds.len())
    }

    /// Ends the chunks, in the order of the schema, and begins the next ones.
    pub(super) fn finish(
        &mut self,
        press: &mut Press,
        leaves: &[ColumnDescPtr; 6],
    ) -> Result<[EncodedChunk; 6]> {
        let [name, source, sensitivity, rules, state, recorded] = leaves;
        let kinds = &mut self.kinds;
        let chunks = [
            end_text(press, &mut self.name, &mut kinds.tag_names, name, 0)?,
            end_text(press, &mut self.source, &mut kinds.tag_sources, source, 0)?,
            end_sensitivities(
                press,
                &mut self.sensitivity,
                &kinds.sensitivities,
                sensitivity,
                self.unrated,
            )?,
            end_text(
                press,
                &mut self.rules,
                &mut kinds.rules,
                rules,
                self.without_rule,
            )?,
            end_text(press, &mut self.state, &mut kinds.states, state, 0)?,
            end_booleans(press, &mut self.recorded, &kinds.recorded, recorded)?,
        ];
        kinds.reset();
        self.unrated = 0;
        self.without_rule = 0;
        Ok(chunks)
    }
}

fn put_text(
    press: &mut Press,
    places: &[u32],
    dictionary: &Drawn,
    chunk: &mut Chunk,
) -> Result<()> {
    let rows = press.kinds.len();
    press.body.clear();
    if dictionary.len() > 1 {
        press.mapped.clear();
        let places = press.kinds.iter().map(|kind| places[*kind as usize]);
        press.mapped.extend(places);
        press.put_places(dictionary.len());
    } else {
        press.put_one_place(rows);
    }
    chunk.page(&mut press.squeeze, &press.body, Values::Places, rows, rows)
}

/// Writes a page of bits, the lowest of a byte first.
fn put_booleans(press: &mut Press, of_kind: &[bool], chunk: &mut Chunk) -> Result<()> {
    let Press {
        squeeze,
        body,
        kinds,
        ..
    } = press;
    body.clear();
    if of_kind.contains(&true) {
        let byte = |rows: &[u32]| {
            let bits = rows.iter().enumerate();
            bits.fold(0, |byte, (bit, kind)| {
                byte | u8::from(of_kind[*kind as usize]) << bit
            })
        };
        // Eights are apart so that the compiler knows how many they are.
        let (eights, rest) = kinds.as_chunks::<8>();
        body.extend(eights.iter().map(|eight| byte(eight)));
        body.extend((!rest.is_empty()).then(|| byte(rest)));
    } else {
        body.resize(kinds.len().div_ceil(8), 0);
    }
    chunk.page(squeeze, body, Values::Plain, kinds.len(), kinds.len())
}

fn end_booleans(
    press: &mut Press,
    chunk: &mut Chunk,
    values: &[bool],
    leaf: &ColumnDescPtr,
) -> Result<EncodedChunk> {
    let chunk = std::mem::replace(chunk, Chunk::new());
    let (least, greatest) = (values.iter().min(), values.iter().max());
    let statistics = ValueStatistics::new(least.copied(), greatest.copied(), None, Some(0), false);
    let no_dictionary = DictionaryPage {
        plain: &[],
        entries: 0,
    };
    let statistics = Statistics::Boolean(statistics);
    chunk.finish(&mut press.squeeze, leaf, no_dictionary, statistics)
}

fn end_text(
    press: &mut Press,
    chunk: &mut Chunk,
    dictionary: &mut Drawn,
    leaf: &ColumnDescPtr,
    nulls: u64,
) -> Result<EncodedChunk> {
    let chunk = std::mem::replace(chunk, Chunk::new());
    let statistics = dictionary.take_bounds().statistics(nulls);
    let encoded = chunk.finish(&mut press.squeeze, leaf, dictionary.page(), statistics)?;
    dictionary.reset();
    Ok(encoded)
}

fn end_sensitivities(
    press: &mut Press,
    chunk: &mut Chunk,
    values: &[i8],
    leaf: &ColumnDescPtr,
    nulls: u64,
) -> Result<EncodedChunk> {
    let chunk = std::mem::replace(chunk, Chunk::new());
    let plain: Vec<u8> = values
        .iter()
        .flat_map(|value| i32::from(*value).to_le_bytes())
        .collect();
    let bounds = values.iter().min().zip(values.iter().max());
    let bounds = bounds.map(|(least, greatest)| (i128::from(*least), i128::from(*greatest)));
    let statistics = integers_and_nulls(bounds, nulls, leaf);
    let page = DictionaryPage {
        plain: &plain,
        entries: values.len(),
    };
    chunk.finish(&mut press.squeeze, leaf, page, statistics)
}
