//! Tags that differ only in case, blanks, Unicode form or source: what people
//! write for the same tag, and what no rule takes for it.

use super::path::ancestors;
use super::{Tag, TagMatch};
use ahash::RandomState;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use unicode_normalization::UnicodeNormalization;

/// Spellings of one name that are kept: the first in the order of tags, so that
/// they do not depend on the order in which they are met.
const MOST_SPELLINGS: usize = 8;

/// A name without what is easily mistaken: in lower case and compatibility form,
/// with plain dashes and quotes, single blanks between words, none at the ends
/// of its parts, and nothing invisible.
///
/// ```
/// use classmark::tag::folded;
/// assert_eq!(folded(" E\u{2013}Mail\u{a0} Address"), "e-mail address");
/// assert_eq!(folded("Gro\u{308}\u{df}e"), folded("GR\u{d6}SSE"));
/// ```
pub fn folded(name: &str) -> Cow<'_, str> {
    let plain = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if name.bytes().all(plain) {
        return Cow::Borrowed(name);
    }
    if name.is_ascii() {
        return Cow::Owned(without_blanks(&name.to_ascii_lowercase()));
    }
    let composed: String = name.nfkc().map(alike).collect();
    // By way of upper case `ß` and `ss`, and both small sigmas, are the same.
    let lower = composed.to_uppercase().to_lowercase();
    let lower: String = lower.nfkc().filter(|c| !is_invisible(*c)).collect();
    Cow::Owned(without_blanks(&lower))
}

