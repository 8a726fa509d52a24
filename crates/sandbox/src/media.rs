//! Files: what businesses upload and customers send, kept in memory and served under `/cdn/file/`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

/// How many bytes of files are stored; the oldest make room.
const BYTE_LIMIT: usize = 512 * 1024 * 1024;
/// The largest file that Meta takes (§3.3).
pub const FILE_LIMIT: usize = 25 * 1024 * 1024;
/// The largest picture that Meta fetches by URL (§3.3).
pub const IMAGE_BY_URL_LIMIT: usize = 8 * 1024 * 1024;

#[derive(Clone, Serialize, Deserialize)]
pub struct Medium {
    /// Attachment id: digits.
    pub id: String,
    /// `image`, `audio`, `video` or `file`.
    pub kind: String,
    pub mime: String,
    pub name: String,
    /// The Page whose attachment it is; reusable ids belong to one Page (§3.3).
    pub page_id: String,
    /// Whether it may be sent again by its id.
    pub reusable: bool,
    /// Until when, in milliseconds since 1970.
    pub expires_ms: i64,
    #[serde(skip)]
    pub bytes: Bytes,
}

impl Medium {
    /// Path of the file on the sandbox's CDN.
    pub fn path(&self) -> String {
        let name: String = self
            .name
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
            .collect();
        let name = if name.is_empty() { "file".to_owned() } else { name };
        format!("/cdn/file/{}/{name}", self.id)
    }
}

/// All stored files, bounded by their bytes.
#[derive(Default)]
pub struct MediaStore {
    items: HashMap<String, Medium>,
    order: VecDeque<String>,
    bytes: usize,
}

impl MediaStore {
    /// Stores a file.
    pub fn insert(&mut self, medium: Medium) {
        self.bytes += medium.bytes.len();
        self.order.push_back(medium.id.clone());
        self.items.insert(medium.id.clone(), medium);
        while self.bytes > BYTE_LIMIT {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            if let Some(gone) = self.items.remove(&oldest) {
                self.bytes -= gone.bytes.len();
            }
        }
    }

    /// Makes all reusable ids invalid; returns how many there were.
    pub fn expire(&mut self) -> usize {
        let reusable = self.items.values_mut().filter(|medium| medium.reusable && medium.expires_ms > 0);
        reusable.map(|medium| medium.expires_ms = 0).count()
    }

    /// All files, oldest first.
    pub fn all(&self) -> Vec<Medium> {
        self.order.iter().filter_map(|id| self.items.get(id)).cloned().collect()
    }

    /// Forgets a file.
    pub fn remove(&mut self, id: &str) {
        if let Some(gone) = self.items.remove(id) {
            self.bytes -= gone.bytes.len();
            self.order.retain(|other| other != id);
        }
    }

    /// The file with this id.
    pub fn get(&self, id: &str) -> Option<&Medium> {
        self.items.get(id)
    }
}

/// How long a reusable id is valid (§3.3).
pub const REUSABLE_MS: i64 = 90 * 24 * 3_600_000;

/// What the first bytes say about a file's content type.
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..offset + magic.len()) == Some(magic);
    Some(match () {
        () if at(0, b"\x89PNG\r\n\x1a\n") => "image/png",
        () if at(0, b"\xff\xd8\xff") => "image/jpeg",
        () if at(0, b"GIF8") => "image/gif",
        () if at(0, b"RIFF") && at(8, b"WEBP") => "image/webp",
        () if at(0, b"RIFF") && at(8, b"WAVE") => "audio/wav",
        () if at(0, b"%PDF") => "application/pdf",
        () if at(0, b"OggS") => "audio/ogg",
        () if at(0, b"ID3") || at(0, b"\xff\xfb") => "audio/mpeg",
        () if at(4, b"ftypM4A") => "audio/mp4",
        () if at(4, b"ftyp") => "video/mp4",
        () if at(0, b"\x1a\x45\xdf\xa3") => "video/webm",
        () => return None,
    })
}

/// The attachment kind of a content type.
pub fn kind_of(mime: &str) -> &'static str {
    match mime.split('/').next() {
        Some("image") => "image",
        Some("audio") => "audio",
        Some("video") => "video",
        _ => "file",
    }
}
