//! Files and folders that only their owner may read: they contain messages, names, password hashes and keys.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The mode of a file.
pub const FILE: u32 = 0o600;
/// The mode of a folder.
pub const FOLDER: u32 = 0o700;

/// Sets the mode of an existing file or folder of our own. Those of other owners are not changed; `doctor` warns
/// about them.
pub fn set(path: &Path, mode: u32) {
    if is_open(path) {
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    }
}

/// Whether users other than the owner may read or change it.
pub fn is_open(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|known| known.permissions().mode() & 0o077 != 0)
}

/// Makes our own folder private, unless others may need it: a shared one such as /tmp, or the working directory.
pub fn set_folder(folder: &Path) {
    let shared = std::fs::metadata(folder).is_ok_and(|known| known.permissions().mode() & 0o1000 != 0);
    let around_us = std::env::current_dir()
        .is_ok_and(|current| std::fs::canonicalize(folder).is_ok_and(|folder| current.starts_with(folder)));
    if !shared && !around_us {
        set(folder, FOLDER);
    }
}
