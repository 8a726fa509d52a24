//! The header of a picture: its format, size and orientation. It is read here and not by a decoder, because a decoder
//! also unpacks other data (colour profiles, texts), and the sender decides how much memory that takes.

use std::io::{BufRead, Read, Seek};

use image::ImageFormat;
use image::metadata::Orientation;

/// The maximum size of an Exif block that is read. A JPEG has no room for more.
const NOTE: u64 = 64 * 1024;
/// The maximum number of segments that are read: real pictures have far fewer before their pixels.
const MOST_PARTS: usize = 10_000;

/// The content of a picture's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    pub format: ImageFormat,
    /// The width as stored.
    pub width: u32,
    pub height: u32,
    /// The orientation: phones store pictures unrotated, with a tag for how to rotate them.
    pub orientation: Orientation,
    /// Whether it is a JPEG that is stored row by row, and not in passes over the whole picture (progressive).
    pub in_rows: bool,
}

impl Head {
    fn new(format: ImageFormat, (width, height): (u32, u32)) -> Self {
        Self { format, width, height, orientation: Orientation::NoTransforms, in_rows: false }
    }

    /// Width and height as it is shown.
    pub fn shown(&self) -> (u32, u32) {
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }
}

/// Reads the header; None if the format is not supported here, or the file has an unusual structure.
pub fn read(file: &mut (impl BufRead + Seek)) -> Option<Head> {
    match file.fill_buf().ok()? {
        [0x89, b'P', b'N', b'G', ..] => png(file),
        [0xff, 0xd8, ..] => jpeg(file),
        [b'G', b'I', b'F', b'8', ..] => gif(file),
        [b'R', b'I', b'F', b'F', ..] => webp(file),
        _ => None,
    }
}

fn bytes<const N: usize>(file: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

fn skip(file: &mut impl Seek, length: u64) -> Option<()> {
    file.seek_relative(i64::try_from(length).ok()?).ok()
}

/// The orientation from an Exif block of this length.
fn orientation(file: &mut impl Read, length: u64) -> Option<Orientation> {
    let mut note = Vec::new();
    file.take(length.min(NOTE)).read_to_end(&mut note).ok()?;
    Orientation::from_exif_chunk(note.strip_prefix(b"Exif\0\0").unwrap_or(&note))
}

fn png(file: &mut (impl Read + Seek)) -> Option<Head> {
    bytes::<8>(file)?;
    let ([0, 0, 0, 13], b"IHDR") = (bytes(file)?, &bytes(file)?) else { return None };
    let size = (u32::from_be_bytes(bytes(file)?), u32::from_be_bytes(bytes(file)?));
    // The rest of it, and its checksum.
    skip(file, 5 + 4)?;
    let mut head = Head::new(ImageFormat::Png, size);
    head.orientation = png_orientation(file).unwrap_or(Orientation::NoTransforms);
    Some(head)
}

fn png_orientation(file: &mut (impl Read + Seek)) -> Option<Orientation> {
    for _ in 0..MOST_PARTS {
        let length = u32::from_be_bytes(bytes(file)?);
        match &bytes(file)? {
            b"eXIf" => return orientation(file, length.into()),
            b"IDAT" | b"IEND" => return None,
            _ => skip(file, u64::from(length) + 4)?,
        }
    }
    None
}

fn jpeg(file: &mut (impl Read + Seek)) -> Option<Head> {
    bytes::<2>(file)?;
    let mut turned = None;
    for _ in 0..MOST_PARTS {
        let [0xff, mut marker] = bytes(file)? else { return None };
        // Any number of these may come before a marker.
        while marker == 0xff {
            [marker] = bytes(file)?;
        }
        let length = u64::from(u16::from_be_bytes(bytes(file)?).checked_sub(2)?);
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let [_, h1, h2, w1, w2] = bytes(file)?;
                let size = (u16::from_be_bytes([w1, w2]).into(), u16::from_be_bytes([h1, h2]).into());
                let mut head = Head::new(ImageFormat::Jpeg, size);
                head.orientation = turned.unwrap_or(Orientation::NoTransforms);
                head.in_rows = matches!(marker, 0xc0 | 0xc1);
                return Some(head);
            }
            0xe1 if turned.is_none() => {
                let mut note = file.take(length);
                turned = orientation(&mut note, length);
                let rest = note.limit();
                skip(file, rest)?;
            }
            // Tables, comments and Exif data come before the picture.
            0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => skip(file, length)?,
            _ => return None,
        }
    }
    None
}

fn gif(file: &mut impl Read) -> Option<Head> {
    bytes::<6>(file)?;
    let size = (u16::from_le_bytes(bytes(file)?).into(), u16::from_le_bytes(bytes(file)?).into());
    Some(Head::new(ImageFormat::Gif, size))
}

