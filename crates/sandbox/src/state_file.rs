//! The world in a file, so that a sandbox can be stopped and started again. It is written a moment after each change
//! and when the sandbox stops; the bytes of files are in a folder next to it.

use crate::shared::Shared;
use crate::world::Saved;
use bytes::Bytes;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Changes within this time are written together.
const COLLECT: Duration = Duration::from_millis(500);

/// Reads the world of a file, with its links moved to the address of today. `None` if there is no file, or if it cannot
/// be read: then it is moved aside, and a fresh world begins.
pub fn read(path: &Path, base_url: &str) -> Option<Saved> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return moved_aside(path, &error.to_string()),
    };
    let saved = serde_json::from_str::<Saved>(&text).and_then(|saved| {
        if saved.base_url == base_url {
            return Ok(saved);
        }
        // Links are in texts, payloads and pictures alike.
        serde_json::from_str(&text.replace(&saved.base_url, base_url))
    });
    match saved {
        Ok(mut saved) => {
            let folder = files_of(path);
            saved.media.retain_mut(|medium| {
                let bytes = std::fs::read(folder.join(&medium.id));
                bytes.map(|bytes| medium.bytes = Bytes::from(bytes)).is_ok()
            });
            Some(saved)
        }
        Err(error) => moved_aside(path, &error.to_string()),
    }
}

fn moved_aside(path: &Path, why: &str) -> Option<Saved> {
    let aside = path.with_extension("broken");
    let moved = std::fs::rename(path, &aside);
    let where_to = moved.map_or_else(|_| String::new(), |()| format!(" It is now {}.", aside.display()));
    tracing::warn!(
        "the sandbox's state in {} cannot be read ({why}), so it starts with a fresh world.{where_to}",
        path.display()
    );
    None
}

/// Writes the world after each change, until the sandbox stops.
pub async fn follow(shared: Shared, path: PathBuf) {
    let mut stopping = shared.stopping.subscribe();
    loop {
        tokio::select! {
            () = shared.changed.notified() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        tokio::select! {
            () = tokio::time::sleep(COLLECT) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        write(&shared, &path).await;
    }
}

/// Writes the world as it is now.
pub async fn write(shared: &Shared, path: &Path) {
    let saved = shared.world().saved();
    let to = path.to_owned();
    let written = tokio::task::spawn_blocking(move || write_files(&saved, &to)).await;
    let error = match written {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!("the sandbox's state cannot be written to {}: {error}", path.display());
}

fn write_files(saved: &Saved, path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    // Files first: what the state names must be there.
    let folder = files_of(path);
    if !saved.media.is_empty() {
        std::fs::create_dir_all(&folder)?;
    }
    for medium in &saved.media {
        let file = folder.join(&medium.id);
        if !file.exists() {
            replace(&file, &medium.bytes)?;
        }
    }
    replace(path, &serde_json::to_vec(saved)?)?;
    let known: BTreeSet<&str> = saved.media.iter().map(|medium| medium.id.as_str()).collect();
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| !known.contains(name)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes a file as a whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = std::fs::File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(new, path)
}

/// The folder of the files' bytes.
fn files_of(path: &Path) -> PathBuf {
    path.with_extension("files")
}
