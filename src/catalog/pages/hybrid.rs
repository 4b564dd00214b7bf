//! Parquet's hybrid of runs and packed bits, read in bulk.

use bytes::Bytes;

/// A stream of numbers of a fixed width, given as runs of one number and as
/// groups of eight packed bit by bit.
#[derive(Debug)]
pub(super) struct Hybrid {
    bytes: Bytes,
    /// Where the next run begins.
    at: usize,
    /// Bits of a number, 0 to 32.
    width: usize,
    run: Run,
}

#[derive(Debug, Clone, Copy)]
enum Run {
    /// One number, so many times more.
    Repeated { value: u32, left: usize },
    /// So many numbers more, the next one from this bit on.
    Packed { bit: usize, left: usize },
}

impl Hybrid {
    /// The stream in `bytes`; `None` for a width that no number has.
    pub(super) fn new(bytes: Bytes, width: usize) -> Option<Self> {
        let run = Run::Packed { bit: 0, left: 0 };
        (width <= 32).then_some(Hybrid {
            bytes,
            at: 0,
            width,
            run,
        })
    }

    /// Appends the next `count` numbers as `of` makes them; `None` when there
    /// are not so many.
    pub(super) fn read<T: Clone>(
        &mut self,
        count: usize,
        out: &mut Vec<T>,
        of: impl Fn(u32) -> T + Copy,
    ) -> Option<()> {
        let mut wanted = count;
        while wanted > 0 {
            match &mut self.run {
                Run::Repeated { left: 0, .. } | Run::Packed { left: 0, .. } => self.next_run()?,
                Run::Repeated { value, left } => {
                    let taken = wanted.min(*left);
                    out.resize(out.len() + taken, of(*value));
                    *left -= taken;
                    wanted -= taken;
                }
                Run::Packed { bit, left } => {
                    let taken = wanted.min(*left);
                    unpack(&self.bytes, *bit, self.width, taken, out, of);
                    *bit += taken * self.width;
                    *left -= taken;
                    wanted -= taken;
                }
            }
        }
        Some(())
    }

    /// How many numbers from here on are surely `fits`, without unpacking any;
    /// perhaps more are.
    pub(super) fn alike(&mut self, fits: impl Fn(u32) -> bool) -> usize {
        if matches!(
            self.run,
            Run::Repeated { left: 0, .. } | Run::Packed { left: 0, .. }
        ) && self.next_run().is_none()
        {
            return 0;
        }
        match self.run {
            Run::Repeated { value, left } if fits(value) => left,
            _ => 0,
        }
    }

    /// Passes over numbers that [`Hybrid::alike`] has told of.
    pub(super) fn pass_alike(&mut self, count: usize) {
        if let Run::Repeated { left, .. } = &mut self.run {
            *left = left.saturating_sub(count);
        }
    }

    /// Passes over the next `count` numbers; whether all of them are `value`.
    pub(super) fn are_all(&mut self, value: u32, count: usize) -> bool {
        let mut wanted = count;
        let mut scratch: Vec<u32> = Vec::new();
        while wanted > 0 {
            let taken = match &mut self.run {
                Run::Repeated { left: 0, .. } | Run::Packed { left: 0, .. } => {
                    if self.next_run().is_none() {
                        return false;
                    }
                    continue;
                }
                Run::Repeated { value: found, left } => {
                    if *found != value {
                        return false;
                    }
                    let taken = wanted.min(*left);
                    *left -= taken;
                    taken
                }
                Run::Packed { left, .. } => {
                    let taken = wanted.min(*left).min(1 << 12);
                    scratch.clear();
                    let read = self.read(taken, &mut scratch, |number| number);
                    if read.is_none() || scratch.iter().any(|found| *found != value) {
                        return false;
                    }
                    taken
                }
            };
            wanted -= taken;
        }
        true
    }

