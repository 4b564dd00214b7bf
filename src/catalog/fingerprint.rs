//! By which a file is known again.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use twox_hash::xxhash3_128::Hasher;

/// A hash of everything that `file` gives, after the name of the hash. It
/// tells one export from another; it is no proof against forgers.
///
/// # Errors
///
/// When it cannot be read to its end.
///
/// ```
/// let of = classmark::catalog::fingerprint(&b""[..]).unwrap();
/// assert_eq!(of, "xxh3-128:99aa06d3014798d86001c324468d497f");
/// ```
pub fn fingerprint(mut file: impl Read) -> io::Result<String> {
    let mut hasher = Hasher::new();
    // No larger: a thousand small documents would spend their time on clean buffers.
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(format!("xxh3-128:{:032x}", hasher.finish_128())),
            n => hasher.write(&buffer[..n]),
        }
    }
}

/// The [`fingerprint`] of a file.
///
/// # Errors
///
/// When it cannot be read to its end.
pub fn fingerprint_file(path: &Path) -> io::Result<String> {
    fingerprint(File::open(path)?)
}
