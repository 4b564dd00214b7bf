//! A data source of a run as a block of bytes.
//!
//! Numbers are written in groups of seven bits, the lowest first. A block is:
//! the id; then for each column its name and the bytes of its rows, each
//! preceded by its length; then for each row the tag, the state and how many
//! rules give it in one number, and the rules.

use crate::evaluate::State;

/// Bits of a row's second number that hold the state.
const STATE_BITS: u32 = 2;

/// Puts data sources into blocks, one after the other.
#[derive(Debug, Default)]
pub struct BlockWriter {
    columns: Vec<u8>,
    rows: Vec<u8>,
}

impl BlockWriter {
    /// A column of the data source at hand: its name and, per assignment, the
    /// number of the tag, the state, and the numbers of the rules that give it.
    pub fn column<'r>(&mut self, name: &str, rows: impl Iterator<Item = (u32, State, &'r [u32])>) {
        self.rows.clear();
        for (tag, state, rules) in rows {
            put(&mut self.rows, u64::from(tag));
            let head = (rules.len() as u64) << STATE_BITS | state as u64;
            put(&mut self.rows, head);
            for rule in rules {
                put(&mut self.rows, u64::from(*rule));
            }
        }
        put_bytes(&mut self.columns, name.as_bytes());
        put_bytes(&mut self.columns, &self.rows);
    }

    /// The data source has no more columns: appends its block.
    pub fn end(&mut self, id: &str, out: &mut Vec<u8>) {
        put_bytes(out, id.as_bytes());
        put_bytes(out, &self.columns);
        self.columns.clear();
    }
}

/// A data source of a run.
#[derive(Debug, Clone, Copy)]
pub struct Block<'b> {
    whole: &'b [u8],
    id: &'b [u8],
    columns: &'b [u8],
}

impl<'b> Block<'b> {
    /// The first of some blocks, and the bytes of the others; `None` at the end.
    pub fn first(bytes: &'b [u8]) -> Option<(Self, &'b [u8])> {
        let mut rest = bytes;
        let (id, columns) = (take_bytes(&mut rest)?, take_bytes(&mut rest)?);
        let whole = bytes.get(..bytes.len() - rest.len())?;
        Some((Block { whole, id, columns }, rest))
    }

    /// The data source's id.
    pub fn id(&self) -> &'b [u8] {
        self.id
    }

    /// All of its bytes.
    pub fn bytes(&self) -> &'b [u8] {
        self.whole
    }

    /// Its columns, in the order in which they came.
    pub(super) fn columns(&self) -> Columns<'b> {
        Columns { rest: self.columns }
    }
}

/// The columns of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<'b> {
    rest: &'b [u8],
}

/// A column of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'b> {
    pub(super) name: &'b [u8],
    pub(super) rows: &'b [u8],
}

impl<'b> Iterator for Columns<'b> {
    type Item = Column<'b>;

    fn next(&mut self) -> Option<Column<'b>> {
        let name = take_bytes(&mut self.rest)?;
        let rows = take_bytes(&mut self.rest)?;
        Some(Column { name, rows })
    }
}

/// The next row of a column: its tag and state; its rules are pushed to `rules`.
#[inline]
pub(super) fn take_row(rest: &mut &[u8], rules: &mut Vec<u32>) -> Option<(u32, State)> {
    let tag = take(rest)? as u32;
    let head = take(rest)?;
    for _ in 0..head >> STATE_BITS {
        rules.push(take(rest)? as u32);
    }
    let state = State::ALL.get((head & ((1 << STATE_BITS) - 1)) as usize)?;
    Some((tag, *state))
}

/// Bytes as text: it was text when it was written.
pub(super) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

#[inline]
fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

#[inline]
fn take(rest: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[inline]
fn take_bytes<'b>(rest: &mut &'b [u8]) -> Option<&'b [u8]> {
    let length = usize::try_from(take(rest)?).ok()?;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    type Rows = Vec<(u32, u8, Vec<u32>)>;

    fn state(number: u8) -> State {
        State::ALL[usize::from(number)]
    }

    fn written(sources: &[(String, Vec<(String, Rows)>)]) -> Vec<u8> {
        let (mut writer, mut out) = (BlockWriter::default(), Vec::new());
        for (id, columns) in sources {
            for (name, rows) in columns {
                let rows = rows
                    .iter()
                    .map(|(tag, s, rules)| (*tag, state(*s), &**rules));
                writer.column(name, rows);
            }
            writer.end(id, &mut out);
        }
        out
    }

    fn read(mut bytes: &[u8]) -> Vec<(String, Vec<(String, Rows)>)> {
        let mut sources = Vec::new();
        while let Some((block, rest)) = Block::first(bytes) {
            let columns = block.columns().map(|column| {
                let (mut rest, mut rows) = (column.rows, Rows::new());
                let mut rules = Vec::new();
                while let Some((tag, state)) = take_row(&mut rest, &mut rules) {
                    rows.push((tag, state as u8, std::mem::take(&mut rules)));
                }
                (text(column.name).to_owned(), rows)
            });
            sources.push((text(block.id()).to_owned(), columns.collect()));
            assert_eq!(block.bytes().as_ptr(), bytes.as_ptr());
            assert_eq!(block.bytes().len(), bytes.len() - rest.len());
            bytes = rest;
        }
        assert!(bytes.is_empty());
        sources
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            sources in vec(
                (".{0,4}", vec((".{0,200}", vec((any::<u32>(), 0..4u8, vec(any::<u32>(), 0..5)), 0..4)), 0..4)),
                0..5,
            ),
        ) {
            prop_assert_eq!(read(&written(&sources)), sources);
        }

        #[test]
        fn any_bytes_come_to_an_end(bytes in vec(any::<u8>(), 0..200)) {
            let mut rest = &bytes[..];
            while let Some((block, after)) = Block::first(rest) {
                for column in block.columns() {
                    let (mut rows, mut rules) = (column.rows, Vec::new());
                    while take_row(&mut rows, &mut rules).is_some() {}
                }
                rest = after;
            }
        }
    }
}
