//! The claim on a SQLite store: a lock on `FILE.lock` next to the database.
//!
//! Not on the database itself: closing any handle of it would end the locks that SQLite holds in this process.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::Error;

/// Locks the store's file. The file stays after the lock is released: removing it would race with the next server.
pub(super) fn lock(database: &Path) -> Result<File, Error> {
    let path = lock_file(database);
    let failed = |cause| Error::Folder { path: path.display().to_string(), cause };
    crate::make_folder_of(database)?;
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.read_to_string(&mut holder);
            let holder = holder.trim();
            return Err(Error::Claimed(if holder.is_empty() { "of this machine".into() } else { holder.into() }));
        }
        Err(TryLockError::Error(cause)) => return Err(failed(cause)),
    }
    // Only for the error message of another server.
    let note = format!("process {}\n", std::process::id());
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes())).map_err(failed)?;
    Ok(file)
}

/// A database that is a symbolic link has one lock, whichever path it is opened by.
fn lock_file(database: &Path) -> PathBuf {
    let mut name = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_path_buf()).into_os_string();
    name.push(".lock");
    PathBuf::from(name)
}