    /// Reads the head of the next run; `None` at the end, or where the stream is broken.
    fn next_run(&mut self) -> Option<()> {
        let head = self.varint()?;
        let count = usize::try_from(head >> 1).ok()?;
        if head & 1 == 0 {
            let width = self.width.div_ceil(8);
            let bytes = self.bytes.get(self.at..self.at + width)?;
            self.at += width;
            let value = bytes.iter().rev().fold(0, |v, b| v << 8 | u32::from(*b));
            self.run = Run::Repeated { value, left: count };
            return Some(());
        }
        let numbers = count.checked_mul(8)?;
        let wanted = count.checked_mul(self.width)?;
        // The last group may be cut short; some writers save its padding.
        let there = wanted.min(self.bytes.len() - self.at);
        let left = match self.width {
            0 => numbers,
            width => numbers.min(there.checked_mul(8)? / width),
        };
        self.run = Run::Packed {
            bit: self.at * 8,
            left,
        };
        self.at += there;
        // A run without a number in it, and none to come, would never end.
        (left > 0 || self.at < self.bytes.len()).then_some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for place in 0..10 {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }
}

/// Appends `count` numbers of `width` bits, from bit `bit` on.
fn unpack<T>(
    bytes: &[u8],
    bit: usize,
    width: usize,
    count: usize,
    out: &mut Vec<T>,
    of: impl Fn(u32) -> T + Copy,
) {
    out.reserve(count);
    // As many numbers a load as surely fit 64 bits, whatever bit they begin at.
    let done = match width {
        0..=3 => windows::<16, T>(bytes, bit, width, count, out, of),
        4..=7 => windows::<8, T>(bytes, bit, width, count, out, of),
        8..=14 => windows::<4, T>(bytes, bit, width, count, out, of),
        15..=28 => windows::<2, T>(bytes, bit, width, count, out, of),
        _ => windows::<1, T>(bytes, bit, width, count, out, of),
    };
    let mask = (1u64 << width) - 1;
    let mut bit = bit + done * width;
    for _ in done..count {
        let at = bit / 8;
        let mut window = [0; 8];
        let tail = bytes.get(at..).unwrap_or_default();
        let there = tail.len().min(8);
        window[..there].copy_from_slice(&tail[..there]);
        let number = u64::from_le_bytes(window) >> (bit % 8) & mask;
        out.push(of(number as u32));
        bit += width;
    }
}

/// Appends numbers, `N` a load, while loads lie within `bytes`; how many.
fn windows<const N: usize, T>(
    bytes: &[u8],
    mut bit: usize,
    width: usize,
    count: usize,
    out: &mut Vec<T>,
    of: impl Fn(u32) -> T + Copy,
) -> usize {
    let mask = (1u64 << width) - 1;
    let mut done = 0;
    while done + N <= count {
        let Some(window) = bytes.get(bit / 8..).and_then(<[u8]>::first_chunk) else {
            break;
        };
        let word = u64::from_le_bytes(*window) >> (bit % 8);
        out.extend((0..N).map(|place| of((word >> (place * width) & mask) as u32)));
        bit += N * width;
        done += N;
    }
    done
}

#[cfg(test)]
mod tests {
    use super::Hybrid;

    fn read(bytes: &[u8], width: usize, count: usize) -> Option<Vec<u32>> {
        let mut out = Vec::new();
        let mut stream = Hybrid::new(bytes.to_vec().into(), width)?;
        stream.read(count, &mut out, |number| number)?;
        Some(out)
    }

    /// Groups of eight, packed bit by bit: the naive way round.
    fn packed(numbers: &[u32], width: usize) -> Vec<u8> {
        assert_eq!(numbers.len() % 8, 0);
        let mut bytes = vec![((numbers.len() / 8) << 1 | 1) as u8];
        let bits: Vec<bool> = numbers
            .iter()
            .flat_map(|n| (0..width).map(move |bit| n >> bit & 1 == 1))
            .collect();
        bytes.extend(bits.chunks(8).map(|byte| {
            let bit = |(place, bit): (usize, &bool)| u8::from(*bit) << place;
            byte.iter().enumerate().map(bit).sum::<u8>()
        }));
        bytes
    }

    #[test]
    fn every_width_comes_back() {
        for width in 0..=32usize {
            let mask = ((1u64 << width) - 1) as u32;
            let number = |i: u32| i.wrapping_mul(2_654_435_761) & mask;
            let numbers: Vec<u32> = (0..40).map(number).collect();
            let bytes = packed(&numbers, width);
            assert_eq!(read(&bytes, width, 40), Some(numbers.clone()), "{width}");
            // In pieces of every size, too.
            let mut stream = Hybrid::new(bytes.into(), width).unwrap();
            let mut out: Vec<u32> = Vec::new();
            for size in [1, 2, 3, 5, 7, 11, 11] {
                stream.read(size, &mut out, |number| number).unwrap();
            }
            assert_eq!(out, numbers, "{width}");
        }
    }

    #[test]
    fn runs_and_groups_take_turns() {
        let mut bytes = vec![6, 5];
        bytes.extend(packed(&[0, 1, 2, 3, 4, 5, 6, 7], 3));
        bytes.extend([4, 2]);
        let numbers = vec![5, 5, 5, 0, 1, 2, 3, 4, 5, 6, 7, 2, 2];
        assert_eq!(read(&bytes, 3, 13), Some(numbers));
        assert_eq!(read(&bytes, 3, 14), None);
    }

    #[test]
    fn all_alike_or_not() {
        let mut bytes = vec![200, 1, 1];
        bytes.extend(packed(&[1; 16], 1));
        let stream = |bytes: &[u8]| Hybrid::new(bytes.to_vec().into(), 1).unwrap();
        assert!(stream(&bytes).are_all(1, 116));
        assert!(!stream(&bytes).are_all(1, 117));
        assert!(!stream(&bytes).are_all(0, 1));
        bytes.extend([2, 0]);
        let mut stream = stream(&bytes);
        assert!(stream.are_all(1, 110) && stream.are_all(1, 6) && !stream.are_all(1, 1));
    }

    #[test]
    fn broken_streams_end() {
        assert_eq!(read(&[], 3, 1), None);
        assert_eq!(read(&[0xff; 12], 3, 1), None);
        assert_eq!(read(&[6], 3, 1), None);
        assert_eq!(read(&[0, 0, 0, 0], 3, 1), None);
        assert_eq!(read(&[1], 3, 1), None);
        assert_eq!(read(&[3, 0xff], 3, 3), None);
        assert_eq!(read(&[3, 0xff], 3, 2), Some(vec![7, 7]));
        assert!(Hybrid::new(bytes::Bytes::new(), 33).is_none());
    }
}
