//! Synthetic frameworks that build on each other.
//!
//! Base frameworks read recorded tags. Record, regulation and risk frameworks
//! read, mostly, what the stages before them give; they hold a third of all
//! rules.

use super::names::tag_name;
use super::random::{Draws, Purpose, Seed};
use super::tags::{Recorded, Skewed};
use super::words::{DOMAINS, TABLE_TAGS};
use super::{RULES_PER_FRAMEWORK, Spec, SynthError};
use crate::framework::{DeclaredTag, Framework, Rule};
use crate::tag::Tag;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The classification frameworks of a specification, each as the JSON object
/// of the `/frameworks` payload, in the order in which they build on each other.
///
/// # Errors
///
/// When the specification cannot be met; see [`SynthError`].
///
/// ```
/// use classmark::synth::{Spec, frameworks};
/// let frameworks = frameworks(&Spec { rules: 90, ..Spec::default() }).unwrap();
/// let rules = |f: &serde_json::Value| f["rules"].as_array().unwrap().len();
/// assert_eq!(frameworks.iter().map(rules).sum::<usize>(), 90);
/// assert!(frameworks.iter().all(|f| rules(f) <= 50));
/// ```
pub fn frameworks(spec: &Spec) -> Result<Vec<Value>, SynthError> {
    let documents = documents(spec)?;
    let values = documents.iter().map(|(_, text)| serde_json::to_value(text));
    Ok(values.collect::<Result<_, _>>()?)
}

/// The same frameworks as [`frameworks`] gives, as checked ones.
///
/// # Errors
///
/// When the specification cannot be met; see [`SynthError`].
pub fn framework_models(spec: &Spec) -> Result<Vec<Framework>, SynthError> {
    spec.columns()?;
    let recorded = Recorded::new(spec.seed, spec.tags);
    Ok(Rulebook::new(spec, &recorded).frameworks)
}

/// Per framework its short name and its document.
pub(super) fn documents(spec: &Spec) -> Result<Vec<(String, Document)>, SynthError> {
    let models = framework_models(spec)?;
    Ok(models
        .into_iter()
        .map(|model| (model.short_name.clone(), Document::from(model)))
        .collect())
}

/// A layer of frameworks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Base,
    Record,
    Regulation,
    Risk,
}

impl Stage {
    const ALL: [Stage; 4] = [Stage::Base, Stage::Record, Stage::Regulation, Stage::Risk];

    fn word(self) -> &'static str {
        match self {
            Stage::Base => "Base",
            Stage::Record => "Record",
            Stage::Regulation => "Regulation",
            Stage::Risk => "Risk",
        }
    }

    /// How many of all rules are of this stage.
    fn share(self, rules: u32) -> u32 {
        match self {
            Stage::Base => rules - 3 * (rules / 9),
            _ => rules / 9,
        }
    }
}

/// Which lists of a rule have criteria.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Column,
    ColumnAndNeighbor,
    ColumnAndTable,
    All,
    Neighbor,
    Table,
}

impl Kind {
    /// Every hundred rules in a row hold exactly these shares.
    fn of(rule: u32) -> Kind {
        match (u64::from(rule) * 37 + 11) % 100 {
            0..60 => Kind::Column,
            60..80 => Kind::ColumnAndNeighbor,
            80..90 => Kind::ColumnAndTable,
            90..98 => Kind::All,
            98 => Kind::Neighbor,
            _ => Kind::Table,
        }
    }
}

/// All frameworks of a specification.
#[derive(Debug)]
pub(super) struct Rulebook {
    pub(super) frameworks: Vec<Framework>,
    /// Numbers of the recorded tags that rules read on columns, ascending.
    criteria: BTreeSet<usize>,
}

impl Rulebook {
    pub(super) fn new(spec: &Spec, recorded: &Recorded) -> Self {
        let mut writer = Writer {
            seed: spec.seed,
            recorded,
            tables: Skewed::new(TABLE_TAGS.len()),
            given: Vec::new(),
            easy: Vec::new(),
            criteria: BTreeSet::new(),
        };
        let mut frameworks = Vec::new();
        let mut number = 0;
        for stage in Stage::ALL {
            let rules = writer.stage(stage, stage.share(spec.rules), number);
            number += stage.share(spec.rules);
            let chunks = rules.chunks(RULES_PER_FRAMEWORK as usize);
            for (nth, rules) in (1..).zip(chunks) {
                frameworks.push(framework(spec.seed, stage, nth, rules));
            }
        }
        Rulebook {
            frameworks,
            criteria: writer.criteria,
        }
    }

