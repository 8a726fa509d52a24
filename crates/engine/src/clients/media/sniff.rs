//! Recognises what a file is: by its first bytes, by the tracks of a container, and only where these are not
//! conclusive by what its sender, its name or a header claim.

use std::path::Path;

use domain::file_name;
use domain::inbound::FileKind;
use file_format::FileFormat as F;

use super::tracks::{self, Tracks};

/// What is claimed about a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims<'a> {
    /// Its kind according to the channel.
    pub kind: Option<FileKind>,
    /// Its name.
    pub name: &'a str,
    /// The type in the header of the answer or the form.
    pub content_type: Option<&'a str>,
}

impl Claims<'_> {
    /// Whether they claim audio: the channel first, then the name, then the header, which is often wrong.
    fn are_of_sound(&self) -> bool {
        const SOUNDS: [&str; 11] = ["m4a", "m4b", "aac", "mp3", "mp2", "ogg", "oga", "opus", "wav", "amr", "weba"];
        const FILMS: [&str; 9] = ["mp4", "m4v", "mov", "webm", "mkv", "3gp", "3g2", "avi", "ogv"];
        let ending = file_name::ending(self.name);
        match self.kind {
            Some(FileKind::Audio) => true,
            Some(FileKind::Video) => false,
            _ if SOUNDS.contains(&ending.as_str()) => true,
            _ if FILMS.contains(&ending.as_str()) => false,
            _ => {
                self.content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("audio/"))
            }
        }
    }
}

