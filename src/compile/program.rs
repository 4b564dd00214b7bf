//! The compiled form of a set of frameworks.

use super::error::CompileError;
use super::guard::{Guard, GuardTable};
use super::index::{Index, Rarity, Waiter};
use super::strata::Strata;
use crate::bits::BitSet;
use crate::diagnostic::{Code, Diagnostic, quoted};
use crate::framework::{Framework, Rule};
use crate::tag::{Tag, TagMatch, Vocabulary, VocabularyBuilder};
use ahash::RandomState;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// Frameworks, ready to be applied: immutable, shared by any number of threads.
#[derive(Debug)]
pub struct Program {
    vocabulary: Arc<Vocabulary>,
    /// Per tag of the vocabulary.
    sensitivities: Vec<Option<u8>>,
    /// Every rule of every framework, evaluated or not, in the order given.
    records: Vec<RuleRecord>,
    /// Per compiled rule: its place in `records`. Ascending by rule id.
    order: Vec<u32>,
    pub(crate) rules: Vec<CompiledRule>,
    pub(crate) guards: Vec<Guard>,
    /// Column rules, each at the rarest tag that it asks of the column.
    pub(crate) column_rules: Index<Waiter>,
    /// Rules that ask nothing of the column: guard number → rules.
    pub(crate) blanket_rules: Index<u32>,
    /// Guards of those, at the rarest fact that they ask for.
    pub(crate) blankets: Index<u32>,
    pub(crate) strata: Strata,
}

/// How frameworks are compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// When a tag meets a criterion.
    pub matching: TagMatch,
}

/// What is known of a rule outside of evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRecord {
    /// The rule's id.
    pub id: String,
    /// The rule's name.
    pub name: String,
    /// The place of its framework in the frameworks given.
    pub framework: usize,
    /// Whether it is evaluated.
    pub active: bool,
    /// The tag that it gives.
    pub classification_tag: Tag,
    /// Whether it asks for tags on the data source.
    pub asks_table_tags: bool,
}

/// A rule in numbers.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    /// Atoms wanted on the column, ascending.
    pub(crate) column: SmallVec<[u32; 4]>,
    /// The number of its guard; `None`: it asks nothing of the data source.
    pub(crate) guard: Option<u32>,
    /// The number of its classification tag.
    pub(crate) tag: u32,
    /// The atoms that its classification tag makes true on a column.
    pub(crate) effects: SmallVec<[u32; 4]>,
}

impl Program {
    /// Compiles all frameworks; rules of inactive ones are known but not evaluated.
    ///
    /// # Errors
    ///
    /// What would make the meaning of the rules unclear, found once more for
    /// frameworks that no parser has checked: a rule without any criterion
    /// (`empty-rule`), one rule id in two active rules (`duplicate-rule-id`).
    ///
    /// ```
    /// use classmark::compile::{Options, Program};
    /// let program = Program::compile(&[], Options::default()).unwrap();
    /// assert_eq!(program.records().len(), 0);
    /// ```
    pub fn compile(frameworks: &[Framework], options: Options) -> Result<Self, CompileError> {
        let faults = faults(frameworks);
        if !faults.is_empty() {
            return Err(CompileError::new(faults));
        }
        let vocabulary = vocabulary(frameworks, options.matching);
        let records = records(frameworks);
        let mut order: Vec<u32> = (0u32..)
            .zip(&records)
            .filter(|(_, record)| record.active)
            .map(|(place, _)| place)
            .collect();
        order.sort_by(|a, b| records[*a as usize].id.cmp(&records[*b as usize].id));
        let sources: Vec<&Rule> = frameworks.iter().flat_map(|f| &f.rules).collect();
        let active: Vec<&Rule> = order.iter().map(|place| sources[*place as usize]).collect();
        let matchers = Matchers::new(&vocabulary, &active);
        Ok(Program {
            sensitivities: sensitivities(&vocabulary, frameworks),
            vocabulary: Arc::new(vocabulary),
            records,
            order,
            rules: matchers.rules,
            guards: matchers.guards,
            column_rules: matchers.column_rules,
            blanket_rules: matchers.blanket_rules,
            blankets: matchers.blankets,
            strata: matchers.strata,
        })
    }

