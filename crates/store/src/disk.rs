//! Free space on a disk: acknowledging webhooks needs some, so code that writes large files checks it first.

use std::path::Path;

/// The size of a file system and the free space for this process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disk {
    pub size: u64,
    pub free: u64,
}

/// The file system of `path`, which must exist.
pub fn disk(path: &Path) -> std::io::Result<Disk> {
    let disk = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Ok(Disk { size: bytes(disk.f_blocks), free: bytes(disk.f_bavail) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_of_a_folder_is_known_and_of_nothing_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let known = disk(folder.path()).unwrap();
        assert!(known.free > 0 && known.free <= known.size, "{known:?}");
        assert!(disk(&folder.path().join("missing")).is_err());
    }
}
