//! Names to numbers: the one place where the rules' side and the catalog's side meet.

use super::{Tag, TagWatch, path::ancestors};
use ahash::RandomState;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

/// When a tag on a column meets a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum TagMatch {
    /// The tag itself, to the letter.
    #[default]
    Exact,
    /// The tag itself or any descendant of it in the same source.
    Hierarchical,
}

/// Numbers for the tags that rules name, and for nothing else.
///
/// A catalog may bear a million different tags; what rules do not name has no
/// number, so sets of numbers stay as narrow as the rules.
///
/// The numbers are *atoms*. In exact matching a tag has one atom. In
/// hierarchical matching "this very tag is on the column" and "a criterion for
/// this tag is met" are two facts, so they are two atoms, and one tag of the
/// catalog may bring several.
///
/// Atoms below [`Vocabulary::tags`]`.len()` number tags in the order of
/// [`Tag`]; the order depends on nothing else.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    matching: TagMatch,
    tags: Vec<Tag>,
    /// Per tag: whether a framework declares it or a rule gives it.
    results: Vec<bool>,
    /// Per tag: the atom that says "a criterion for it is met".
    criteria: Vec<Option<u32>>,
    width: u32,
    /// Name → (source, number of the tag).
    names: HashMap<String, SmallVec<[(String, u32); 1]>, RandomState>,
    /// Who is told of every tag that is looked up.
    watch: Option<Arc<TagWatch>>,
}

/// Collects the tags that rules name.
#[derive(Debug, Default)]
pub struct VocabularyBuilder {
    matching: TagMatch,
    /// Tag → (is a result, is a criterion).
    named: HashMap<Tag, (bool, bool), RandomState>,
}

impl VocabularyBuilder {
    /// An empty vocabulary in the making.
    pub fn new(matching: TagMatch) -> Self {
        VocabularyBuilder {
            matching,
            named: HashMap::default(),
        }
    }

    /// Makes room for so many more tags.
    pub fn reserve(&mut self, tags: usize) {
        self.named.reserve(tags);
    }

    /// A tag that a rule wants.
    pub fn criterion(&mut self, tag: &Tag) {
        self.note(tag, |named| named.1 = true);
    }

    /// A tag that a rule gives or a framework declares.
    pub fn result(&mut self, tag: &Tag) {
        self.note(tag, |named| named.0 = true);
    }

    fn note(&mut self, tag: &Tag, mark: impl FnOnce(&mut (bool, bool))) {
        // Looked up first: most tags are named again and again.
        if let Some(named) = self.named.get_mut(tag) {
            return mark(named);
        }
        let mut named = (false, false);
        mark(&mut named);
        self.named.insert(tag.clone(), named);
    }

    /// The vocabulary of all tags named so far.
    pub fn build(self) -> Vocabulary {
        let mut vocabulary = Vocabulary {
            matching: self.matching,
            tags: Vec::with_capacity(self.named.len()),
            results: Vec::with_capacity(self.named.len()),
            criteria: Vec::with_capacity(self.named.len()),
            width: u32::try_from(self.named.len()).unwrap_or(u32::MAX),
            names: HashMap::with_capacity_and_hasher(self.named.len(), RandomState::new()),
            watch: None,
        };
        let mut named: Vec<_> = self.named.into_iter().collect();
        named.sort_unstable();
        for (number, (tag, (result, criterion))) in (0u32..).zip(named) {
            let met = criterion.then(|| match self.matching {
                TagMatch::Exact => number,
                TagMatch::Hierarchical => {
                    vocabulary.width += 1;
                    vocabulary.width - 1
                }
            });
            vocabulary
                .names
                .entry(tag.name.clone())
                .or_default()
                .push((tag.source.clone(), number));
            vocabulary.tags.push(tag);
            vocabulary.results.push(result);
            vocabulary.criteria.push(met);
        }
        vocabulary
    }
}

impl Vocabulary {
    /// The same numbers; `watch` is told of every tag that is looked up.
    pub fn watched(&self, watch: Arc<TagWatch>) -> Vocabulary {
        Vocabulary {
            watch: Some(watch),
            ..self.clone()
        }
    }

    /// How tags meet criteria.
    pub fn matching(&self) -> TagMatch {
        self.matching
    }

    /// The named tags, each at its number.
    pub fn tags(&self) -> &[Tag] {
        &self.tags
    }

    /// The number of atoms: every atom is below it.
    pub fn width(&self) -> usize {
        self.width as usize
    }

    /// The number of a tag, if rules name it.
    pub fn number(&self, source: &str, name: &str) -> Option<u32> {
        self.names
            .get(name)?
            .iter()
            .find(|(s, _)| s == source)
            .map(|(_, n)| *n)
    }

    /// The atom that says "a criterion for this tag is met", if it is a criterion.
    pub fn criterion(&self, tag: &Tag) -> Option<u32> {
        self.criteria
            .get(self.number(&tag.source, &tag.name)? as usize)
            .copied()
            .flatten()
    }

    /// Whether atom `atom` says that a very tag is there which a framework
    /// declares or a rule gives.
    pub fn is_result(&self, atom: u32) -> bool {
        self.results.get(atom as usize).copied().unwrap_or(false)
    }

    /// Adds to `atoms` what a tag on a column makes true; nothing when no rule
    /// could notice the tag.
    ///
    /// ```
    /// use classmark::tag::{Tag, TagMatch, VocabularyBuilder};
    /// let mut builder = VocabularyBuilder::new(TagMatch::Hierarchical);
    /// builder.criterion(&Tag::curated("user"));
    /// let vocabulary = builder.build();
    /// let mut atoms = Vec::new();
    /// vocabulary.resolve("curated", "user.contact.email", &mut atoms);
    /// assert_eq!(atoms, [vocabulary.criterion(&Tag::curated("user")).unwrap()]);
    /// ```
    pub fn resolve(&self, source: &str, name: &str, atoms: &mut Vec<u32>) {
        if let Some(watch) = &self.watch {
            watch.see(source, name);
        }
        match self.matching {
            TagMatch::Exact => atoms.extend(self.number(source, name)),
            TagMatch::Hierarchical => self.resolve_upwards(source, name, atoms),
        }
    }

    fn resolve_upwards(&self, source: &str, name: &str, atoms: &mut Vec<u32>) {
        if let Some(own) = self.number(source, name) {
            atoms.extend(self.is_result(own).then_some(own));
            atoms.extend(self.criteria[own as usize]);
        }
        for above in ancestors(name) {
            if let Some(number) = self.number(source, above) {
                atoms.extend(self.criteria[number as usize]);
            }
        }
    }
}