    /// The numbers of the tags that the frameworks name.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// Every rule, evaluated or not: frameworks in the order given, rules in document order.
    pub fn records(&self) -> &[RuleRecord] {
        &self.records
    }

    /// The id of the first evaluated rule, in the order given, that asks for tags
    /// on the data source.
    pub fn rule_on_table_tags(&self) -> Option<&str> {
        let mut records = self.records.iter();
        let rule = records.find(|rule| rule.active && rule.asks_table_tags)?;
        Some(&rule.id)
    }

    /// The place in [`Program::records`] of an evaluated rule, by its number.
    ///
    /// Evaluated rules are numbered in the order of their ids.
    pub fn record_of(&self, rule: u32) -> Option<usize> {
        self.order.get(rule as usize).map(|place| *place as usize)
    }

    /// How many rules are evaluated.
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// The id of an evaluated rule, by its number; empty for a number that no rule has.
    pub fn rule_id(&self, rule: u32) -> &str {
        self.record_of(rule)
            .map_or("", |place| self.records[place].id.as_str())
    }

    /// The highest sensitivity that a framework declares for a tag; `None` is not rated.
    pub fn sensitivity(&self, tag: u32) -> Option<u8> {
        self.sensitivities.get(tag as usize).copied().flatten()
    }
}

fn faults(frameworks: &[Framework]) -> Vec<Diagnostic> {
    let rules = frameworks.iter().map(|framework| framework.rules.len());
    let mut seen: HashMap<&str, &str, RandomState> =
        HashMap::with_capacity_and_hasher(rules.sum(), RandomState::new());
    let mut faults = Vec::new();
    for framework in frameworks.iter().filter(|f| f.active) {
        for rule in &framework.rules {
            let criteria =
                rule.column_tags.len() + rule.neighbor_column_tags.len() + rule.table_tags.len();
            if criteria == 0 {
                let message = format!(
                    "the rule {} has no criteria: it would tag every column",
                    quoted(&rule.id)
                );
                faults.push(
                    Diagnostic::error(Code::EmptyRule, message).at_origin(rule.origin.as_ref()),
                );
            }
            if let Some(other) = seen.insert(&rule.id, &framework.short_name) {
                let message = format!(
                    "the rule id {} is in the active frameworks {} and {}",
                    quoted(&rule.id),
                    quoted(other),
                    quoted(&framework.short_name)
                );
                faults.push(
                    Diagnostic::error(Code::DuplicateRuleId, message)
                        .at_origin(rule.origin.as_ref()),
                );
            }
        }
    }
    faults
}

fn vocabulary(frameworks: &[Framework], matching: TagMatch) -> Vocabulary {
    let mut builder = VocabularyBuilder::new(matching);
    builder.reserve(frameworks.iter().map(|f| f.tags.len()).sum());
    for framework in frameworks {
        for declared in &framework.tags {
            builder.result(&declared.tag);
        }
    }
    for rule in frameworks
        .iter()
        .filter(|f| f.active)
        .flat_map(|f| &f.rules)
    {
        builder.result(&rule.classification_tag);
        let criteria = [
            &rule.column_tags,
            &rule.neighbor_column_tags,
            &rule.table_tags,
        ];
        for tag in criteria.into_iter().flatten() {
            builder.criterion(tag);
        }
    }
    builder.build()
}

fn sensitivities(vocabulary: &Vocabulary, frameworks: &[Framework]) -> Vec<Option<u8>> {
    let mut highest = vec![None; vocabulary.tags().len()];
    for declared in frameworks.iter().flat_map(|f| &f.tags) {
        if let Some(number) = vocabulary.number(&declared.tag.source, &declared.tag.name) {
            let highest: &mut Option<u8> = &mut highest[number as usize];
            *highest = (*highest).max(declared.sensitivity);
        }
    }
    highest
}

