//! Parquet's hybrid of runs and packed bits: small numbers, most of them few bits wide.

/// Numbers are packed in groups of so many.
const GROUP: usize = 8;

/// How many bits the largest of `count` numbers from 0 on takes; at least
/// one, since some readers stumble over none.
pub(super) fn width_for(count: usize) -> u8 {
    let largest = count.saturating_sub(1);
    (usize::BITS - largest.leading_zeros()).max(1) as u8
}

/// Appends numbers, each at most `width` bits wide.
pub(super) fn encode(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    let (mut packed, mut at) = (0, 0);
    while let Some(group) = numbers.get(at..).and_then(<[u32]>::first_chunk::<GROUP>) {
        if !is_run(group) {
            at += GROUP;
            continue;
        }
        let value = group[0];
        let rest = &numbers[at + GROUP..];
        let run = GROUP + rest.iter().take_while(|n| **n == value).count();
        pack(&numbers[packed..at], width, out);
        repeat(value, run, width, out);
        at += run;
        packed = at;
    }
    pack(&numbers[packed..], width, out);
}

/// Appends one number `count` times.
pub(super) fn repeat(number: u32, count: usize, width: u8, out: &mut Vec<u8>) {
    if count > 0 {
        varint((count as u64) << 1, out);
        let bytes = usize::from(width).div_ceil(8);
        out.extend_from_slice(&number.to_le_bytes()[..bytes]);
    }
}

/// Appends numbers given as runs, each of them how often; `pending` is working memory.
pub(super) fn encode_runs(
    runs: &[(u32, usize)],
    width: u8,
    pending: &mut Vec<u32>,
    out: &mut Vec<u8>,
) {
    let mut filled = 0usize;
    for &(number, count) in runs {
        // Only whole groups of packed numbers may stand before a run.
        let fill = count.min(filled.wrapping_neg() % GROUP);
        let rest = count - fill;
        if rest < GROUP {
            // At most 14 numbers: two moves of a fixed size, of which what is
            // too much is overwritten by the next run.
            if pending.len() < filled + 2 * GROUP {
                pending.resize(2 * pending.len() + 2 * GROUP, 0);
            }
            pending[filled..filled + 2 * GROUP].copy_from_slice(&[number; 2 * GROUP]);
            filled += count;
        } else {
            pending.truncate(filled);
            pending.resize(filled + fill, number);
            pack(pending, width, out);
            filled = 0;
            repeat(number, rest, width, out);
        }
    }
    pending.truncate(filled);
    pack(pending, width, out);
}

/// Appends one bit of each of `levels`.
pub(super) fn encode_bit(levels: &[u8], bit: u8, out: &mut Vec<u8>) {
    let (mut packed, mut at) = (0, 0);
    while let Some(group) = levels.get(at..).and_then(<[u8]>::first_chunk::<GROUP>) {
        let bits = bits_of(*group, bit);
        if bits != 0 && bits != u8::MAX {
            at += GROUP;
            continue;
        }
        let value = bits & 1;
        let rest = &levels[at + GROUP..];
        let run = GROUP + rest.iter().take_while(|l| *l >> bit & 1 == value).count();
        pack_bit(&levels[packed..at], bit, out);
        repeat(u32::from(value), run, 1, out);
        at += run;
        packed = at;
    }
    pack_bit(&levels[packed..], bit, out);
}

fn is_run(group: &[u32; GROUP]) -> bool {
    group.iter().fold(0, |other, n| other | (n ^ group[0])) == 0
}

fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A run of groups, the last one filled up with zeros: only the end of a
/// stream may have such a one.
fn pack(numbers: &[u32], width: u8, out: &mut Vec<u8>) {
    let groups = numbers.len().div_ceil(GROUP);
    if groups == 0 {
        return;
    }
    varint((groups as u64) << 1 | 1, out);
    let (start, stride) = (out.len(), usize::from(width));
    // Groups are stored 16 bytes at a time; what is too much is overwritten by the next.
    out.resize(start + groups * stride + 2 * size_of::<u128>(), 0);
    let mut at = start;
    let (whole, last) = numbers.as_chunks::<GROUP>();
    for group in whole {
        store(group, width, &mut out[at..]);
        at += stride;
    }
    if !last.is_empty() {
        let mut group = [0; GROUP];
        group[..last.len()].copy_from_slice(last);
        store(&group, width, &mut out[at..]);
    }
    out.truncate(start + groups * stride);
}

fn store(group: &[u32; GROUP], width: u8, out: &mut [u8]) {
    let width = usize::from(width);
    if width <= 8 {
        let mut bits = 0u64;
        for (place, number) in group.iter().enumerate() {
            bits |= u64::from(*number) << (place * width);
        }
        out[..8].copy_from_slice(&bits.to_le_bytes());
    } else if width <= 16 {
        let (low, high) = (half(&group[..4], width), half(&group[4..], width));
        let bits = low | high << (4 * width);
        out[..16].copy_from_slice(&bits.to_le_bytes());
    } else {
        store_wide(group, width, out);
    }
}

