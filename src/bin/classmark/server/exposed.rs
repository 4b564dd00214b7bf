//! Who else than its owner can get at the tokens file.

use std::fs::Metadata;

/// What is questionable about the permissions of a tokens file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Exposed {
    #[error(
        "others than its owner can write it, and so give themselves any permission: `chmod 600` it"
    )]
    Writable,
    #[error("others than its owner can read it: `chmod 600` it")]
    Readable,
    #[error(
        "its owner is neither root nor the user that the server runs as, and can give anybody any permission: `chown` it"
    )]
    Foreign,
}

impl Exposed {
    /// Whether a server should not start with it.
    pub(super) fn is_error(self) -> bool {
        self == Exposed::Writable
    }

    /// What is questionable about a file; nothing where permissions are not those of
    /// Unix.
    #[cfg(unix)]
    pub(super) fn of(found: &Metadata) -> Vec<Self> {
        use std::os::unix::fs::MetadataExt;
        let us = rustix::process::geteuid().as_raw();
        judged(found.mode(), found.uid(), us)
    }

    #[cfg(not(unix))]
    pub(super) fn of(_: &Metadata) -> Vec<Self> {
        Vec::new()
    }
}

/// What a file's mode and owner come to for a server that `us` runs.
#[cfg(unix)]
fn judged(mode: u32, owner: u32, us: u32) -> Vec<Exposed> {
    let all = [
        (mode & 0o022 != 0, Exposed::Writable),
        (mode & 0o044 != 0, Exposed::Readable),
        (owner != us && owner != 0, Exposed::Foreign),
    ];
    let held = all.into_iter().filter(|(holds, _)| *holds);
    held.map(|(_, what)| what).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::Exposed::{Foreign, Readable, Writable};
    use super::judged;

    #[test]
    fn a_file_is_its_owners_alone() {
        assert_eq!(judged(0o100_600, 7, 7), []);
        assert_eq!(judged(0o100_400, 0, 7), []);
        assert_eq!(judged(0o100_644, 7, 7), [Readable]);
        assert_eq!(judged(0o100_640, 7, 7), [Readable]);
        assert_eq!(judged(0o100_602, 7, 7), [Writable]);
        assert_eq!(judged(0o100_620, 7, 7), [Writable]);
        assert_eq!(judged(0o100_600, 8, 7), [Foreign]);
        assert_eq!(judged(0o100_600, 7, 0), [Foreign]);
        assert_eq!(judged(0o100_666, 8, 7), [Writable, Readable, Foreign]);
    }
}