    /// The tags that rules give, in the order in which rules first give them.
    pub(super) fn given_tags(&self) -> Vec<Tag> {
        let declared = self.frameworks.iter().flat_map(|f| &f.tags);
        let mut seen = BTreeSet::new();
        declared
            .map(|declared| &declared.tag)
            .filter(|tag| seen.insert(*tag))
            .cloned()
            .collect()
    }

    /// Numbers of the recorded tags that rules read on columns, ascending.
    pub(super) fn recorded_criteria(&self) -> Vec<usize> {
        self.criteria.iter().copied().collect()
    }
}

/// Writes rules, stage by stage.
struct Writer<'a> {
    seed: u64,
    recorded: &'a Recorded,
    tables: Skewed,
    /// Per stage done: the tags that it gives.
    given: Vec<Vec<Tag>>,
    /// Per stage done: those that one tag on the column suffices for.
    easy: Vec<Vec<Tag>>,
    criteria: BTreeSet<usize>,
}

impl Writer<'_> {
    fn stage(&mut self, stage: Stage, count: u32, first: u32) -> Vec<Rule> {
        // Fewer tags than rules: several rules that give one tag are an OR.
        let tags = (count * 3).div_ceil(5);
        let given: Vec<Tag> = (0..tags).map(|n| given_tag(stage, n)).collect();
        let rules: Vec<Rule> = (0..count)
            .map(|n| self.rule(first + n, given.get(n as usize), &given))
            .collect();
        if !given.is_empty() {
            let easy = rules.iter().filter(|rule| {
                rule.column_tags.len() == 1
                    && rule.neighbor_column_tags.is_empty()
                    && rule.table_tags.is_empty()
            });
            let easy = easy.map(|rule| rule.classification_tag.clone());
            self.easy.push(easy.collect());
            self.given.push(given);
        }
        rules
    }

    fn rule(&mut self, number: u32, own: Option<&Tag>, given: &[Tag]) -> Rule {
        let mut draws = Seed::new(self.seed, Purpose::Rules).at(u64::from(number));
        let other = given.get(draws.index(given.len()));
        let tag = own.or(other).cloned();
        let mut rule = Rule {
            has_own_id: false,
            id: String::new(),
            name: format!("rule-{:04}", number + 1),
            classification_tag: tag.unwrap_or_else(|| Tag::curated("Base")),
            column_tags: Vec::new(),
            neighbor_column_tags: Vec::new(),
            table_tags: Vec::new(),
            origin: None,
        };
        self.fill(Kind::of(number), &mut rule, &mut draws);
        rule
    }

    fn fill(&mut self, kind: Kind, rule: &mut Rule, draws: &mut Draws) {
        let domain = draws.index(DOMAINS);
        match kind {
            Kind::Column => {
                self.column_criterion(domain, rule, draws);
                if draws.chance(0.25) {
                    self.second_criterion(domain, rule, draws);
                }
            }
            Kind::ColumnAndNeighbor => {
                self.column_criterion(domain, rule, draws);
                self.neighbor_criteria(domain, rule, draws);
            }
            Kind::ColumnAndTable => {
                self.column_criterion(domain, rule, draws);
                self.table_criterion(rule, draws);
            }
            Kind::All => {
                self.column_criterion(domain, rule, draws);
                self.neighbor_criteria(domain, rule, draws);
                self.table_criterion(rule, draws);
            }
            // These tag every column of a data source, so they ask for what is rare.
            Kind::Neighbor => {
                let rare = self.recorded.draw_rare(draws);
                rule.neighbor_column_tags.extend(self.read(rare));
            }
            Kind::Table => {
                let rare = TABLE_TAGS.len() - 1 - draws.index(4);
                let rarer = TABLE_TAGS.len() - 1 - draws.index(4);
                add(&mut rule.table_tags, Tag::curated(TABLE_TAGS[rare]));
                add(&mut rule.table_tags, Tag::curated(TABLE_TAGS[rarer]));
            }
        }
    }

    /// What the column itself must bear: a recorded tag in the base stage, what
    /// a stage before gives in the others.
    fn column_criterion(&mut self, domain: usize, rule: &mut Rule, draws: &mut Draws) {
        let tag = match self.draw_given(draws) {
            Some(given) => Some(given),
            None => {
                // Flatter than the columns' own draw, so that rules name many tags.
                let own = self.recorded.draw_own(domain, draws);
                let count = self.recorded.tags().len();
                let number = match own {
                    Some(own) if draws.chance(0.85) => own,
                    _ => draws.index(count),
                };
                self.read(number)
            }
        };
        tag.into_iter()
            .for_each(|tag| add(&mut rule.column_tags, tag));
    }

    fn second_criterion(&mut self, domain: usize, rule: &mut Rule, draws: &mut Draws) {
        let number = self.recorded.draw(domain, draws);
        let tag = self.read(number);
        tag.into_iter()
            .for_each(|tag| add(&mut rule.column_tags, tag));
    }

    fn neighbor_criteria(&mut self, domain: usize, rule: &mut Rule, draws: &mut Draws) {
        for _ in 0..1 + u32::from(draws.chance(0.3)) {
            let given = draws.chance(0.5).then(|| self.draw_given(draws)).flatten();
            let tag = match given {
                Some(given) => Some(given),
                None => {
                    let number = self.recorded.draw(domain, draws);
                    self.read(number)
                }
            };
            tag.into_iter()
                .for_each(|tag| add(&mut rule.neighbor_column_tags, tag));
        }
    }

    fn table_criterion(&mut self, rule: &mut Rule, draws: &mut Draws) {
        let table = self.tables.draw(draws).unwrap_or(0);
        add(&mut rule.table_tags, Tag::curated(TABLE_TAGS[table]));
    }

    /// A tag that a stage before gives, most often the one right before.
    fn draw_given(&self, draws: &mut Draws) -> Option<Tag> {
        let last = self.given.len().checked_sub(1)?;
        let stage = match draws.chance(0.8) {
            true => last,
            false => draws.index(last + 1),
        };
        // Mostly what is given often, or chains would end at their first link.
        let easy = self.easy.get(stage).filter(|tags| !tags.is_empty());
        let tags = match easy {
            Some(easy) if draws.chance(0.7) => easy,
            _ => self.given.get(stage)?,
        };
        tags.get(draws.index(tags.len())).cloned()
    }

    /// A recorded tag, noted as one that rules read.
    fn read(&mut self, number: usize) -> Option<Tag> {
        let tag = self.recorded.tags().get(number)?;
        self.criteria.insert(number);
        Some(tag.clone())
    }
}

