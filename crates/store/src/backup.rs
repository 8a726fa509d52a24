//! Backs up a SQLite store with its media to one file while the server runs, and restores it.

use std::path::{Component, Path, PathBuf};

use domain::time::Micros;
use rusqlite::{Connection, OpenFlags};

use crate::{Claim, Error, migrate, private};

/// The table that contains the media in a backup file; a store does not have it.
const FILES: &str = "CREATE TABLE backup_file (path TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT";

/// The file that the address of a SQLite store names.
pub fn sqlite_file(url: &str) -> Option<PathBuf> {
    url.strip_prefix("sqlite:").map(PathBuf::from)
}

/// A file that is being written, removed at the end unless it was renamed: a failure leaves nothing behind that fills the
/// disk.
struct Part(PathBuf);

impl Part {
    fn new(path: PathBuf) -> Self {
        // From a process that was killed.
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        for end in ["", "-journal", "-wal", "-shm"] {
            let _ = std::fs::remove_file(with_end(&self.0, end));
        }
    }
}

/// About how many bytes the backup of a store and its media takes.
pub fn size(database: &Path, media: &Path) -> Result<u64, Error> {
    let of = |path: &Path| std::fs::metadata(path).map_or(0, |it| it.len());
    let files: u64 = files(media)?.iter().map(|path| of(&media.join(path))).sum();
    Ok(files + of(database) + of(&with_end(database, "-wal")))
}

/// Saves a store and its media as `to`, which must not exist yet. Returns the number of media files.
pub fn save(database: &Path, media: &Path, to: &Path) -> Result<usize, Error> {
    if to.exists() {
        return Err(Error::Backup(format!("{} is there already: choose another name", to.display())));
    }
    let part = Part::new(beside(to, "part"));
    // One snapshot, taken without blocking the server's writes.
    let source = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    source.busy_timeout(std::time::Duration::from_secs(30))?;
    source.execute("VACUUM INTO ?1", [part.0.display().to_string()])?;
    let copy = Connection::open(&part.0)?;
    copy.execute_batch(FILES)?;
    copy.execute_batch("BEGIN")?;
    let mut count = 0;
    for path in files(media)? {
        // A file that is removed in the meantime is about to expire in the snapshot as well.
        let Ok(body) = std::fs::read(media.join(&path)) else { continue };
        copy.execute("INSERT INTO backup_file VALUES (?1, ?2)", (path.display().to_string(), body))?;
        count += 1;
    }
    copy.execute_batch("COMMIT")?;
    drop(copy);
    std::fs::File::open(&part.0)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&part.0, to))
        .map_err(|cause| folder(to, cause))?;
    Ok(count)
}

/// Restores a saved store. An existing store is moved to another name, which is returned.
pub fn restore(from: &Path, database: &Path, media: &Path, now: Micros) -> Result<Option<PathBuf>, Error> {
    check(from)?;
    // Held until the end, so that no server starts on a half-restored store.
    let _claim = Claim::of_file(database).map_err(|error| match error {
        Error::Claimed(holder) => {
            Error::Backup(format!("a server ({holder}) is at work on this store: stop it first"))
        }
        other => other,
    })?;
    if let Some(parent) = database.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::create_dir_all(parent).map_err(|cause| folder(parent, cause))?;
    }
    let part = Part::new(beside(database, "restoring"));
    std::fs::copy(from, &part.0).map_err(|cause| folder(&part.0, cause))?;
    // The copy has the mode of the backup file, which may come from another machine.
    private::set(&part.0, private::FILE);
    let copy = Connection::open(&part.0)?;
    let mut statement = copy.prepare("SELECT path, body FROM backup_file")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (path, body): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        put(media, Path::new(&path), &body)?;
    }
    drop(rows);
    drop(statement);
    copy.execute_batch("DROP TABLE backup_file; UPDATE lease SET until = 0; VACUUM")?;
    drop(copy);
    let previous = database.exists().then(|| beside(database, &format!("before-restore-{}", now.millis())));
    if let Some(previous) = &previous {
        // Data that is not in the main file yet is moved with it.
        for end in ["", "-wal", "-shm"] {
            let (old, new) = (with_end(database, end), with_end(previous, end));
            if old.exists() {
                std::fs::rename(&old, &new).map_err(|cause| folder(&old, cause))?;
                private::set(&new, private::FILE);
            }
        }
    }
    std::fs::File::open(&part.0)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&part.0, database))
        .map_err(|cause| folder(database, cause))?;
    Ok(previous)
}

