//! Ids that nobody has had before.

use rusqlite::Connection;

/// A random UUID, version 4. SQLite draws its random numbers from the system.
pub(super) fn uuid(connection: &Connection) -> rusqlite::Result<String> {
    let mut draw = connection.prepare_cached("SELECT randomblob(16)")?;
    let drawn: [u8; 16] = draw.query_row([], |row| row.get(0))?;
    Ok(written(u128::from_be_bytes(drawn)))
}

fn written(drawn: u128) -> String {
    let version = (drawn & !(0xf << 76)) | (4 << 76);
    let marked = (version & !(3 << 62)) | (2 << 62);
    let hex = format!("{marked:032x}");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_say_their_version_and_variant() {
        assert_eq!(written(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(written(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }

    #[test]
    fn none_comes_twice() {
        let connection = Connection::open_in_memory().unwrap();
        let drawn: std::collections::BTreeSet<String> =
            (0..1000).map(|_| uuid(&connection).unwrap()).collect();
        assert_eq!(drawn.len(), 1000);
    }
}
