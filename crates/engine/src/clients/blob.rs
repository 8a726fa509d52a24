//! Our own files: a folder of blobs named by their medium, spread over 256 subfolders.

use std::path::PathBuf;

use domain::id::MediumId;
use tokio::io::AsyncWriteExt as _;

#[derive(Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// Opens the folder, making it if it is not there.
    pub fn open(root: PathBuf) -> std::io::Result<Self> {
        std::fs::create_dir_all(&root)?;
        Ok(Self { root })
    }

    /// Where a file lies.
    pub fn path(&self, id: MediumId) -> PathBuf {
        self.root.join(format!("{:02x}", id.0 >> 12 & 0xff)).join(id.to_string())
    }

    /// Where the small picture of a file lies.
    pub fn thumb_path(&self, id: MediumId) -> PathBuf {
        self.path(id).with_extension("thumb")
    }

    /// Writes a file as a whole: it is there in full or not at all, also after a loss of power.
    pub async fn write(&self, id: MediumId, bytes: &[u8]) -> std::io::Result<()> {
        put(self.path(id), "part", bytes).await
    }

    /// Writes the small picture of a file beside it.
    pub async fn write_thumb(&self, id: MediumId, bytes: &[u8]) -> std::io::Result<()> {
        put(self.thumb_path(id), "thumb.part", bytes).await
    }

    /// Reads the small picture of a file.
    pub async fn read_thumb(&self, id: MediumId) -> std::io::Result<Vec<u8>> {
        tokio::fs::read(self.thumb_path(id)).await
    }

    pub async fn read(&self, id: MediumId) -> std::io::Result<Vec<u8>> {
        tokio::fs::read(self.path(id)).await
    }

    /// Removes a file and its small picture; what is not there is gone already.
    pub async fn remove(&self, id: MediumId) -> std::io::Result<()> {
        // A write that was cut off left a part behind.
        for end in ["thumb.part", "part", "thumb", ""] {
            match tokio::fs::remove_file(self.path(id).with_extension(end)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

async fn put(path: PathBuf, part: &str, bytes: &[u8]) -> std::io::Result<()> {
    let part = path.with_extension(part);
    if let Some(folder) = path.parent() {
        tokio::fs::create_dir_all(folder).await?;
    }
    let mut file = tokio::fs::File::create(&part).await?;
    file.write_all(bytes).await?;
    file.sync_all().await?;
    drop(file);
    tokio::fs::rename(&part, &path).await
}
