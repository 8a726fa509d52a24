//! Recognises a file's type by its first bytes. Names and headers are only claims.

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
        return iso(bytes.get(8..12)?);
    } else if begins(b"\x1a\x45\xdf\xa3") {
        matroska(bytes)
    } else if begins(b"OggS") {
        if at(28, b"\x80theora") || at(28, b"\x01video") { "video/ogg" } else { "audio/ogg" }
    } else if begins(b"ID3") {
        "audio/mpeg"
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
fn iso(brand: &[u8]) -> Option<&'static str> {
    Some(match brand {
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " | b"M4P " => "audio/mp4",
        // Pictures in the same box: not ones that every browser shows.
        b"avif" | b"avis" | b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" => return None,
        _ => "video/mp4",
    })
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
    fn kinds_are_known_by_their_bytes() {
        let cases: [(&[u8], &str); 22] = [
            (b"\x89PNG\r\n\x1a\n....", "image/png"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
            (b"GIF89a..", "image/gif"),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
            (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
            (b"\x00\x00\x00\x18ftypmp42....", "video/mp4"),
            (b"\x00\x00\x00\x18ftypisom....", "video/mp4"),
            (b"\x00\x00\x00\x14ftypqt  ....", "video/quicktime"),
            (b"\x00\x00\x00\x20ftypM4A ....", "audio/mp4"),
            (b"\x00\x00\x00\x20ftypheic....", "application/octet-stream"),
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
