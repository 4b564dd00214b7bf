//! What rules can notice of a catalog's tags: most of them only beside others,
//! and many never.

use ahash::RandomState;
use std::collections::HashSet;

/// When rules can notice an atom on a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heed {
    /// Never: without it, everything comes out the same.
    Never,
    /// Only on columns that bear one of certain other atoms, too.
    Beside,
    /// Wherever it is.
    Always,
}

/// Which atoms rules can notice, and where. What they cannot notice need not
/// be told apart: the fewer atoms columns seem to bear, the more of them seem
/// alike.
///
/// Nothing may depend on it but time.
///
/// ```
/// use classmark::tag::{Heed, Notice};
/// let mut notice = Notice::nothing(3);
/// notice.always(0);
/// notice.beside(1, 2);
/// assert_eq!(notice.on_column(0), Heed::Always);
/// assert_eq!(notice.on_column(1), Heed::Beside);
/// assert!(notice.is_beside(1, 2) && !notice.is_beside(1, 0));
/// assert_eq!(Notice::everything().on_column(2), Heed::Always);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Notice {
    /// Per atom; atoms beyond the last are noticed wherever they are.
    on_columns: Vec<Heed>,
    on_sources: Vec<bool>,
    /// (an atom, another one beside which it is noticed)
    pairs: HashSet<(u32, u32), RandomState>,
    /// What all this was concluded from, if not every atom may occur.
    present: Option<Present>,
}

impl Notice {
    /// Every atom is noticed wherever it is.
    pub fn everything() -> Self {
        Notice::default()
    }

    /// No atom below `width` is noticed anywhere, until more is said.
    pub fn nothing(width: usize) -> Self {
        Notice {
            on_columns: vec![Heed::Never; width],
            on_sources: vec![false; width],
            pairs: HashSet::default(),
            present: None,
        }
    }

    /// All this holds only where no other atoms occur.
    pub fn given(mut self, present: Option<&Present>) -> Self {
        self.present = present.cloned();
        self
    }

    /// Whether an atom occurs on a column, or on a data source itself, that
    /// should occur nowhere there: then nothing of this holds.
    pub fn is_surprised(&self, atom: u32, of_source: bool) -> bool {
        let expected = self.present.as_ref().map(|present| match of_source {
            true => &present.on_sources,
            false => &present.on_columns,
        });
        expected.is_some_and(|there| there.get(atom as usize) == Some(&false))
    }

    /// An atom is noticed on every column.
    pub fn always(&mut self, atom: u32) {
        if let Some(heed) = self.on_columns.get_mut(atom as usize) {
            *heed = Heed::Always;
        }
    }

    /// An atom is noticed on columns that bear `other`, too.
    pub fn beside(&mut self, atom: u32, other: u32) {
        if let Some(heed) = self.on_columns.get_mut(atom as usize)
            && *heed != Heed::Always
        {
            *heed = Heed::Beside;
            self.pairs.insert((atom, other));
        }
    }

    /// An atom is noticed on data sources themselves.
    pub fn on_its_source(&mut self, atom: u32) {
        if let Some(noticed) = self.on_sources.get_mut(atom as usize) {
            *noticed = true;
        }
    }

    /// When an atom is noticed on a column.
    pub fn on_column(&self, atom: u32) -> Heed {
        let heed = self.on_columns.get(atom as usize);
        heed.copied().unwrap_or(Heed::Always)
    }

    /// Whether an atom is noticed on data sources themselves.
    pub fn on_source(&self, atom: u32) -> bool {
        let noticed = self.on_sources.get(atom as usize);
        noticed.copied().unwrap_or(true)
    }

    /// Whether an atom that is not always noticed is noticed beside another one.
    pub fn is_beside(&self, atom: u32, other: u32) -> bool {
        self.pairs.contains(&(atom, other))
    }

    /// The same for whoever cannot tell what stands beside an atom: it might
    /// be anything.
    pub fn apart(&self) -> Self {
        let apart = |heed: &Heed| match heed {
            Heed::Beside => Heed::Always,
            other => *other,
        };
        Notice {
            on_columns: self.on_columns.iter().map(apart).collect(),
            on_sources: self.on_sources.clone(),
            pairs: HashSet::default(),
            present: self.present.clone(),
        }
    }
}

/// Which atoms occur in a catalog at all: perhaps fewer than this says, and
/// surely no others.
#[derive(Debug, Clone, Default)]
pub struct Present {
    /// Per atom: whether it is on some column.
    pub on_columns: Vec<bool>,
    /// Per atom: whether it is on some data source itself.
    pub on_sources: Vec<bool>,
}

impl Present {
    /// Nothing met yet, of atoms below `width`.
    pub fn nothing(width: usize) -> Self {
        Present {
            on_columns: vec![false; width],
            on_sources: vec![false; width],
        }
    }

    /// What occurs here or there.
    pub fn join(&mut self, other: &Present) {
        let sides = [
            (&mut self.on_columns, &other.on_columns),
            (&mut self.on_sources, &other.on_sources),
        ];
        for (mine, theirs) in sides {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine |= theirs;
            }
        }
    }
}
