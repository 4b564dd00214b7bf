//! Some thousand rows, dealt out: those of one share follow one another.

use super::share_of;
use super::text_list::TextList;
use crate::bits::SetTable;
use crate::catalog::ids::Ids;
use std::cmp::Ordering;
use std::ops::Range;
use twox_hash::XxHash3_64;

/// Marks a number of a name or a set that is the block's own, and in no dictionary.
pub(super) const OWN: u32 = 1 << 31;
/// So many bytes of ids or names end a block, too.
const MOST_BYTES: usize = 1 << 26;

/// Where a block stands in the catalog: its stretch, and its number in it.
pub(super) type Place = (u32, u32);

/// Rows as they are kept until their share is gathered.
#[derive(Debug, Default)]
pub struct Block {
    pub(super) place: Place,
    /// Per share: where its rows end.
    pub(super) ends: Vec<u32>,
    pub(super) ids: IdList,
    pub(super) rows: Rows,
    pub(super) own: Own,
}

/// Names and sets of rows, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) names: Vec<u32>,
    pub(super) columns: Vec<u32>,
    pub(super) tables: Vec<u32>,
}

/// What has no number in the dictionaries.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) names: TextList,
    pub(super) sets: SetTable,
}

/// The ids of a block's rows.
#[derive(Debug)]
pub(super) enum IdList {
    Text(TextList),
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
}

impl Default for IdList {
    fn default() -> Self {
        IdList::Text(TextList::default())
    }
}

impl Block {
    /// The rows of a share.
    pub(super) fn rows_of(&self, share: usize) -> Range<usize> {
        let end = |share: usize| self.ends.get(share).map_or(0, |end| *end as usize);
        share.checked_sub(1).map_or(0, end)..end(share)
    }

    /// Bytes of memory.
    pub(super) fn held(&self) -> u64 {
        let rows = &self.rows;
        let numbers = [&self.ends, &rows.names, &rows.columns, &rows.tables]
            .map(|numbers| numbers.capacity() * size_of::<u32>());
        let sets = self.own.sets.numbers() * size_of::<u32>() + self.own.sets.len() * 16;
        let own = self.own.names.held() + sets;
        (numbers.iter().sum::<usize>() + self.ids.held() + own) as u64
    }
}

impl IdList {
    /// An empty list of ids like these.
    fn like(ids: &Ids) -> Self {
        match ids {
            Ids::Text(_) => IdList::Text(TextList::default()),
            Ids::Signed(_) => IdList::Signed(Vec::new()),
            Ids::Unsigned(_) => IdList::Unsigned(Vec::new()),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            IdList::Text(ids) => ids.bytes(),
            _ => 0,
        }
    }

    fn held(&self) -> usize {
        match self {
            IdList::Text(ids) => ids.held(),
            IdList::Signed(ids) => ids.capacity() * size_of::<i64>(),
            IdList::Unsigned(ids) => ids.capacity() * size_of::<u64>(),
        }
    }

    /// Adds a row's id.
    fn push(&mut self, ids: &Ids, row: usize) {
        match (self, ids) {
            (IdList::Text(list), Ids::Text(ids)) => list.push(ids.get(row).unwrap_or_default()),
            (IdList::Signed(list), Ids::Signed(ids)) => list.push(ids.value(row)),
            (IdList::Unsigned(list), Ids::Unsigned(ids)) => list.push(ids.value(row)),
            // A catalog's ids are of one kind.
            (list, ids) => {
                *list = IdList::like(ids);
                list.push(ids, row);
            }
        }
    }

    /// The ids in another order; none are left here.
    fn in_order(&mut self, order: &[u32]) -> Self {
        match self {
            IdList::Text(list) => {
                let mut ids = TextList::with_room_for(order.len(), list.bytes());
                for row in order {
                    ids.push(list.get(*row as usize));
                }
                list.clear();
                IdList::Text(ids)
            }
            IdList::Signed(list) => IdList::Signed(in_order(list, order)),
            IdList::Unsigned(list) => IdList::Unsigned(in_order(list, order)),
        }
    }

    /// The hash of a row's id: the same as [`Ids::hash`].
    pub(super) fn hash(&self, row: usize) -> u64 {
        match self {
            IdList::Text(ids) => XxHash3_64::oneshot(ids.get(row).as_bytes()),
            IdList::Signed(ids) => XxHash3_64::oneshot(&ids[row].to_le_bytes()),
            IdList::Unsigned(ids) => XxHash3_64::oneshot(&ids[row].to_le_bytes()),
        }
    }