fn records(frameworks: &[Framework]) -> Vec<RuleRecord> {
    let of = |(place, framework): (usize, &Framework)| {
        let active = framework.active;
        let record = move |rule: &Rule| RuleRecord {
            id: rule.id.clone(),
            name: rule.name.clone(),
            framework: place,
            active,
            classification_tag: rule.classification_tag.clone(),
            asks_table_tags: !rule.table_tags.is_empty(),
        };
        framework.rules.iter().map(record).collect::<Vec<_>>()
    };
    frameworks.iter().enumerate().flat_map(of).collect()
}

/// Everything of a program that rules turn into.
struct Matchers {
    rules: Vec<CompiledRule>,
    guards: Vec<Guard>,
    column_rules: Index<Waiter>,
    blanket_rules: Index<u32>,
    blankets: Index<u32>,
    strata: Strata,
}

/// What a rule asks for.
struct Criteria {
    /// Atoms.
    column: SmallVec<[u32; 4]>,
    /// Facts about the data source; see [`Guard`].
    facts: SmallVec<[u32; 4]>,
}

impl Criteria {
    fn of(vocabulary: &Vocabulary, rule: &Rule) -> Self {
        let atoms = |tags: &[Tag], from: u32| {
            let atoms = tags.iter().filter_map(|tag| vocabulary.criterion(tag));
            let mut atoms: SmallVec<[u32; 4]> = atoms.map(|atom| atom + from).collect();
            atoms.sort_unstable();
            atoms.dedup();
            atoms
        };
        let mut facts = atoms(&rule.neighbor_column_tags, 0);
        facts.extend(atoms(&rule.table_tags, vocabulary.width() as u32));
        Criteria {
            column: atoms(&rule.column_tags, 0),
            facts,
        }
    }
}

impl Matchers {
    fn new(vocabulary: &Vocabulary, active: &[&Rule]) -> Self {
        let width = vocabulary.width();
        let criteria: Vec<Criteria> = active
            .iter()
            .map(|rule| Criteria::of(vocabulary, rule))
            .collect();
        let (mut on_columns, mut on_sources) = (Rarity::new(width), Rarity::new(2 * width));
        let mut heard = BitSet::new(width);
        for wanted in &criteria {
            on_columns.note(&wanted.column);
            on_sources.note(&wanted.facts);
            for fact in wanted.facts.iter().filter(|f| (**f as usize) < width) {
                heard.insert(*fact);
            }
        }

        let mut table = GuardTable::default();
        let mut rules = Vec::with_capacity(active.len());
        let (mut column_rules, mut blanket_rules) = (Vec::new(), Vec::new());
        let mut blankets = Vec::new();
        for (number, (rule, wanted)) in (0u32..).zip(active.iter().zip(criteria)) {
            let guard = table.number(&wanted.facts, &on_sources);
            if let Some(atom) = on_columns.rarest(&wanted.column) {
                let also = on_columns.rarest_but(&wanted.column, atom);
                column_rules.push((atom, Waiter::new(number, also)));
            } else if let Some((guard, first)) = guard {
                blanket_rules.push((guard, number));
                blankets.push((first, guard));
            }
            let guard = guard.map(|(number, _)| number);
            rules.push(CompiledRule::new(vocabulary, rule, wanted.column, guard));
        }
        blankets.sort_unstable();
        blankets.dedup();
        Matchers {
            strata: Strata::of(width, &rules, heard),
            blanket_rules: Index::new(table.guards.len(), &blanket_rules),
            column_rules: Index::new(width, &column_rules),
            blankets: Index::new(2 * width, &blankets),
            guards: table.guards,
            rules,
        }
    }
}

impl CompiledRule {
    fn new(
        vocabulary: &Vocabulary,
        rule: &Rule,
        column: SmallVec<[u32; 4]>,
        guard: Option<u32>,
    ) -> Self {
        let given = &rule.classification_tag;
        let mut effects = Vec::new();
        vocabulary.resolve(&given.source, &given.name, &mut effects);
        CompiledRule {
            column,
            guard,
            // The vocabulary was built from these very rules, so the tag is in it.
            tag: vocabulary
                .number(&given.source, &given.name)
                .unwrap_or(u32::MAX),
            effects: effects.into(),
        }
    }
}
