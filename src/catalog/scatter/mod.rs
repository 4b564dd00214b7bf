//! Rows whose data sources lie scattered: dealt out by a hash of the id, kept
//! in memory while there is room and on disk when there is none, and gathered
//! share by share.
//!
//! Into how many shares a catalog is dealt depends on its rows alone, and a
//! share is put in the order of (hash, id, position). So neither memory nor
//! threads can be seen in the results.

mod block;
mod deal;
mod dictionaries;
mod disk;
mod gather;
mod shares;
#[cfg(test)]
mod tests;
mod text_list;

pub use block::Block;
pub use deal::Dealer;
pub(super) use deal::Numbers;
pub use gather::Gatherer;
pub use shares::{Cut, Dealt, Shares};

/// About how many rows a share holds.
const SHARE_ROWS: u64 = 1 << 18;
/// More shares than this are not opened, whatever the catalog's size.
const MOST_SHARES: u64 = 1 << 12;

/// Into how many shares so many rows are dealt: a power of two.
fn shares_for(rows: u64) -> usize {
    rows.div_ceil(SHARE_ROWS)
        .next_power_of_two()
        .min(MOST_SHARES) as usize
}

/// The share that an id with this hash belongs to: by the hash's highest
/// bits, so that shares follow one another in the order of hashes.
fn share_of(hash: u64, shares: usize) -> u16 {
    let bits = shares.trailing_zeros();
    if bits == 0 {
        0
    } else {
        (hash >> (64 - bits)) as u16
    }
}