    /// The order of a row's id and one of another list.
    pub(super) fn compare(&self, row: usize, other: &IdList, at: usize) -> Ordering {
        match (self, other) {
            (IdList::Text(a), IdList::Text(b)) => a.get(row).cmp(b.get(at)),
            (IdList::Signed(a), IdList::Signed(b)) => a[row].cmp(&b[at]),
            (IdList::Unsigned(a), IdList::Unsigned(b)) => a[row].cmp(&b[at]),
            (a, b) => a.kind().cmp(&b.kind()),
        }
    }

    /// Whether a row's id is one of another list.
    pub(super) fn same(&self, row: usize, other: &IdList, at: usize) -> bool {
        match (self, other) {
            (IdList::Text(a), IdList::Text(b)) => a.get(row) == b.get(at),
            _ => self.compare(row, other, at).is_eq(),
        }
    }

    fn kind(&self) -> u8 {
        match self {
            IdList::Text(_) => 0,
            IdList::Signed(_) => 1,
            IdList::Unsigned(_) => 2,
        }
    }
}

/// A block in the making: rows in the order of the catalog.
#[derive(Debug, Default)]
pub(super) struct BlockBuilder {
    shares: Vec<u16>,
    ids: IdList,
    rows: Rows,
    own: Own,
}

impl BlockBuilder {
    pub(super) fn len(&self) -> usize {
        self.shares.len()
    }

    /// Whether the strings alone are enough for a block.
    pub(super) fn is_large(&self) -> bool {
        self.ids.bytes() > MOST_BYTES || self.own.names.bytes() > MOST_BYTES
    }

    /// Adds a row.
    pub(super) fn push(
        &mut self,
        share: u16,
        (ids, row): (&Ids, usize),
        name: u32,
        sets: [u32; 2],
    ) {
        self.shares.push(share);
        self.ids.push(ids, row);
        self.rows.names.push(name);
        self.rows.columns.push(sets[0]);
        self.rows.tables.push(sets[1]);
    }

    /// The number of a name that is in no dictionary.
    pub(super) fn own_name(&mut self, name: &str) -> u32 {
        self.own.names.push(name);
        OWN | (self.own.names.len() - 1) as u32
    }

    /// The number of a set that is in no dictionary.
    pub(super) fn own_set(&mut self, set: &[u32]) -> u32 {
        OWN | self.own.sets.intern(set)
    }

    /// The rows so far, dealt out; within a share they keep their order.
    pub(super) fn finish(&mut self, place: Place, shares: usize) -> Block {
        let mut ends = vec![0; shares];
        for share in &self.shares {
            ends[usize::from(*share)] += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            // Where a share begins, until its rows have been placed.
            sum += std::mem::replace(end, sum);
        }
        let mut order = vec![0; self.shares.len()];
        for (row, share) in (0..).zip(&self.shares) {
            let next = &mut ends[usize::from(*share)];
            order[*next as usize] = row;
            *next += 1;
        }
        self.shares.clear();
        let mut rows = Rows {
            names: in_order(&mut self.rows.names, &order),
            columns: in_order(&mut self.rows.columns, &order),
            tables: in_order(&mut self.rows.tables, &order),
        };
        let mut own = std::mem::take(&mut self.own);
        own.names = in_use(&own.names, &mut rows.names);
        Block {
            place,
            ends,
            ids: self.ids.in_order(&order),
            rows,
            own,
        }
    }
}

/// Values in another order; none are left.
fn in_order<T: Copy>(values: &mut Vec<T>, order: &[u32]) -> Vec<T> {
    let ordered = order.iter().map(|row| values[*row as usize]).collect();
    values.clear();
    ordered
}

/// The names that rows use as the block's own, in the order of the rows.
fn in_use(own: &TextList, names: &mut [u32]) -> TextList {
    if own.len() == 0 {
        return TextList::default();
    }
    let mut used = TextList::with_room_for(own.len(), own.bytes());
    for name in names.iter_mut().filter(|name| **name & OWN != 0) {
        used.push(own.get((*name & !OWN) as usize));
        *name = OWN | (used.len() - 1) as u32;
    }
    used
}

/// The share of a row's id.
pub(super) fn share(ids: &Ids, row: usize, shares: usize) -> u16 {
    share_of(ids.hash(row), shares)
}