/// The plain dash or quote that a character looks like, else itself.
fn alike(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{b4}' | '`' => '\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => '"',
        other => other,
    }
}

/// Whether a character takes no room of its own and joins nothing to a letter.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Single blanks between words, and none beside a dot or at the ends.
fn without_blanks(name: &str) -> String {
    let is_blank = |c: char| c.is_whitespace() || c.is_control();
    let mut plain = String::with_capacity(name.len());
    for (place, part) in name.split('.').enumerate() {
        if place > 0 {
            plain.push('.');
        }
        let words = part.split(is_blank).filter(|word| !word.is_empty());
        for (place, word) in words.enumerate() {
            if place > 0 {
                plain.push(' ');
            }
            plain.push_str(word);
        }
    }
    plain
}

/// Notes which tags of a catalog meet criteria, and which almost do.
///
/// Shared by all threads that read the catalog. What it knows afterwards does
/// not depend on the order in which tags are met.
#[derive(Debug)]
pub struct TagWatch {
    matching: TagMatch,
    /// By folded name.
    names: HashMap<String, Watched, RandomState>,
}

/// The criteria of one folded name.
#[derive(Debug, Default)]
struct Watched {
    /// Each with whether a tag of the catalog meets it.
    criteria: Vec<(Tag, AtomicBool)>,
    /// Tags of the catalog with this folded name that are none of the criteria.
    spellings: RwLock<BTreeSet<Tag>>,
}

impl TagWatch {
    /// Watches for tags that meet these criteria.
    pub fn new<'t>(matching: TagMatch, criteria: impl IntoIterator<Item = &'t Tag>) -> Self {
        let mut names: HashMap<String, Watched, RandomState> = HashMap::default();
        for tag in criteria {
            let watched = names.entry(folded(&tag.name).into_owned()).or_default();
            if watched.criteria.iter().all(|(known, _)| known != tag) {
                let criterion = (tag.clone(), AtomicBool::new(false));
                watched.criteria.push(criterion);
            }
        }
        TagWatch { matching, names }
    }

    /// A tag of the catalog.
    pub fn see(&self, source: &str, name: &str) {
        self.see_as((source, name), name);
        if self.matching == TagMatch::Hierarchical {
            for spelled in ancestors(name) {
                self.see_as((source, name), spelled);
            }
        }
    }

    /// A tag whose name, or one above it, is `spelled` so.
    fn see_as(&self, (source, name): (&str, &str), spelled: &str) {
        let Some(watched) = self.names.get(folded(spelled).as_ref()) else {
            return;
        };
        let mut is_criterion = false;
        for (tag, met) in &watched.criteria {
            if tag.source == source && tag.name == spelled {
                met.store(true, Ordering::Relaxed);
                is_criterion = true;
            }
        }
        if !is_criterion {
            watched.note(source, name);
        }
    }

    /// Whether a tag of the catalog meets the criterion.
    pub fn is_met(&self, criterion: &Tag) -> bool {
        let watched = self.names.get(folded(&criterion.name).as_ref());
        let mut criteria = watched.iter().flat_map(|watched| &watched.criteria);
        criteria.any(|(tag, met)| tag == criterion && met.load(Ordering::Relaxed))
    }

    /// The tags of the catalog that almost meet the criterion, and are no criteria
    /// themselves or are met: those of its source first, a few at most.
    pub fn near(&self, criterion: &Tag) -> Vec<Tag> {
        let Some(watched) = self.names.get(folded(&criterion.name).as_ref()) else {
            return Vec::new();
        };
        let spellings = match watched.spellings.read() {
            Ok(spellings) => spellings.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        };
        let met = watched.criteria.iter();
        let met = met.filter(|(tag, met)| tag != criterion && met.load(Ordering::Relaxed));
        let mut near: Vec<Tag> = met
            .map(|(tag, _)| tag.clone())
            .chain(spellings.into_iter().filter(|tag| tag != criterion))
            .collect();
        let source = folded(&criterion.source);
        near.sort_by_cached_key(|tag| (folded(&tag.source) != source, tag.clone()));
        near.dedup();
        near.truncate(MOST_SPELLINGS);
        near
    }
}

impl Watched {
    fn note(&self, source: &str, name: &str) {
        let is_this = |tag: &Tag| tag.source == source && tag.name == name;
        let is_past = |last: &Tag| (&*last.name, &*last.source) <= (name, source);
        if let Ok(spellings) = self.spellings.read() {
            let full = spellings.len() >= MOST_SPELLINGS;
            if spellings.iter().any(is_this) || full && spellings.last().is_some_and(is_past) {
                return;
            }
        }
        if let Ok(mut spellings) = self.spellings.write() {
            spellings.insert(Tag::new(source, name));
            if spellings.len() > MOST_SPELLINGS {
                spellings.pop_last();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_take_for_the_same_fold_alike() {
        for (a, b) in [
            ("Email", "EMAIL"),
            ("Email", " email\t"),
            ("E Mail", "E\u{a0}\u{2009} Mail"),
            ("Discovered.PII", "Discovered . PII "),
            ("Caf\u{e9}", "Cafe\u{301}"),
            ("\u{fb01}nance", "Finance"),
            ("\u{ff30}\u{ff29}\u{ff29}", "PII"),
            ("E-Mail", "E\u{2011}Mail"),
            ("Driver's", "Driver\u{2019}s"),
            ("Stra\u{df}e", "STRASSE"),
            (
                "\u{39f}\u{394}\u{39f}\u{3a3}",
                "\u{3bf}\u{3b4}\u{3bf}\u{3c3}",
            ),
            ("P\u{200b}II\u{feff}", "PII"),
        ] {
            assert_eq!(folded(a), folded(b), "{a:?} {b:?}");
        }
        for (a, b) in [
            ("Email", "E-Mail"),
            ("a.b", "a b"),
            ("ab", "a b"),
            ("1", "2"),
        ] {
            assert_ne!(folded(a), folded(b));
        }
    }

    #[test]
    fn spellings_do_not_depend_on_the_order() {
        let wanted = [Tag::curated("Email"), Tag::curated("email")];
        let spelled: Vec<String> = (0..20).map(|n| format!("EMAIL{}", " ".repeat(n))).collect();
        let look = |order: Vec<&String>| {
            let watch = TagWatch::new(TagMatch::Exact, &wanted);
            order.iter().for_each(|name| watch.see("x", name));
            watch.see("curated", "email");
            assert!(watch.is_met(&wanted[1]) && !watch.is_met(&wanted[0]));
            watch.near(&wanted[0])
        };
        let there = look(spelled.iter().collect());
        assert_eq!(there, look(spelled.iter().rev().collect()));
        assert_eq!(there[0], wanted[1], "the one of the same source");
        assert_eq!(there.len(), MOST_SPELLINGS);
    }

    #[test]
    fn in_hierarchical_matching_descendants_count() {
        let wanted = [Tag::curated("user"), Tag::curated("asset.id")];
        let watch = TagWatch::new(TagMatch::Hierarchical, &wanted);
        watch.see("curated", "User.contact.Email");
        watch.see("curated", "asset.id.external");
        assert!(!watch.is_met(&wanted[0]) && watch.is_met(&wanted[1]));
        assert_eq!(watch.near(&wanted[0]), [Tag::curated("User.contact.Email")]);
    }
}