fn add(tags: &mut Vec<Tag>, tag: Tag) {
    if !tags.contains(&tag) {
        tags.push(tag);
    }
}

fn given_tag(stage: Stage, n: u32) -> Tag {
    Tag::curated(format!("{}.{}", stage.word(), tag_name(n)))
}

fn framework(seed: u64, stage: Stage, nth: u32, rules: &[Rule]) -> Framework {
    let word = stage.word();
    let short_name = format!("synthetic-{}-{nth}", word.to_ascii_lowercase());
    let mut rules = rules.to_vec();
    for rule in &mut rules {
        rule.id = format!("{short_name}/{}", rule.name);
    }
    let given: BTreeMap<&Tag, ()> = rules.iter().map(|r| (&r.classification_tag, ())).collect();
    let tags = given.into_keys().map(|tag| DeclaredTag {
        tag: tag.clone(),
        sensitivity: sensitivity(seed, stage, tag),
        description: None,
        origin: None,
    });
    Framework {
        id: None,
        version: None,
        name: format!("Synthetic {} Framework {nth}", word),
        description: format!(
            "Generated from seed {seed}; made to measure with, not to comply with."
        ),
        active: true,
        tags: tags.collect(),
        rules,
        origin: None,
        short_name,
    }
}

/// Depends on the tag's name only, so frameworks that share a tag agree.
fn sensitivity(seed: u64, stage: Stage, tag: &Tag) -> Option<u8> {
    let letters = tag.name.bytes().fold(0u64, |sum, byte| {
        sum.wrapping_mul(257).wrapping_add(u64::from(byte))
    });
    let mut draws = Seed::new(seed, Purpose::Sensitivities).at(letters);
    let rated: &[Option<u8>] = match stage {
        Stage::Base => &[None, Some(0), Some(1)],
        Stage::Record => &[Some(0), Some(1), Some(1)],
        Stage::Regulation => &[Some(1), Some(1), Some(2)],
        Stage::Risk => &[None, Some(1), Some(2)],
    };
    rated.get(draws.index(rated.len())).copied().flatten()
}

/// A framework as it is written.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    short_name: String,
    name: String,
    description: String,
    active: bool,
    tags: Vec<TagEntry>,
    rules: Vec<RuleEntry>,
}

impl Document {
    /// The number of rules.
    pub(super) fn rules(&self) -> u64 {
        self.rules.len() as u64
    }
}

#[derive(Debug, Serialize)]
struct TagEntry {
    name: String,
    source: String,
    sensitivities: Vec<SensitivityEntry>,
}

