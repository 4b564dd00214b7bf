//! Rules that others name by their ids.

use super::markup::Markup;
use super::sentence::Sentence;
use crate::framework::Rule;
use crate::output::rollup::report::escaped::{Escaped, Name};
use crate::server::answer::Refusal;
use crate::server::frameworks::parsed;
use crate::store::Store;
use std::collections::BTreeMap;

/// Rules by their ids, each with where it stands.
#[derive(Debug, Default)]
pub(super) struct Rules(BTreeMap<String, Known>);

/// A rule, and the framework that has it.
#[derive(Debug)]
struct Known {
    framework: String,
    name: String,
    active: bool,
    /// Its place in the framework, from 1.
    place: usize,
    rule: Rule,
}

impl Rules {
    /// Those of these ids that stored frameworks have; of an id that several
    /// have, the rule of the active one, or else of the oldest.
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub(super) fn find(store: &Store, mut ids: Vec<String>) -> Result<Self, Refusal> {
        ids.sort_unstable();
        ids.dedup();
        let mut chosen: BTreeMap<String, (String, bool)> = BTreeMap::new();
        for (rule, home, active) in store.homes(&ids)? {
            let best = chosen.entry(rule).or_insert_with(|| (home.clone(), active));
            if active && !best.1 {
                *best = (home, active);
            }
        }
        let mut by_home: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (rule, (home, _)) in chosen {
            by_home.entry(home).or_default().push(rule);
        }
        let mut known = BTreeMap::new();
        for (home, wanted) in by_home {
            // It may have gone meanwhile.
            let Ok(stored) = store.framework(&home) else {
                continue;
            };
            let Ok(read) = parsed(&stored) else {
                continue;
            };
            for (place, rule) in (1..).zip(read.rules) {
                if wanted.binary_search(&rule.id).is_ok() {
                    let found = Known {
                        framework: home.clone(),
                        name: read.name.clone(),
                        active: stored.active,
                        place,
                        rule,
                    };
                    known.insert(found.rule.id.clone(), found);
                }
            }
        }
        Ok(Rules(known))
    }

    /// A rule as a sentence, with a link to where it stands.
    pub(super) fn write(&self, to: &mut Markup, id: &str) {
        let Some(known) = self.0.get(id) else {
            write!(
                to,
                "<code>{}</code> <span class=\"quiet\">No stored framework has this rule.</span>",
                Name(id)
            );
            return;
        };
        let (home, place) = (Escaped(&known.framework), known.place);
        write!(
            to,
            "<a href=\"/view/frameworks/{home}#r{place}\"><code>{}</code></a> {}",
            Name(id),
            Sentence(&known.rule)
        );
        if !known.active {
            write!(
                to,
                " <span class=\"quiet\">Not evaluated: {} is inactive.</span>",
                Name(&known.name)
            );
        }
    }
}
