//! Levels in the deprecated encoding `BIT_PACKED`, turned into the one that all
//! readers know.
//!
//! Such levels stand without their length, and each from its most significant
//! bit on: the `parquet` crate takes the bits the other way round.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};

/// The levels of a page of version 1.
pub(super) struct Levels {
    pub(super) highest: i16,
    pub(super) encoding: Encoding,
}

/// Whether a page has levels that are to be turned.
pub(super) fn is_bit_packed(levels: &[Levels; 2]) -> bool {
    levels.iter().any(Levels::is_bit_packed)
}

impl Levels {
    fn is_bit_packed(&self) -> bool {
        #[expect(deprecated, reason = "old files have it")]
        let bit_packed = Encoding::BIT_PACKED;
        self.highest > 0 && self.encoding == bit_packed
    }
}

/// A page's bytes with all levels, repetitions first, in RLE.
pub(super) fn with_rle_levels(page: &Bytes, levels: &[Levels; 2], values: u32) -> Result<Bytes> {
    let mut out = Vec::with_capacity(page.len() + 16);
    let mut rest = &page[..];
    for levels in levels {
        if levels.highest == 0 {
            continue;
        }
        let packed = levels.is_bit_packed();
        let taken = match packed {
            true => {
                let width = u64::from(width(levels.highest));
                usize::try_from((u64::from(values) * width).div_ceil(8)).ok()
            }
            false => length_before(rest).and_then(|length| length.checked_add(4)),
        };
        let (stream, after) = taken
            .and_then(|taken| rest.split_at_checked(taken))
            .ok_or_else(short)?;
        match packed {
            true => turn(stream, levels.highest, values as usize, &mut out)?,
            false => out.extend_from_slice(stream),
        }
        rest = after;
    }
    out.extend_from_slice(rest);
    Ok(out.into())
}

fn short() -> ParquetError {
    ParquetError::General("a page ends within its levels".into())
}

fn length_before(bytes: &[u8]) -> Option<usize> {
    let length: &[u8; 4] = bytes.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*length)).ok()
}

fn width(highest: i16) -> u32 {
    u16::BITS - highest.unsigned_abs().leading_zeros()
}

/// Appends levels with their length before them, in groups of eight.
fn turn(stream: &[u8], highest: i16, count: usize, out: &mut Vec<u8>) -> Result<()> {
    let width = width(highest) as usize;
    let groups = count.div_ceil(8);
    let mut packed = vec![0u8; groups * width];
    let bit_of = |at: usize| {
        stream
            .get(at / 8)
            .is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1)
    };
    for place in 0..count {
        let mut level = 0u32;
        for bit in 0..width {
            level = level << 1 | u32::from(bit_of(place * width + bit));
        }
        if level > u32::from(highest.unsigned_abs()) {
            return Err(ParquetError::General("a level is higher than any".into()));
        }
        for bit in 0..width {
            let at = place * width + bit;
            if let Some(byte) = packed.get_mut(at / 8) {
                *byte |= u8::from(level >> bit & 1 == 1) << (at % 8);
            }
        }
    }
    // What pads the last byte is 0, else the bits were packed the other way round.
    if (count * width..stream.len() * 8).any(bit_of) {
        return Err(ParquetError::NYI(
            "its levels are bit-packed in another order than the format has: \
             write the file again with a newer writer"
                .into(),
        ));
    }
    let mut head = Vec::new();
    let mut rest = (groups as u64) << 1 | 1;
    while rest >= 0x80 {
        head.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    head.push(rest as u8);
    let length = u32::try_from(head.len() + packed.len()).map_err(ParquetError::from)?;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&head);
    out.extend_from_slice(&packed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Levels, with_rle_levels};
    use bytes::Bytes;

    #[expect(deprecated, reason = "old files have it")]
    const BIT_PACKED: Encoding = Encoding::BIT_PACKED;

    fn turned(page: &[u8], highest: [i16; 2], encodings: [Encoding; 2]) -> Option<Vec<u8>> {
        let [repetition, definition] = highest;
        let levels = [(repetition, encodings[0]), (definition, encodings[1])];
        let levels = levels.map(|(highest, encoding)| Levels { highest, encoding });
        let page = with_rle_levels(&Bytes::copy_from_slice(page), &levels, 10);
        page.ok().map(|page| page.to_vec())
    }

    #[test]
    fn levels_are_turned_bit_by_bit() {
        // 1 0 1 1 0 0 0 1, 1 1 from the most significant bit on, then a value.
        let page = [0b1011_0001, 0b1100_0000, 7];
        let wanted = vec![3, 0, 0, 0, 5, 0b1000_1101, 0b0000_0011, 7];
        assert_eq!(
            turned(&page, [0, 1], [Encoding::RLE, BIT_PACKED]),
            Some(wanted)
        );
        // Two bits a level: 0 1 2 0 1 2 0 1, 2 2.
        let page = [0b0001_1000, 0b0110_0001, 0b1010_0000, 7];
        let stream = [0b0010_0100, 0b0100_1001, 0b0000_1010, 0];
        let wanted = [&[5, 0, 0, 0, 5][..], &stream, &[7]].concat();
        assert_eq!(
            turned(&page, [0, 2], [Encoding::RLE, BIT_PACKED]),
            Some(wanted)
        );
    }

    #[test]
    fn levels_in_rle_stay_beside_packed_ones() {
        let page = [2, 0, 0, 0, 20, 0, 0xff, 0xc0, 7];
        let wanted = vec![2, 0, 0, 0, 20, 0, 3, 0, 0, 0, 5, 0xff, 3, 7];
        assert_eq!(
            turned(&page, [1, 1], [Encoding::RLE, BIT_PACKED]),
            Some(wanted)
        );
        for cut in 0..8 {
            assert_eq!(
                turned(&page[..cut], [1, 1], [Encoding::RLE, BIT_PACKED]),
                None
            );
        }
    }

    #[test]
    fn levels_packed_the_other_way_round_are_refused() {
        let page = [0b1000_1101, 0b0000_0011, 7];
        assert_eq!(turned(&page, [0, 1], [Encoding::RLE, BIT_PACKED]), None);
        // A level that is higher than any.
        assert_eq!(
            turned(&[0xff, 0xff, 0xf0], [0, 2], [Encoding::RLE, BIT_PACKED]),
            None
        );
    }
}
