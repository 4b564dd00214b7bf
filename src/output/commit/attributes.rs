//! Owner, group, mode and extended attributes of an output folder, which stay
//! when another folder takes its place.

use std::fs;
use std::io;
use std::path::Path;

/// Gives the folder `to` the owner, the group, the mode and the extended
/// attributes (access control lists are among them) of the folder `from`.
///
/// `false`: the system does not let this user do that.
pub(super) fn carry_over(from: &Path, to: &Path) -> io::Result<bool> {
    if !own(from, to)? || !extended::carry_over(from, to)? {
        return Ok(false);
    }
    // After the owner: a change of owner may take bits of the mode away.
    let mode = fs::symlink_metadata(from)?.permissions();
    Ok(fs::set_permissions(to, mode).is_ok() && is_alike(from, to)?)
}

#[cfg(unix)]
fn own(from: &Path, to: &Path) -> io::Result<bool> {
    use std::os::unix::fs::{MetadataExt, chown};
    let (from, of_to) = (fs::symlink_metadata(from)?, fs::symlink_metadata(to)?);
    let owner = (from.uid() != of_to.uid()).then_some(from.uid());
    let group = (from.gid() != of_to.gid()).then_some(from.gid());
    Ok((owner.is_none() && group.is_none()) || chown(to, owner, group).is_ok())
}

#[cfg(unix)]
fn is_alike(from: &Path, to: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let seen = |path: &Path| {
        let there = fs::symlink_metadata(path)?;
        Ok::<_, io::Error>((there.uid(), there.gid(), there.mode()))
    };
    // A system may drop bits of a mode without an error.
    Ok(seen(from)? == seen(to)?)
}

#[cfg(not(unix))]
fn own(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(not(unix))]
fn is_alike(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(true)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod extended {
    use rustix::fs::{XattrFlags, getxattr, listxattr, removexattr, setxattr};
    use rustix::io::Errno;
    use std::collections::BTreeMap;
    use std::ffi::CString;
    use std::io;
    use std::path::Path;

    /// More than any system allows for the names or for a value.
    const LARGEST: usize = 64 << 10;

    pub(super) fn carry_over(from: &Path, to: &Path) -> io::Result<bool> {
        let (wanted, there) = (attributes(from)?, attributes(to)?);
        if wanted == there {
            return Ok(true);
        }
        let surplus = there.keys().filter(|name| !wanted.contains_key(*name));
        let all = surplus
            .map(|name| removexattr(to, name))
            .chain(
                wanted
                    .iter()
                    .map(|(name, value)| setxattr(to, name, value, XattrFlags::empty())),
            )
            .all(|done| done.is_ok());
        Ok(all && attributes(to)? == wanted)
    }

    fn attributes(path: &Path) -> io::Result<BTreeMap<CString, Vec<u8>>> {
        let mut buffer = vec![0; LARGEST];
        let length = match listxattr(path, &mut buffer) {
            Err(Errno::NOTSUP | Errno::NOSYS) => 0,
            listed => listed?,
        };
        let mut attributes = BTreeMap::new();
        let mut value = vec![0; LARGEST];
        for name in buffer[..length].split(|byte| *byte == 0) {
            let Ok(name) = CString::new(name) else {
                continue;
            };
            if !name.is_empty() {
                let length = getxattr(path, &name, &mut value)?;
                attributes.insert(name, value[..length].to_vec());
            }
        }
        Ok(attributes)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
mod extended {
    pub(super) fn carry_over(_: &std::path::Path, _: &std::path::Path) -> std::io::Result<bool> {
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn mode_and_group_are_carried_over() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let dir = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| dir.path().join(name));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        // Only where the user may give a folder to another group.
        let _ = chown(&from, None, Some(12345));
        fs::set_permissions(&from, fs::Permissions::from_mode(0o2775)).unwrap();
        assert!(carry_over(&from, &to).unwrap());
        let seen = |path: &Path| {
            let there = fs::metadata(path).unwrap();
            (there.uid(), there.gid(), there.mode())
        };
        assert_eq!(seen(&to), seen(&from));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn extended_attributes_are_carried_over() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        let dir = tempfile::tempdir().unwrap();
        let [from, to] = ["from", "to"].map(|name| dir.path().join(name));
        fs::create_dir(&from).unwrap();
        fs::create_dir(&to).unwrap();
        if setxattr(&from, "user.note", b"x", XattrFlags::empty()).is_err() {
            eprintln!("skipped: the file system has no extended attributes");
            return;
        }
        setxattr(&to, "user.other", b"y", XattrFlags::empty()).unwrap();
        assert!(carry_over(&from, &to).unwrap());
        let mut value = [0; 8];
        assert_eq!(getxattr(&to, "user.note", &mut value), Ok(1));
        assert!(getxattr(&to, "user.other", &mut value).is_err());
    }
}
