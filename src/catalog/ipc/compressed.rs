//! How many bytes a compressed buffer comes to.
//!
//! It says so in its first eight bytes, and the `arrow` crate takes as much memory.
//! What cannot come of the bytes that follow is not believed.

use super::Fault;
use arrow::ipc::CompressionType;

/// No byte of LZ4 gives more than this many.
const MOST_OF_LZ4: u64 = 255;
/// A block of Zstandard gives at most this many bytes.
const ZSTD_BLOCK: u64 = 1 << 17;
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The length of a buffer once uncompressed.
pub(super) fn uncompressed_length(codec: CompressionType, buffer: &[u8]) -> Result<u64, Fault> {
    let (length, data) = buffer
        .split_first_chunk()
        .ok_or("a compressed buffer has no length")?;
    let length = match i64::from_le_bytes(*length) {
        // The bytes that follow are not compressed.
        -1 => return Ok(data.len() as u64),
        length => u64::try_from(length).ok(),
    };
    let length = length.ok_or("a compressed buffer has a negative length")?;
    let most = match codec {
        CompressionType::LZ4_FRAME => Some((data.len() as u64).saturating_mul(MOST_OF_LZ4)),
        CompressionType::ZSTD => most_of_zstd(data),
        _ => return Err("its buffers are compressed in an unknown way".into()),
    };
    match most {
        Some(most) if length <= most => Ok(length),
        Some(_) => Err("a compressed buffer claims more bytes than it can hold".into()),
        None => Err("a compressed buffer is damaged".into()),
    }
}

/// The most bytes that frames of Zstandard come to; `None` where they are broken.
fn most_of_zstd(mut data: &[u8]) -> Option<u64> {
    let mut most = 0u64;
    while !data.is_empty() {
        let (magic, rest) = data.split_first_chunk::<4>()?;
        if magic[1..] == [0x2a, 0x4d, 0x18] && magic[0] & 0xf0 == 0x50 {
            // A frame that is to be passed over.
            let (length, rest) = rest.split_first_chunk::<4>()?;
            data = rest.get(u32::from_le_bytes(*length) as usize..)?;
            continue;
        }
        if *magic != ZSTD_MAGIC {
            return None;
        }
        let (frame, rest) = most_of_frame(rest)?;
        most = most.saturating_add(frame);
        data = rest;
    }
    Some(most)
}

/// The most bytes that a frame comes to, behind its magic number, and what follows it.
fn most_of_frame(data: &[u8]) -> Option<(u64, &[u8])> {
    let (descriptor, mut data) = data.split_first()?;
    let is_single = descriptor >> 5 & 1 == 1;
    if !is_single {
        // The size of the window.
        data = data.get(1..)?;
    }
    data = data.get([0, 1, 2, 4][usize::from(descriptor & 3)]..)?;
    let width = match descriptor >> 6 {
        0 if is_single => 1,
        0 => 0,
        1 => 2,
        2 => 4,
        _ => 8,
    };
    let (size, mut data) = data.split_at_checked(width)?;
    let said = size
        .iter()
        .rev()
        .fold(0u64, |size, byte| size << 8 | u64::from(*byte));
    let said = match width {
        0 => None,
        2 => Some(said + 256),
        _ => Some(said),
    };
    let mut most = 0u64;
    loop {
        let (head, rest) = data.split_first_chunk::<3>()?;
        let head = u32::from_le_bytes([head[0], head[1], head[2], 0]);
        let size = (head >> 3) as usize;
        let (stored, gives) = match head >> 1 & 3 {
            0 => (size, size as u64),
            1 => (1, size as u64),
            2 => (size, ZSTD_BLOCK),
            _ => return None,
        };
        most = most.saturating_add(gives.min(ZSTD_BLOCK));
        data = rest.get(stored..)?;
        if head & 1 == 1 {
            break;
        }
    }
    if descriptor >> 2 & 1 == 1 {
        // A checksum.
        data = data.get(4..)?;
    }
    Some((said.map_or(most, |said| said.min(most)), data))
}

#[cfg(test)]
mod tests {
    use super::{CompressionType, most_of_zstd, uncompressed_length};

    #[test]
    fn what_zstd_comes_to_is_known_before() {
        let texts: [Vec<u8>; 5] = [
            Vec::new(),
            vec![7],
            vec![0; 1 << 20],
            (0..100_000u32).flat_map(u32::to_le_bytes).collect(),
            b"PII, PII, Email, PII".repeat(5_000),
        ];
        for text in texts {
            let packed = zstd::bulk::compress(&text, 3).unwrap();
            assert_eq!(most_of_zstd(&packed), Some(text.len() as u64));
            // Without the size in its head: no more than whole blocks.
            let streamed = zstd::stream::encode_all(&text[..], 3).unwrap();
            let most = most_of_zstd(&streamed).unwrap();
            assert!(most >= text.len() as u64 && most <= text.len() as u64 + (1 << 17));
            for cut in 1..packed.len().min(50) {
                assert_eq!(most_of_zstd(&packed[..packed.len() - cut]), None, "{cut}");
            }
        }
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        let with = |length: i64, data: &[u8]| [&length.to_le_bytes()[..], data].concat();
        let packed = zstd::bulk::compress(&[1; 1000], 3).unwrap();
        let zstd = |length| uncompressed_length(CompressionType::ZSTD, &with(length, &packed));
        assert!(matches!(zstd(1000), Ok(1000)));
        assert!(zstd(1001).is_err() && zstd(-2).is_err() && zstd(i64::MAX).is_err());
        let plain = uncompressed_length(CompressionType::ZSTD, &with(-1, b"abc"));
        assert!(matches!(plain, Ok(3)));
        let lz4 = |length| uncompressed_length(CompressionType::LZ4_FRAME, &with(length, &[0; 10]));
        assert!(lz4(2550).is_ok() && lz4(2551).is_err());
        assert!(uncompressed_length(CompressionType::ZSTD, &[0; 7]).is_err());
    }
}
