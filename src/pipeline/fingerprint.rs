//! By which a file is known again.

use std::io::{self, Read};
use twox_hash::xxhash3_128::Hasher;

/// A hash of everything that `file` gives, after the name of the hash. It
/// tells one export from another; it is no proof against forgers.
pub(super) fn fingerprint(mut file: impl Read) -> io::Result<String> {
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(format!("xxh3-128:{:032x}", hasher.finish_128())),
            n => hasher.write(&buffer[..n]),
        }
    }
}
