//! Files whose rows are gone: they are removed from the media folder, and checked again later, in case one was just
//! being written.

use domain::id::{MediumId, MessageId};
use domain::time::Micros;

use super::erasure::DELETE_MEDIUM;
use crate::batch::statements;
use crate::{Batch, Error, Store, values};

statements! {
    /// Files to be removed now: new ones, and those that were removed before $1.
    DEAD_FILES = "SELECT medium_id, removed FROM dead_file WHERE removed = 0 OR at < $1 ORDER BY at LIMIT 100";
    /// A file was removed; it is checked again later.
    FILE_REMOVED = "UPDATE dead_file SET removed = 1, at = $2 WHERE medium_id = $1";
    /// The file was checked again.
    FILE_FORGOTTEN = "DELETE FROM dead_file WHERE medium_id = $1";
    /// How many files wait to be removed.
    FILES_LEFT = "SELECT count(*) FROM dead_file WHERE removed = 0";
    /// A conversation's files are to be removed …
    BURY_FILES = "INSERT INTO dead_file (medium_id, at, removed) SELECT id, CAST($2 AS BIGINT), 0 FROM medium
        WHERE conversation_id = $1 ON CONFLICT DO NOTHING";
    /// A message's files are to be removed …
    BURY_FILES_OF_MESSAGE = "INSERT INTO dead_file (medium_id, at, removed) SELECT id, CAST($2 AS BIGINT), 0 FROM medium
        WHERE message_id = $1 ON CONFLICT DO NOTHING";
    /// … and forgotten.
    DELETE_MEDIA_OF_MESSAGE = "DELETE FROM medium WHERE message_id = $1";
    /// One file is to be removed …
    BURY_FILE = "INSERT INTO dead_file (medium_id, at, removed) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING";
}

/// A file to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadFile {
    /// Its name in the media folder.
    pub medium: MediumId,
    /// Whether it was removed once already.
    pub removed: bool,
}

/// Files to be removed now, at most 100: new ones, and those that were removed before a moment.
pub async fn due(store: &Store, removed_before: Micros) -> Result<Vec<DeadFile>, Error> {
    let rows = store.rows(DEAD_FILES, values![removed_before]).await?;
    Ok(rows.iter().map(|row| DeadFile { medium: MediumId(row.int(0)), removed: row.flag(1) }).collect())
}

/// How many files wait to be removed for the first time.
pub async fn count(store: &Store) -> Result<i64, Error> {
    Ok(store.row(FILES_LEFT, values![]).await?.map_or(0, |row| row.int(0)))
}

/// A file was removed; after the second time, its row is deleted.
pub fn set_removed(batch: &mut Batch, file: DeadFile, at: Micros) {
    if file.removed {
        batch.push(FILE_FORGOTTEN, values![file.medium]);
    } else {
        batch.push(FILE_REMOVED, values![file.medium, at]);
    }
}

/// Marks a file as dead and deletes its row.
pub fn delete(batch: &mut Batch, medium: MediumId, at: Micros) {
    bury(batch, medium.0, at);
}

/// Marks the files of a message as dead and deletes their rows.
pub fn bury_of_message(batch: &mut Batch, message: MessageId, at: Micros) {
    batch.push(BURY_FILES_OF_MESSAGE, values![message, at]);
    batch.push(DELETE_MEDIA_OF_MESSAGE, values![message]);
}

/// Marks a file as dead and deletes its row.
pub fn bury(batch: &mut Batch, medium: i64, at: Micros) {
    batch.push(BURY_FILE, values![medium, at]);
    batch.push(DELETE_MEDIUM, values![medium]);
}
