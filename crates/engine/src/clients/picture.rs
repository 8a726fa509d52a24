//! Pictures: how large one is, and a small one of it for threads. They are opened one at a time, and only as far as
//! [`MEMORY`] allows: the sender of a picture decides what opening it costs. One that is not opened is shown as it is.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::path::{Path, PathBuf};

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

/// The longest side of a small picture.
const SIDE: u32 = 480;
/// The most points of a picture that is opened. What opening takes depends on the kind: a progressive JPEG needs three times
/// its own memory, a moving picture several frames. 13 million points are what phones take.
const MOST_POINTS: u64 = 13_000_000;
/// A JPEG that is stored row by row needs less.
const MOST_POINTS_IN_ROWS: u64 = 25_000_000;
/// The most that the points of an opened picture may take. With what a decoder needs besides, opening a picture takes
/// about 160 MB at most.
const MEMORY: u64 = 110 * 1024 * 1024;
const QUALITY: u8 = 80;
/// One at a time: memory is bounded, and messages have the other core.
static ONE: Semaphore = Semaphore::const_new(1);

/// Width and height of a picture as it is shown: phones store a picture lying down with a note how to turn it. None if it
/// cannot be read. Only its head is looked at.
pub async fn size(path: PathBuf) -> Option<(u32, u32)> {
    let _place = ONE.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || measure(&path)).await.ok()?
}

/// A small picture, JPEG or (where one can see through) PNG. None if the picture is small already, moves, or cannot be
/// opened.
pub async fn small(path: PathBuf) -> Option<Vec<u8>> {
    let _place = ONE.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || make(&path)).await.ok()?
}

fn measure(path: &Path) -> Option<(u32, u32)> {
    let mut decoder = reader(path)?.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let turned = matches!(
        decoder.orientation().unwrap_or(Orientation::NoTransforms),
        Orientation::Rotate90 | Orientation::Rotate270 | Orientation::Rotate90FlipH | Orientation::Rotate270FlipH
    );
    Some(if turned { (height, width) } else { (width, height) })
}

fn reader(path: &Path) -> Option<ImageReader<BufReader<File>>> {
    ImageReader::new(BufReader::new(File::open(path).ok()?)).with_guessed_format().ok()
}

fn make(path: &Path) -> Option<Vec<u8>> {
    let mut reader = reader(path)?;
    let format = reader.format()?;
    let in_rows = format == ImageFormat::Jpeg && is_in_rows(BufReader::new(File::open(path).ok()?));
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let most = if in_rows { MOST_POINTS_IN_ROWS } else { MOST_POINTS };
    if (width <= SIDE && height <= SIDE)
        || u64::from(width) * u64::from(height) > most
        || decoder.total_bytes() > MEMORY
        || moves(format, path, &limits)
    {
        return None;
    }
    // A phone stores its orientation as a note; the small picture has no such note and must be rotated.
    let orientation = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).ok()?.thumbnail(SIDE, SIDE);
    if let Some(orientation) = orientation {
        picture.apply_orientation(orientation);
    }
    let mut out = Cursor::new(Vec::new());
    if picture.color().has_alpha() {
        picture.to_rgba8().write_to(&mut out, ImageFormat::Png).ok()?;
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)).ok()?;
    }
    let out = out.into_inner();
    ((out.len() as u64) < std::fs::metadata(path).ok()?.len()).then_some(out)
}

/// Whether a JPEG is stored row by row, and not in passes over the whole picture (progressive). What is built in an unusual
/// way counts as the latter.
fn is_in_rows(mut jpeg: impl BufRead + Seek) -> bool {
    // The two bytes that every JPEG begins with are followed by segments: a marker, a length, and what it holds.
    if jpeg.seek_relative(2).is_err() {
        return false;
    }
    let mut segment = || -> Option<u8> {
        let mut head = [0; 4];
        jpeg.read_exact(&mut head).ok()?;
        let [0xff, marker, high, low] = head else { return None };
        jpeg.seek_relative(i64::from(u16::from_be_bytes([high, low]).checked_sub(2)?)).ok()?;
        Some(marker)
    };
    std::iter::from_fn(&mut segment).find_map(|marker| match marker {
        0xc0 | 0xc1 => Some(true),
        // Tables, comments and notes of cameras stand before the picture.
        0xc4 | 0xdb | 0xdd | 0xe0..=0xef | 0xfe => None,
        _ => Some(false),
    }) == Some(true)
}

