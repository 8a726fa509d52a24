//! The reserve of the disk: large files are written only while it stays free, because a webhook is acknowledged after it was
//! written to the same disk.

use std::io;
use std::path::PathBuf;
use std::sync::Mutex;

use store::disk::{Disk, disk};

const MB: u64 = 1024 * 1024;
/// The reserve is a twentieth of the disk, within these limits.
const LEAST: u64 = 32 * MB;
const MOST: u64 = 512 * MB;
/// The largest file that a channel accepts, a WhatsApp document (meta-platform.md §3.8): it is refused while less
/// than this is free in addition to the reserve. On a disk that is too small for that, only the reserve counts.
const LARGEST_FILE: u64 = 100 * MB;

/// The free space on the disk of a folder.
#[derive(Debug)]
pub struct Room {
    folder: PathBuf,
    pretended: Mutex<Option<u64>>,
}

/// A disk on which large files are already refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Low {
    pub free_mb: u64,
    pub reserve_mb: u64,
}

impl Room {
    /// The disk of a folder.
    pub fn of(folder: PathBuf) -> Self {
        Self { folder, pretended: Mutex::default() }
    }

    /// Pretends that this many bytes are free, or stops pretending (None): for tests.
    pub fn pretend(&self, free: Option<u64>) {
        *self.pretended.lock().expect("nothing panics while it is held") = free;
    }

    fn disk(&self) -> io::Result<Disk> {
        let real = disk(&self.folder)?;
        let pretended = *self.pretended.lock().expect("nothing panics while it is held");
        Ok(Disk { free: pretended.unwrap_or(real.free), ..real })
    }

    /// An error of the kind `StorageFull` if this many more bytes would use the reserve. If the free space is
    /// unknown, there is no error: writing may still fail.
    pub fn check(&self, bytes: u64) -> io::Result<()> {
        match self.disk() {
            Ok(disk) if disk.free < reserve(disk).saturating_add(bytes) => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    /// How low it is, if it is.
    pub fn low(&self) -> Option<Low> {
        let disk = self.disk().ok()?;
        let reserve = reserve(disk);
        (disk.free < reserve + LARGEST_FILE.min(reserve))
            .then_some(Low { free_mb: disk.free / MB, reserve_mb: reserve / MB })
    }
}

fn reserve(disk: Disk) -> u64 {
    (disk.size / 20).clamp(LEAST, MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_suits_the_disk() {
        let of = |size: u64| reserve(Disk { size: size * MB, free: 0 }) / MB;
        assert_eq!((of(64), of(2_000), of(1_000_000)), (32, 100, 512));
    }

    #[test]
    fn what_would_touch_the_reserve_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let room = Room::of(folder.path().to_owned());
        let reserve = reserve(room.disk().unwrap());
        room.pretend(Some(reserve + 10));
        assert!(room.check(10).is_ok());
        assert_eq!(room.check(11).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(room.low().unwrap().reserve_mb, reserve / MB, "a file was refused, and that is said");
        room.pretend(Some(reserve + LARGEST_FILE.min(reserve)));
        assert!(room.low().is_none());
    }
}
