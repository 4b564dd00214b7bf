//! How long names and texts may be, and which names a path can hold.

use super::at::is_longer;

/// The most characters of a name that is a part of a path. Every name that is taken can
/// be asked for: in a path, a character takes up to twelve bytes, and no path holds more
/// than three such names.
pub(in crate::server) const LONGEST_NAME: usize = 500;

/// The most characters of a free text.
pub(in crate::server) const LONGEST_TEXT: usize = 262_144;

/// Why a text cannot be the name of something, as `must not …`.
pub(in crate::server) fn fault_of_name(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("must not be empty".into());
    }
    // Clients resolve these before they send a path, also when they are encoded.
    if name == "." || name == ".." {
        return Some("must not be `.` or `..`, which no path can name".into());
    }
    let is_long = is_longer(name, LONGEST_NAME);
    is_long.then(|| format!("must not have more than {LONGEST_NAME} characters"))
}
