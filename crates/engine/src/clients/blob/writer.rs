//! A file while it is written. An unfinished file is always removed.

use std::io;
use std::path::PathBuf;

use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

use super::Blobs;

/// The free space is checked again after this many bytes.
const STEP: u64 = 1024 * 1024;
/// How many bytes of a file's beginning are kept in memory.
const HEAD: usize = 8 * 1024;

/// A file that is being written.
#[derive(Debug)]
pub struct Writer<'a> {
    blobs: &'a Blobs,
    file: Option<File>,
    path: PathBuf,
    part: PathBuf,
    written: u64,
    head: Vec<u8>,
}

impl<'a> Writer<'a> {
    pub(super) async fn begin(blobs: &'a Blobs, path: PathBuf, part: &str, length: u64) -> io::Result<Self> {
        blobs.room.check(length)?;
        let part = path.with_extension(part);
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        blobs.writing.lock().expect("nothing panics while it is held").insert(part.clone());
        let mut writer = Self { blobs, file: None, path, part, written: 0, head: Vec::new() };
        writer.file = Some(File::create(&writer.part).await?);
        Ok(writer)
    }

    /// Adds to the file.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let before = self.written / STEP;
        self.written += bytes.len() as u64;
        if self.written / STEP > before {
            self.blobs.room.check(STEP)?;
        }
        self.head.extend(bytes.iter().take(HEAD.saturating_sub(self.head.len())));
        self.file.as_mut().ok_or(io::ErrorKind::BrokenPipe)?.write_all(bytes).await
    }

    /// How many bytes it has so far.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Its first bytes.
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// Moves it to its final path.
    pub async fn finish(mut self) -> io::Result<()> {
        let mut file = self.file.take().ok_or(io::ErrorKind::BrokenPipe)?;
        file.flush().await?;
        file.sync_all().await?;
        drop(file);
        tokio::fs::rename(&self.part, &self.path).await
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        // Once the file is in its final place, there is no part left.
        let _ = std::fs::remove_file(&self.part);
        self.blobs.writing.lock().expect("nothing panics while it is held").remove(&self.part);
    }
}

#[cfg(test)]
mod tests {
    use domain::id::MediumId;

    use super::*;

    #[tokio::test]
    async fn a_file_is_there_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().to_owned()).unwrap();
        let id = MediumId(7);
        let mut cut_off = blobs.writer(id, 0).await.unwrap();
        cut_off.write(b"half").await.unwrap();
        let lies = blobs.contents(blobs.path(id).parent().unwrap()).await.unwrap();
        assert!(lies.files.is_empty() && lies.parts.is_empty(), "it is being written: {lies:?}");
        drop(cut_off);
        assert!(std::fs::read_dir(blobs.path(id).parent().unwrap()).unwrap().next().is_none());
        blobs.write(id, b"whole").await.unwrap();
        assert_eq!(blobs.read(id).await.unwrap(), b"whole");
    }

    #[tokio::test]
    async fn a_disk_that_fills_up_on_the_way_ends_it_and_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path().to_owned()).unwrap();
        let id = MediumId(7);
        let mut writer = blobs.writer(id, 0).await.unwrap();
        blobs.room.pretend(Some(0));
        let full = writer.write(&vec![0; 2 * 1024 * 1024]).await.unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        drop(writer);
        assert!(blobs.writer(id, 0).await.is_err());
        assert!(std::fs::read_dir(blobs.path(id).parent().unwrap()).unwrap().next().is_none());
    }
}