fn webp(file: &mut (impl Read + Seek)) -> Option<Head> {
    let [.., b'W', b'E', b'B', b'P'] = bytes::<12>(file)? else { return None };
    let (name, length): ([u8; 4], u32) = (bytes(file)?, u32::from_le_bytes(bytes(file)?));
    let mut turned = None;
    let size = match &name {
        b"VP8 " => {
            let [_, _, _, 0x9d, 0x01, 0x2a, w1, w2, h1, h2] = bytes(file)? else { return None };
            let points = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            (points(w1, w2), points(h1, h2))
        }
        b"VP8L" => {
            let [0x2f, packed @ ..] = bytes::<5>(file)? else { return None };
            let packed = u32::from_le_bytes(packed);
            ((packed & 0x3fff) + 1, ((packed >> 14) & 0x3fff) + 1)
        }
        b"VP8X" => {
            let [_, _, _, _, w1, w2, w3, h1, h2, h3] = bytes(file)?;
            skip(file, (u64::from(length) + u64::from(length % 2)).checked_sub(10)?)?;
            turned = webp_orientation(file);
            let points = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
            (points(w1, w2, w3), points(h1, h2, h3))
        }
        _ => return None,
    };
    let mut head = Head::new(ImageFormat::WebP, size);
    head.orientation = turned.unwrap_or(Orientation::NoTransforms);
    Some(head)
}

fn webp_orientation(file: &mut (impl Read + Seek)) -> Option<Orientation> {
    for _ in 0..MOST_PARTS {
        let (name, length): ([u8; 4], u32) = (bytes(file)?, u32::from_le_bytes(bytes(file)?));
        if &name == b"EXIF" {
            return orientation(file, length.into());
        }
        skip(file, u64::from(length) + u64::from(length % 2))?;
    }
    None
}

#[cfg(test)]
pub mod tests {
    use std::io::Cursor;

    use super::*;

    /// A JPEG's header: its kind of frame, and its size.
    fn jpeg_head(frame: u8, width: u16, height: u16) -> Vec<u8> {
        let ([w1, w2], [h1, h2]) = (width.to_be_bytes(), height.to_be_bytes());
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0];
        bytes.extend([0xff, frame, 0, 17, 8, h1, h2, w1, w2, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
        bytes
    }

    /// An Exif block with one entry, the orientation.
    fn note(orientation: u8) -> Vec<u8> {
        let mut note = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        note.extend([orientation, 0, 0, 0, 0, 0, 0]);
        note
    }

    fn read_from(bytes: &[u8]) -> Option<Head> {
        read(&mut Cursor::new(bytes))
    }

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        image::RgbImage::new(30, 20).write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn every_kind_that_is_opened_has_its_size() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP] {
            let head = read_from(&encoded(format)).unwrap();
            assert_eq!((head.format, head.shown()), (format, (30, 20)));
        }
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x1e\0\x14\0";
        assert_eq!(read_from(lossy).unwrap().shown(), (30, 20));
        for nothing in [&b"no picture"[..], b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WAVEfmt "] {
            assert_eq!(read_from(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_picture_is_as_large_as_it_is_shown() {
        for (turned, shown) in [(1, (30, 20)), (3, (30, 20)), (6, (20, 30)), (8, (20, 30))] {
            let camera = [b"Exif\0\0", &note(turned)[..]].concat();
            let length = u16::try_from(camera.len() + 2).unwrap().to_be_bytes();
            let jpeg = encoded(ImageFormat::Jpeg);
            // A block of another kind and fill bytes come before it.
            let other = b"\xff\xe1\0\x08http:/\xff\xff\xff\xe1";
            let jpeg = [&jpeg[..2], other, &length, &camera, &jpeg[2..]].concat();
            assert_eq!(read_from(&jpeg).unwrap().shown(), shown, "JPEG, {turned}");

            let note = note(turned);
            let png = encoded(ImageFormat::Png);
            let length = u32::try_from(note.len()).unwrap();
            let chunk = [&length.to_be_bytes()[..], b"eXIf", &note, &[0; 4]].concat();
            let png = [&png[..33], b"\0\0\0\x01tEXtx\0\0\0\0", &chunk, &png[33..]].concat();
            assert_eq!(read_from(&png).unwrap().shown(), shown, "PNG, {turned}");

            let webp = [
                &b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x08\0\0\0\x1d\0\0\x13\0\0ICCP\x01\0\0\0x\0EXIF"[..],
                &length.to_le_bytes(),
                &note,
            ];
            assert_eq!(read_from(&webp.concat()).unwrap().shown(), shown, "WebP, {turned}");
        }
    }

    #[test]
    fn a_jpeg_in_passes_is_told_from_one_in_rows() {
        let in_rows = |frame| read_from(&jpeg_head(frame, 8, 8)).unwrap().in_rows;
        assert!(in_rows(0xc0) && in_rows(0xc1) && !in_rows(0xc2));
        for odd in [&b"\xff\xd8\xff\xd8\xff\xc0"[..], b"\xff\xd8", b"\xff\xd8\xff\xc0\0\0"] {
            assert_eq!(read_from(odd), None);
        }
    }

    #[test]
    fn a_head_that_claims_to_be_endless_ends() {
        let mut png = encoded(ImageFormat::Png)[..33].to_vec();
        png.extend(b"\0\0\0\0tEXt\0\0\0\0".repeat(1_000_000));
        assert!(read_from(&png).is_some());
        let webp = b"RIFF\xff\xff\xff\xffWEBPVP8X\x0a\0\0\0\x08\0\0\0\x1d\0\0\x13\0\0EXIF\xff\xff\xff\xff";
        assert_eq!(read_from(webp).unwrap().shown(), (30, 20));
        assert_eq!(read_from(&[&b"\xff\xd8"[..], &[0xff; 1_000]].concat()), None);
    }
}