/// Whether a picture has more than one frame: a small picture would lose the animation.
fn moves(format: ImageFormat, path: &Path, limits: &Limits) -> bool {
    let Ok(file) = File::open(path).map(BufReader::new) else { return false };
    match format {
        ImageFormat::Gif => GifDecoder::new(file).is_ok_and(|mut gif| {
            // One that is too large is not opened at all; counting stops at the second frame.
            gif.set_limits(limits.clone()).is_err() || gif.into_frames().nth(1).is_some()
        }),
        ImageFormat::WebP => WebPDecoder::new(file).is_ok_and(|webp| webp.has_animation()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32, alpha: bool) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let noise = |x: u32, y: u32| (x.wrapping_mul(31) ^ y.wrapping_mul(17)) as u8;
        if alpha {
            let picture = image::RgbaImage::from_fn(width, height, |x, y| image::Rgba([noise(x, y), 9, 9, 100]));
            picture.write_to(&mut out, ImageFormat::Png).unwrap();
        } else {
            let picture =
                image::RgbImage::from_fn(width, height, |x, y| image::Rgb([noise(x, y), noise(y, x), 9]));
            picture.write_to(&mut out, ImageFormat::Png).unwrap();
        }
        out.into_inner()
    }

    fn stored(bytes: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        file
    }

    fn made(bytes: &[u8]) -> Option<Vec<u8>> {
        make(stored(bytes).path())
    }

    /// A JPEG's head: its kind of frame, and its size.
    fn jpeg_head(frame: u8, width: u16, height: u16) -> Vec<u8> {
        let ([w1, w2], [h1, h2]) = (width.to_be_bytes(), height.to_be_bytes());
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0];
        bytes.extend([0xff, frame, 0, 17, 8, h1, h2, w1, w2, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
        bytes
    }

    #[test]
    fn the_longest_side_becomes_480_and_what_is_small_stays() {
        let small = made(&png(1_200, 600, false)).unwrap();
        let read = image::load_from_memory(&small).unwrap();
        assert_eq!((read.width(), read.height()), (480, 240));
        assert_eq!(image::guess_format(&small).unwrap(), ImageFormat::Jpeg);
        let clear = made(&png(500, 1_000, true)).unwrap();
        assert_eq!(image::guess_format(&clear).unwrap(), ImageFormat::Png);
        assert!(made(&png(480, 480, false)).is_none());
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_gives_none() {
        assert!(made(b"no picture").is_none());
        // A header that claims 65,000 × 65,000 points.
        let mut bomb = png(600, 600, false);
        bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
        assert!(made(&bomb).is_none());
    }

    #[test]
    fn a_jpeg_in_passes_is_told_from_one_in_rows() {
        let in_rows = |bytes: &[u8]| is_in_rows(Cursor::new(bytes));
        assert!(in_rows(&jpeg_head(0xc0, 8, 8)) && in_rows(&jpeg_head(0xc1, 8, 8)));
        assert!(!in_rows(&jpeg_head(0xc2, 8, 8)));
        assert!(!in_rows(b"\xff\xd8\xff\xd8\xff\xc0") && !in_rows(b"\xff\xd8") && !in_rows(b""));
    }

    #[test]
    fn sizes_are_those_that_are_shown() {
        assert_eq!(measure(stored(&png(30, 20, false)).path()), Some((30, 20)));
        assert_eq!(measure(stored(b"no picture").path()), None);
        let mut jpeg = Cursor::new(Vec::new());
        image::RgbImage::new(30, 20).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
        let jpeg = jpeg.into_inner();
        for (orientation, shown) in [(1, (30, 20)), (3, (30, 20)), (6, (20, 30)), (8, (20, 30))] {
            // Exif: one entry, the orientation.
            let mut note = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
            note.extend([orientation, 0, 0, 0, 0, 0, 0]);
            let mut turned = vec![0xff, 0xd8, 0xff, 0xe1, 0, u8::try_from(note.len() + 2).unwrap()];
            turned.extend(note);
            turned.extend(&jpeg[2..]);
            assert_eq!(measure(stored(&turned).path()), Some(shown), "{orientation}");
        }
    }
}