#[derive(Debug, Serialize)]
struct SensitivityEntry {
    dimension: &'static str,
    sensitivity: u8,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleEntry {
    name: String,
    classification_tag: TagReference,
    column_tags: Vec<TagReference>,
    neighbor_column_tags: Vec<TagReference>,
    table_tags: Vec<TagReference>,
}

#[derive(Debug, Serialize)]
struct TagReference {
    name: String,
    source: String,
}

impl From<Tag> for TagReference {
    fn from(tag: Tag) -> Self {
        TagReference {
            name: tag.name,
            source: tag.source,
        }
    }
}

impl From<Framework> for Document {
    fn from(framework: Framework) -> Self {
        Document {
            short_name: framework.short_name,
            name: framework.name,
            description: framework.description,
            active: framework.active,
            tags: framework.tags.into_iter().map(TagEntry::from).collect(),
            rules: framework.rules.into_iter().map(RuleEntry::from).collect(),
        }
    }
}

impl From<DeclaredTag> for TagEntry {
    fn from(declared: DeclaredTag) -> Self {
        let rated = declared.sensitivity.into_iter();
        TagEntry {
            name: declared.tag.name,
            source: declared.tag.source,
            sensitivities: rated
                .map(|sensitivity| SensitivityEntry {
                    dimension: "confidentiality",
                    sensitivity,
                })
                .collect(),
        }
    }
}

impl From<Rule> for RuleEntry {
    fn from(rule: Rule) -> Self {
        let list = |tags: Vec<Tag>| tags.into_iter().map(TagReference::from).collect();
        RuleEntry {
            name: rule.name,
            classification_tag: rule.classification_tag.into(),
            column_tags: list(rule.column_tags),
            neighbor_column_tags: list(rule.neighbor_column_tags),
            table_tags: list(rule.table_tags),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn of(rules: u32, tags: u32) -> Vec<Framework> {
        framework_models(&Spec {
            rules,
            tags,
            ..Spec::default()
        })
        .unwrap()
    }

    #[test]
    fn frameworks_keep_the_payloads_rules() {
        for (count, tags) in [(0, 1), (1, 1), (10, 3), (50, 20), (300, 1000), (5000, 300)] {
            let frameworks = of(count, tags);
            let mut ids = HashSet::new();
            let mut shorts = HashSet::new();
            for framework in &frameworks {
                assert!((1..=50).contains(&framework.rules.len()));
                assert!(shorts.insert(&framework.short_name));
                let declared: HashSet<_> = framework.tags.iter().map(|t| &t.tag).collect();
                assert_eq!(declared.len(), framework.tags.len());
                for rule in &framework.rules {
                    assert!(ids.insert(&rule.id), "{}", rule.id);
                    assert!(declared.contains(&rule.classification_tag));
                    let criteria = rule.column_tags.len()
                        + rule.neighbor_column_tags.len()
                        + rule.table_tags.len();
                    assert!(criteria > 0, "{}", rule.id);
                }
            }
            assert_eq!(ids.len(), count as usize);
        }
    }

    #[test]
    fn a_tag_has_one_sensitivity_everywhere() {
        let mut rated = BTreeMap::new();
        for declared in of(5000, 1000).into_iter().flat_map(|f| f.tags) {
            let first = *rated.entry(declared.tag).or_insert(declared.sensitivity);
            assert_eq!(first, declared.sensitivity);
        }
    }

    #[test]
    fn a_third_of_the_rules_build_on_others() {
        let frameworks = of(300, 1000);
        let rules: Vec<_> = frameworks.iter().flat_map(|f| &f.rules).collect();
        let given: HashSet<_> = rules.iter().map(|r| &r.classification_tag).collect();
        let chained = rules
            .iter()
            .filter(|r| {
                let mut read = r.column_tags.iter().chain(&r.neighbor_column_tags);
                read.any(|tag| given.contains(tag))
            })
            .count();
        assert!((80..=110).contains(&chained), "{chained}");
        let everywhere = rules.iter().filter(|r| r.column_tags.is_empty()).count();
        assert!((1..=6).contains(&everywhere), "{everywhere}");
    }

    #[test]
    fn documents_say_what_the_models_say() {
        let spec = Spec {
            rules: 60,
            ..Spec::default()
        };
        let models = framework_models(&spec).unwrap();
        let values = frameworks(&spec).unwrap();
        assert_eq!(models.len(), values.len());
        for (model, value) in models.iter().zip(&values) {
            assert_eq!(value["shortName"], model.short_name.as_str());
            assert_eq!(value["active"], true);
            for (i, rule) in model.rules.iter().enumerate() {
                let entry = &value["rules"][i];
                assert_eq!(entry["name"], rule.name.as_str());
                assert_eq!(
                    entry["classificationTag"]["name"],
                    rule.classification_tag.name.as_str()
                );
                for (n, tag) in rule.column_tags.iter().enumerate() {
                    assert_eq!(entry["columnTags"][n]["name"], tag.name.as_str());
                    assert_eq!(entry["columnTags"][n]["source"], tag.source.as_str());
                }
            }
        }
    }
}
