//! Recognises what a file is: by its first bytes, by the tracks of a container, and only where these leave it open by what its
//! sender, its name or a header say. Those are only claims.

use std::path::Path;

use domain::file_name;
use domain::inbound::FileKind;

use super::tracks::{self, Tracks};

/// What is said about a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Claims<'a> {
    /// What the channel calls it.
    pub kind: Option<FileKind>,
    /// Its name.
    pub name: &'a str,
    /// The type in the header of the answer or the form.
    pub content_type: Option<&'a str>,
}

impl Claims<'_> {
    /// Whether they speak of sound: the channel first, then the name, then the header, which programs rarely set with care.
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

/// The type of a stored file. `head` is what it begins with, some thousand bytes.
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

/// The pictures that every browser draws, and that are shown in place.
pub fn is_drawn(mime: &str) -> bool {
    matches!(mime, "image/png" | "image/jpeg" | "image/gif" | "image/webp")
}

/// The kind of a file, by its bytes; `application/octet-stream` for what is not known.
pub fn sniff(bytes: &[u8]) -> &'static str {
    known(bytes).unwrap_or_else(|| if is_text(bytes) { "text/plain" } else { "application/octet-stream" })
}

fn known(bytes: &[u8]) -> Option<&'static str> {
    let begins = |magic: &[u8]| bytes.starts_with(magic);
    let at = |place: usize, magic: &[u8]| bytes.get(place..place + magic.len()) == Some(magic);
    Some(if begins(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else if begins(b"\xff\xd8\xff") {
        "image/jpeg"
    } else if begins(b"GIF87a") || begins(b"GIF89a") {
        "image/gif"
    } else if begins(b"RIFF") && at(8, b"WEBP") {
        "image/webp"
    } else if begins(b"RIFF") && at(8, b"WAVE") {
        "audio/wav"
    } else if at(4, b"ftyp") {
        iso(bytes.get(8..12)?)
    } else if begins(b"\x1a\x45\xdf\xa3") {
        matroska(bytes)
    } else if begins(b"OggS") {
        let head = &bytes[..bytes.len().min(1024)];
        let names = |codec: &[u8]| head.windows(codec.len()).any(|part| part == codec);
        if names(b"\x80theora") || names(b"\x01video") { "video/ogg" } else { "audio/ogg" }
    } else if begins(b"ID3") {
        "audio/mpeg"
    } else if begins(b"fLaC") {
        "audio/flac"
    } else if begins(b"#!AMR") {
        "audio/amr"
    } else if begins(b"BM") && at(6, b"\0\0\0\0") {
        "image/bmp"
    } else if begins(b"II*\0") || begins(b"MM\0*") {
        "image/tiff"
    } else if let [0xff, second, third, ..] = bytes
        && second & 0xe0 == 0xe0
    {
        return mpeg(*second, *third);
    } else if begins(b"%PDF-") {
        "application/pdf"
    } else if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        "application/zip"
    } else {
        return None;
    })
}

/// MP4 and its relatives, by brand.
fn iso(brand: &[u8]) -> &'static str {
    match brand {
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " | b"M4P " => "audio/mp4",
        // Pictures in the same box.
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => "image/heic",
        _ => "video/mp4",
    }
}

/// WebM says so near its start; other Matroska files are not played by browsers.
fn matroska(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(64)];
    if head.windows(4).any(|four| four == b"webm") { "video/webm" } else { "video/x-matroska" }
}

/// A frame of MPEG audio or of AAC in ADTS: both begin with eleven ones.
fn mpeg(second: u8, third: u8) -> Option<&'static str> {
    if second & 0xf6 == 0xf0 {
        return (third & 0x3c != 0x3c).then_some("audio/aac");
    }
    // Version, layer, bit rate and sample rate must each be one that exists.
    let exists = second & 0x18 != 0x08 && second & 0x06 != 0 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c;
    exists.then_some("audio/mpeg")
}

/// Words: UTF-8 without what only programs write.
fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(8192)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The cut may have gone through a character.
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
        // What is no container is what it is.
        assert_eq!(identified(b"%PDF-1.7", voice), "application/pdf");
    }

    #[test]
    fn kinds_are_known_by_their_bytes() {
        let cases: [(&[u8], &str); 27] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
            (b"\x00\x00\x00\x18ftypmp42....", "video/mp4"),
            (b"\x00\x00\x00\x18ftypisom....", "video/mp4"),
            (b"\x00\x00\x00\x14ftypqt  ....", "video/quicktime"),
            (b"\x00\x00\x00\x20ftypM4A ....", "audio/mp4"),
            (b"\x00\x00\x00\x20ftypheic....", "image/heic"),
            (b"\x00\x00\x00\x20ftypavif....", "image/avif"),
            (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00", "image/bmp"),
            (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
            (b"fLaC\x00\x00\x00\x22", "audio/flac"),
            (b"#!AMR\n\x3c", "audio/amr"),
            (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "video/webm"),
            (b"OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00OpusHead", "audio/ogg"),
            (b"ID3\x04\x00", "audio/mpeg"),
            (b"\xff\xfb\x90\x64", "audio/mpeg"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"%PDF-1.7", "application/pdf"),
            (b"PK\x03\x04\x14\x00", "application/zip"),
            ("Grüße\r\n".as_bytes(), "text/plain"),
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
