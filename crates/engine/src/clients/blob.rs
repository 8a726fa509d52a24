//! Our own files: a folder of blobs named by their medium, spread over 256 subfolders. Files are written in chunks,
//! and only while the reserve of the disk stays free (`blob/room.rs`).

pub mod room;
mod writer;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;

use domain::id::MediumId;

use self::room::Room;
pub use self::writer::Writer;

#[derive(Debug)]
pub struct Blobs {
    root: PathBuf,
    /// The free space on the disk.
    pub room: Room,
    /// Parts of files that are being written.
    writing: Mutex<HashSet<PathBuf>>,
}

impl Blobs {
    /// Opens the folder, creating it if it does not exist.
    pub fn open(root: PathBuf) -> std::io::Result<Self> {
        std::fs::create_dir_all(&root)?;
        Ok(Self { room: Room::of(root.clone()), root, writing: Mutex::default() })
    }

    /// The path of a file.
    pub fn path(&self, id: MediumId) -> PathBuf {
        self.root.join(format!("{:02x}", id.0 >> 12 & 0xff)).join(id.to_string())
    }

    /// The path of a file's thumbnail.
    pub fn thumb_path(&self, id: MediumId) -> PathBuf {
        self.path(id).with_extension("thumb")
    }

    /// Begins to write a file of about `length` bytes. It appears completely or not at all, even after a power
    /// failure.
    pub async fn writer(&self, id: MediumId, length: u64) -> std::io::Result<Writer<'_>> {
        Writer::begin(self, self.path(id), "part", length).await
    }

    /// Writes a file as a whole.
    pub async fn write(&self, id: MediumId, bytes: &[u8]) -> std::io::Result<()> {
        self.put(self.path(id), "part", bytes).await
    }

    /// Writes the thumbnail of a file.
    pub async fn write_thumb(&self, id: MediumId, bytes: &[u8]) -> std::io::Result<()> {
        self.put(self.thumb_path(id), "thumb.part", bytes).await
    }

    async fn put(&self, path: PathBuf, part: &str, bytes: &[u8]) -> std::io::Result<()> {
        let mut writer = Writer::begin(self, path, part, bytes.len() as u64).await?;
        writer.write(bytes).await?;
        writer.finish().await
    }

    /// Gives a file, and its small picture if it has one, a second name. Files are never changed, so both may share their bytes.
    pub async fn link(&self, from: MediumId, to: MediumId, thumb: bool) -> std::io::Result<()> {
        self.second_name(self.path(from), self.path(to)).await?;
        if thumb {
            self.second_name(self.thumb_path(from), self.thumb_path(to)).await?;
        }
        Ok(())
    }

    async fn second_name(&self, from: PathBuf, to: PathBuf) -> std::io::Result<()> {
        if let Some(folder) = to.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        match tokio::fs::hard_link(&from, &to).await {
            // Not every file system has links.
            Err(error) if error.kind() == std::io::ErrorKind::Unsupported => {
                self.room.check(tokio::fs::metadata(&from).await?.len())?;
                tokio::fs::copy(&from, &to).await.map(|_| ())
            }
            linked => linked,
        }
    }

    /// Reads the thumbnail of a file.
    pub async fn read_thumb(&self, id: MediumId) -> std::io::Result<Vec<u8>> {
        tokio::fs::read(self.thumb_path(id)).await
    }

    pub async fn read(&self, id: MediumId) -> std::io::Result<Vec<u8>> {
        tokio::fs::read(self.path(id)).await
    }

    /// Removes a file and its thumbnail; missing ones are ignored.
    pub async fn remove(&self, id: MediumId) -> std::io::Result<()> {
        // An interrupted write leaves a part behind.
        for end in ["thumb.part", "part", "thumb", ""] {
            match tokio::fs::remove_file(self.path(id).with_extension(end)).await {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// The subfolders that contain files.
    pub async fn folders(&self) -> std::io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        let mut entries = tokio::fs::read_dir(&self.root).await?;
        while let Some(entry) = entries.next_entry().await? {
            folders.extend(entry.file_type().await?.is_dir().then(|| entry.path()));
        }
        Ok(folders)
    }

    /// The contents of a subfolder: the files, and abandoned parts.
    pub async fn contents(&self, folder: &std::path::Path) -> std::io::Result<Contents> {
        let mut contents = Contents::default();
        let mut entries = tokio::fs::read_dir(folder).await?;
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            if path.extension().is_some_and(|end| end == "part") {
                let writing = self.writing.lock().expect("nothing panics while it is held").contains(&path);
                contents.parts.extend((!writing).then_some(path));
            } else if let Some(id) = path.file_stem().and_then(|name| name.to_str()?.parse().ok()) {
                contents.files.push(MediumId(id));
            }
        }
        Ok(contents)
    }
}

/// The contents of a subfolder.
#[derive(Debug, Default)]
pub struct Contents {
    pub files: Vec<MediumId>,
    /// Parts whose writer died with its process.
    pub parts: Vec<PathBuf>,
}
