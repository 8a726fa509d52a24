//! Files of the media folder that nothing refers to, because a process died between writing one and storing its row,
//! or while writing. They are found by scanning the folder, and removed.

use domain::id::MediumId;
use domain::time::MINUTE;
use store::table::medium;
use tokio::sync::watch;

use super::rest;
use crate::clock;
use crate::engine::Engine;

/// A file this young may still get its row.
const YOUNG: i64 = 10 * MINUTE;

/// Scans the whole folder.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    let folders = app.blobs.folders().await.unwrap_or_default();
    let young = clock::id_at(app.clock.now().plus(-YOUNG));
    for folder in folders {
        let Ok(contents) = app.blobs.contents(&folder).await else { continue };
        for part in contents.parts {
            logged(tokio::fs::remove_file(part).await);
        }
        let mut files: Vec<MediumId> = contents.files.into_iter().filter(|id| id.0 < young).collect();
        files.sort_unstable();
        files.dedup();
        for some in files.chunks(500) {
            for orphan in medium::without_row(&app.store, some).await? {
                logged(app.blobs.remove(orphan).await);
            }
        }
        if !rest(drain).await {
            return Ok(());
        }
    }
    Ok(())
}

fn logged(removed: std::io::Result<()>) {
    match removed {
        Ok(()) => tracing::info!("a file of the media folder that belonged to nothing was removed"),
        Err(error) => {
            tracing::warn!(%error, "a file of the media folder that belongs to nothing could not be removed")
        }
    }
}