/// Checks that a file is a complete store that this program can read.
fn check(from: &Path) -> Result<(), Error> {
    let refuse = |why: &str| Error::Backup(format!("{} {why}", from.display()));
    if !from.is_file() {
        return Err(refuse("is not there"));
    }
    let saved = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let whole: String = saved
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(|_| refuse("is no saved store"))?;
    if whole != "ok" {
        return Err(refuse("is damaged"));
    }
    saved
        .query_row("SELECT count(*) FROM backup_file", [], |_| Ok(()))
        .map_err(|_| refuse("was not written by `deskbell backup`"))?;
    migrate::readable(&saved)
}

fn put(media: &Path, path: &Path, body: &[u8]) -> Result<(), Error> {
    // The paths in a backup are untrusted: they must not lead outside the folder.
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Err(Error::Backup(format!(
            "the saved store holds a file with a strange name: {}",
            path.display()
        )));
    }
    let target = media.join(path);
    if let Some(parent) = target.parent() {
        std::fs::create_dir_all(parent).map_err(|cause| folder(parent, cause))?;
    }
    std::fs::write(&target, body).map_err(|cause| folder(&target, cause))
}

/// Every file below a folder, by its path within it; none if there is no such folder.
fn files(root: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(at) = open.pop() {
        let entries = match std::fs::read_dir(&at) {
            Ok(entries) => entries,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(folder(&at, cause)),
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_none_or(|end| end != "part")
                && let Ok(inner) = path.strip_prefix(root)
            {
                found.push(inner.to_path_buf());
            }
        }
    }
    Ok(found)
}

fn beside(path: &Path, end: &str) -> PathBuf {
    with_end(path, &format!(".{end}"))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn folder(path: &Path, cause: std::io::Error) -> Error {
    Error::Backup(format!("{} could not be written or read: {cause}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, Store, table::setting, values};

    #[tokio::test]
    async fn what_was_saved_beside_an_open_store_comes_back_with_its_media() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let url = format!("sqlite:{}", at("a.db").display());
        let store = Store::open(&url).await.unwrap();
        let mut batch = Batch::new();
        batch.push(setting::PUT, values!["colour", "green"]);
        store.commit(batch).await.unwrap();
        std::fs::create_dir_all(at("media/0a")).unwrap();
        std::fs::write(at("media/0a/17"), b"picture").unwrap();
        assert_eq!(save(&at("a.db"), &at("media"), &at("saved")).unwrap(), 1);
        assert!(save(&at("a.db"), &at("media"), &at("saved")).is_err(), "nothing is overwritten");

        assert_eq!(restore(&at("saved"), &at("b.db"), &at("media2"), Micros(1)).unwrap(), None);
        assert_eq!(std::fs::read(at("media2/0a/17")).unwrap(), b"picture");
        let again = Store::open(&format!("sqlite:{}", at("b.db").display())).await.unwrap();
        assert_eq!(setting::get(&again, "colour").await.unwrap().as_deref(), Some("green"));
        std::fs::write(at("damaged"), b"no store").unwrap();
        let broken = save(&at("damaged"), &at("media"), &at("from-damaged"));
        assert!(broken.is_err() && !at("from-damaged").exists() && !at("from-damaged.part").exists());
        assert_eq!(size(&at("damaged"), &at("media")).unwrap(), 15);
        assert!(restore(&at("a.db"), &at("b.db"), &at("media2"), Micros(1)).is_err(), "only what we saved");
        let server = Claim::of_file(&at("b.db")).unwrap();
        let refused = restore(&at("saved"), &at("b.db"), &at("media2"), Micros(2_000)).unwrap_err();
        assert!(refused.to_string().contains("is at work on this store"), "{refused}");
        drop(server);
        let previous = restore(&at("saved"), &at("b.db"), &at("media2"), Micros(2_000)).unwrap().unwrap();
        assert!(previous.exists());
    }
}
