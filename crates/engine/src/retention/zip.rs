//! A ZIP file that is written in chunks, on blocking threads.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::clients::blob::room::Room;

/// An archive could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error("the archive could not be written: {0}")]
    Disk(#[from] std::io::Error),
    #[error("the archive could not be written: {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// A finished archive: its file is removed when this is dropped.
#[derive(Debug)]
pub struct Export(PathBuf);

impl Export {
    /// An archive at this path, not written yet.
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The archive while it is written.
#[derive(Debug)]
pub struct Archive<'a>(Option<ZipWriter<File>>, &'a Room);

impl<'a> Archive<'a> {
    /// Creates one, creating the folder if needed, on a disk that must have enough space.
    pub async fn create(path: &Path, room: &'a Room) -> Result<Self, ExportError> {
        room.check(0)?;
        let path = path.to_owned();
        let file = tokio::task::spawn_blocking(move || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            File::create(path)
        });
        Ok(Self(Some(ZipWriter::new(file.await.map_err(std::io::Error::other)??)), room))
    }

    pub async fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), ExportError> {
        self.begin(name).await?;
        self.append(bytes).await
    }

    /// Begins a file that is written in chunks.
    pub async fn begin(&mut self, name: String) -> Result<(), ExportError> {
        self.write(move |zip| {
            let options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
            Ok(zip.start_file(name, options)?)
        })
        .await
    }

    /// Adds the next chunk of the last file.
    pub async fn append(&mut self, bytes: Vec<u8>) -> Result<(), ExportError> {
        self.1.check(bytes.len() as u64)?;
        self.write(move |zip| Ok(zip.write_all(&bytes)?)).await
    }

    /// Adds a file from the disk, of any size.
    pub async fn add_file(&mut self, name: String, path: PathBuf) -> Result<(), ExportError> {
        self.1.check(tokio::fs::metadata(&path).await?.len())?;
        self.begin(name).await?;
        self.write(move |zip| Ok(std::io::copy(&mut File::open(path)?, zip).map(|_| ())?)).await
    }

    async fn write(
        &mut self,
        fill: impl FnOnce(&mut ZipWriter<File>) -> Result<(), ExportError> + Send + 'static,
    ) -> Result<(), ExportError> {
        let Some(mut zip) = self.0.take() else { return Ok(()) };
        let written = tokio::task::spawn_blocking(move || {
            fill(&mut zip)?;
            Ok::<_, ExportError>(zip)
        });
        self.0 = Some(written.await.map_err(std::io::Error::other)??);
        Ok(())
    }

    pub async fn json(&mut self, name: String, value: &Value) -> Result<(), ExportError> {
        self.add(name, serde_json::to_vec_pretty(value).unwrap_or_default()).await
    }

    /// Ends the archive: everything is on the disk then.
    pub async fn finish(self) -> Result<(), ExportError> {
        let Some(zip) = self.0 else { return Ok(()) };
        let ended = tokio::task::spawn_blocking(move || Ok::<_, ExportError>(zip.finish()?.sync_all()?));
        ended.await.map_err(std::io::Error::other)?
    }
}