/// The type of a stored file. `head` is its first few thousand bytes.
pub fn identify(head: &[u8], path: &Path, claims: &Claims<'_>) -> &'static str {
    let by_head = sniff(head);
    let tracks = match by_head {
        // Books and songs may hold pictures as a track: their brand decides.
        "audio/mp4" => return by_head,
        "video/mp4" | "video/quicktime" => tracks::iso(path),
        "video/webm" | "video/x-matroska" => tracks::matroska(head),
        _ => return by_head,
    };
    let is_sound = tracks.map_or_else(|| claims.are_of_sound(), |tracks| tracks == Tracks::Audio);
    match by_head {
        kind if !is_sound => kind,
        "video/webm" => "audio/webm",
        "video/x-matroska" => "audio/x-matroska",
        _ => "audio/mp4",
    }
}

/// Whether every browser can show it, so that it is shown inline.
pub fn is_drawn(mime: &str) -> bool {
    matches!(mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// The kind of a file, by its bytes; `application/octet-stream` if unknown.
pub fn sniff(bytes: &[u8]) -> &'static str {
    known(bytes).unwrap_or_else(|| if is_text(bytes) { "text/plain" } else { "application/octet-stream" })
}

/// The formats that Deskbell names, under the names that channels and browsers use.
fn known(bytes: &[u8]) -> Option<&'static str> {
    let contains = |length: usize, word: &[u8]| {
        let head = &bytes[..bytes.len().min(length)];
        head.windows(word.len()).any(|part| part == word)
    };
    Some(match F::from_bytes(bytes) {
        F::PortableNetworkGraphics | F::AnimatedPortableNetworkGraphics => "image/png",
        F::JointPhotographicExpertsGroup => "image/jpeg",
        F::GraphicsInterchangeFormat => "image/gif",
        F::Webp => "image/webp",
        F::WindowsBitmap => "image/bmp",
        F::TagImageFileFormat => "image/tiff",
        F::Av1ImageFileFormat | F::Av1ImageFileFormatSequence => "image/avif",
        F::HighEfficiencyImageCoding
        | F::HighEfficiencyImageCodingSequence
        | F::HighEfficiencyImageFileFormat
        | F::HighEfficiencyImageFileFormatSequence => "image/heic",
        F::WaveformAudio => "audio/wav",
        F::FreeLosslessAudioCodec => "audio/flac",
        F::AdaptiveMultiRate => "audio/amr",
        F::AdvancedAudioCoding => "audio/aac",
        F::Id3v2 | F::Mpeg12AudioLayer2 | F::Mpeg12AudioLayer3 => "audio/mpeg",
        F::AppleItunesAudio | F::AppleItunesAudiobook | F::AppleItunesProtectedAudio => "audio/mp4",
        F::OggTheora | F::OggMedia => "video/ogg",
        // Several streams: the first is not necessarily the video.
        F::OggMultiplexedMedia if contains(1024, b"\x80theora") => "video/ogg",
        F::OggMultiplexedMedia | F::OggOpus | F::OggSpeex | F::OggVorbis | F::OggFlac => "audio/ogg",
        F::ExtensibleBinaryMetaLanguage if contains(64, b"webm") => "video/webm",
        F::ExtensibleBinaryMetaLanguage => "video/x-matroska",
        // A text may have the word "free" or "wide" where QuickTime has it.
        F::AppleQuicktime if !is_text(bytes) => "video/quicktime",
        // MP4 has more brands than any list.
        _ if bytes.get(4..8) == Some(b"ftyp") => "video/mp4",
        F::PortableDocumentFormat => "application/pdf",
        F::Zip => "application/zip",
        _ => return None,
    })
}

/// Whether it is text: UTF-8 without control characters.
fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(8192)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut may be in the middle of a character.
        Err(error) if error.error_len().is_none() => match std::str::from_utf8(&head[..error.valid_up_to()]) {
            Ok(text) => text,
            Err(_) => return false,
        },
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_in_a_container_of_films_is_sound() {
        let identified = |bytes: &[u8], claims: Claims<'_>| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            identify(bytes, file.path(), &claims)
        };
        let nothing = Claims::default();
        let voice = Claims { kind: Some(FileKind::Audio), ..nothing };
        let song = Claims { name: "song.m4a", content_type: Some("video/mp4"), ..nothing };
        let header = Claims { content_type: Some("Audio/MP4; codecs=mp4a"), ..nothing };
        // The tracks decide, whatever is claimed.
        let (sound, film) = (tracks::tests::mp4(&[b"soun"], true), tracks::tests::mp4(&[b"soun", b"vide"], true));
        for claims in [nothing, voice, song, header, Claims { kind: Some(FileKind::Video), ..nothing }] {
            assert_eq!(identified(&sound, claims), "audio/mp4");
            assert_eq!(identified(&film, claims), "video/mp4");
        }
        // Without an index the claims do.
        let bare = b"\0\0\0\x18ftypisom....";
        assert_eq!(identified(bare, nothing), "video/mp4");
        for claims in [voice, song, header] {
            assert_eq!(identified(bare, claims), "audio/mp4", "{claims:?}");
        }
        assert_eq!(identified(b"\0\0\0\x20ftypM4A ....", nothing), "audio/mp4");
        // Claims do not matter for anything but containers.
        assert_eq!(identified(b"%PDF-1.7", voice), "application/pdf");
    }

    #[test]
    fn kinds_are_known_by_their_bytes() {
        let cases: [(&[u8], &str); 33] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
            (b"\x00\x00\x00\x18ftypmp42....", "video/mp4"),
            (b"\x00\x00\x00\x18ftypisom....", "video/mp4"),
            (b"\x00\x00\x00\x18ftyp3gp5....", "video/mp4"),
            (b"\x00\x00\x00\x18ftypnew!....", "video/mp4"),
            (b"\x00\x00\x00\x14ftypqt  ....", "video/quicktime"),
            (b"\x00\x00\x00\x08wide\x00\x00\x00\x00mdat", "video/quicktime"),
            (b"\x00\x00\x00\x20ftypM4A ....", "audio/mp4"),
            (b"\x00\x00\x00\x20ftypheic....", "image/heic"),
            (b"\x00\x00\x00\x20ftypavif....", "image/avif"),
            (b"BM\x36\x00\x0c\0\0\0\0\0\x36\0\0\0\x28\0\0\0\0\x02\0\0\0\x02\0\0\x01\0\x18\0", "image/bmp"),
            (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
            (b"fLaC\x00\x00\x00\x22", "audio/flac"),
            (b"#!AMR\n\x3c", "audio/amr"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
            (b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00OpusHead", "audio/ogg"),
            (b"OggS\x00\x02\x00\x00fishead\0...\x80theora", "video/ogg"),
            (b"ID3\x04\x00", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"%PDF-1.7", "application/pdf"),
            (b"PK\x03\x04\x14\x00", "application/zip"),
            ("Grüße\r\n".as_bytes(), "text/plain"),
            (b"Are free samples included?", "text/plain"),
            (b"BMW: 2 spare keys", "text/plain"),
            (b"<html><script>alert(1)</script>", "text/plain"),
            (b"\x7fELF\x02\x01\x01", "application/octet-stream"),
            (b"MZ\x90\x00\x03", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ];
        for (bytes, mime) in cases {
            assert_eq!(sniff(bytes), mime, "{bytes:?}");
        }
        let mut long = "ü".repeat(5000).into_bytes();
        long.insert(0, b'a');
        assert_eq!(sniff(&long), "text/plain");
    }
}