fn half(numbers: &[u32], width: usize) -> u128 {
    let mut bits = 0u64;
    for (place, number) in numbers.iter().enumerate() {
        bits |= u64::from(*number) << (place * width);
    }
    u128::from(bits)
}

fn store_wide(group: &[u32; GROUP], width: usize, out: &mut [u8]) {
    let (mut bits, mut filled, mut at) = (0u64, 0, 0);
    for number in group {
        bits |= u64::from(*number) << filled;
        filled += width;
        while filled >= 8 {
            out[at] = bits as u8;
            at += 1;
            bits >>= 8;
            filled -= 8;
        }
    }
}

fn pack_bit(levels: &[u8], bit: u8, out: &mut Vec<u8>) {
    let groups = levels.len().div_ceil(GROUP);
    if groups == 0 {
        return;
    }
    varint((groups as u64) << 1 | 1, out);
    let (whole, last) = levels.as_chunks::<GROUP>();
    out.extend(whole.iter().map(|group| bits_of(*group, bit)));
    if !last.is_empty() {
        let mut group = [0; GROUP];
        group[..last.len()].copy_from_slice(last);
        out.push(bits_of(group, bit));
    }
}

/// One bit of each of eight bytes, the first byte's lowest.
fn bits_of(group: [u8; GROUP], bit: u8) -> u8 {
    let bits = u64::from_le_bytes(group) >> bit & 0x0101_0101_0101_0101;
    // Moves the bit of byte n to bit 56 + n; no two products meet.
    (bits.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(mut bytes: &[u8], width: u8, count: usize) -> Vec<u32> {
        let mut found = Vec::new();
        while found.len() < count {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                let byte = bytes[0];
                bytes = &bytes[1..];
                header |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            let numbers = (header >> 1) as usize;
            if header & 1 == 0 {
                let mut value = [0; 4];
                let size = usize::from(width).div_ceil(8);
                value[..size].copy_from_slice(&bytes[..size]);
                bytes = &bytes[size..];
                found.extend(std::iter::repeat_n(u32::from_le_bytes(value), numbers));
            } else {
                let size = numbers * usize::from(width);
                let bit = |at: usize| u32::from(bytes[at / 8] >> (at % 8) & 1);
                for number in 0..numbers * GROUP {
                    let start = number * usize::from(width);
                    let bits = (0..usize::from(width)).map(|b| bit(start + b) << b);
                    found.push(bits.sum());
                }
                bytes = &bytes[size..];
            }
        }
        assert!(bytes.is_empty(), "{} bytes too many", bytes.len());
        assert!(found[count..].iter().all(|n| *n == 0), "filled up");
        found.truncate(count);
        found
    }

    fn runs() -> impl Strategy<Value = (u8, Vec<u32>)> {
        (1u8..=32).prop_flat_map(|width| {
            let most = u32::MAX >> (32 - width);
            let runs = prop::collection::vec((0..=most, 1usize..20), 0..60);
            let flat = |runs: Vec<(u32, usize)>| {
                let run = |(n, count)| std::iter::repeat_n(n, count);
                runs.into_iter().flat_map(run).collect()
            };
            (Just(width), runs.prop_map(flat))
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back((width, numbers) in runs()) {
            let mut bytes = Vec::new();
            encode(&numbers, width, &mut bytes);
            prop_assert_eq!(decode(&bytes, width, numbers.len()), numbers);
        }

        #[test]
        fn runs_come_back(
            runs in prop::collection::vec((0u32..1 << 11, 0usize..40), 0..60),
        ) {
            let mut bytes = Vec::new();
            encode_runs(&runs, 11, &mut Vec::new(), &mut bytes);
            let run = |(n, count): &(u32, usize)| std::iter::repeat_n(*n, *count);
            let numbers: Vec<u32> = runs.iter().flat_map(run).collect();
            prop_assert_eq!(decode(&bytes, 11, numbers.len()), numbers);
        }

        #[test]
        fn single_bits_come_back((_, numbers) in runs(), bit in 0u8..8) {
            let levels: Vec<u8> = numbers.iter().map(|n| *n as u8).collect();
            let mut bytes = Vec::new();
            encode_bit(&levels, bit, &mut bytes);
            let wanted: Vec<u32> = levels.iter().map(|l| u32::from(l >> bit & 1)).collect();
            prop_assert_eq!(decode(&bytes, 1, levels.len()), wanted);
        }
    }

    #[test]
    fn long_runs_take_no_room() {
        let mut bytes = Vec::new();
        encode(&vec![5; 1 << 20], 9, &mut bytes);
        assert_eq!(bytes.len(), 6);
        assert_eq!(width_for(0), 1);
        assert_eq!((width_for(1), width_for(2), width_for(3)), (1, 1, 2));
        assert_eq!((width_for(256), width_for(257)), (8, 9));
    }
}
