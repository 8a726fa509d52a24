//! Pictures: their dimensions, and thumbnails for threads. They are decoded one at a time, and only if [`MEMORY`]
//! allows it, because the sender of a picture decides how much memory it needs. One that is not decoded is shown as
//! it is.

mod head;

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

use self::head::Head;

/// The longest side of a thumbnail.
const SIDE: u32 = 480;
/// The maximum number of pixels of a picture that is decoded. The memory depends on the kind: a progressive JPEG
/// needs three times its own size, an animation several frames. Phones take pictures of 13 million pixels.
const MOST_POINTS: u64 = 13_000_000;
/// A JPEG that is stored row by row needs less.
const MOST_POINTS_IN_ROWS: u64 = 25_000_000;
/// The maximum memory for the pixels of a decoded picture. Including the decoder's other needs, decoding takes at
/// most about 160 MB.
const MEMORY: u64 = 110 * 1024 * 1024;
/// The maximum memory for other compressed data of a PNG, such as a colour profile. Real ones take at most 4 MB.
const BESIDE: u64 = 8 * 1024 * 1024;
const QUALITY: u8 = 80;
/// One at a time: this bounds memory, and leaves the other core for messages.
static ONE: Semaphore = Semaphore::const_new(1);

/// Width and height of a picture as it is shown. None if it cannot be read. Only its header is read, without a
/// decoder.
pub async fn size(path: PathBuf) -> Option<(u32, u32)> {
    tokio::task::spawn_blocking(move || head(&path).map(|head| head.shown())).await.ok()?
}

/// A thumbnail, as JPEG or (with transparency) PNG. None if the picture is already small, animated, or cannot be
/// decoded.
pub async fn small(path: PathBuf) -> Option<Vec<u8>> {
    let _place = ONE.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || make(&path)).await.ok()?
}

fn open(path: &Path) -> Option<BufReader<File>> {
    File::open(path).map(BufReader::new).ok()
}

fn head(path: &Path) -> Option<Head> {
    head::read(&mut open(path)?)
}

fn make(path: &Path) -> Option<Vec<u8>> {
    let head = head(path)?;
    let most = if head.in_rows { MOST_POINTS_IN_ROWS } else { MOST_POINTS };
    if (head.width <= SIDE && head.height <= SIDE) || u64::from(head.width) * u64::from(head.height) > most {
        return None;
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(if head.format == ImageFormat::Png { BESIDE } else { MEMORY });
    let mut reader = ImageReader::with_format(open(path)?, head.format);
    reader.limits(limits.clone());
    let decoder = reader.into_decoder().ok()?;
    if decoder.dimensions() != (head.width, head.height)
        || decoder.total_bytes() > MEMORY
        || moves(head.format, path, &limits)
    {
        return None;
    }
    let mut picture = DynamicImage::from_decoder(decoder).ok()?.thumbnail(SIDE, SIDE);
    // The thumbnail has no orientation tag.
    picture.apply_orientation(head.orientation);
    let mut out = Cursor::new(Vec::new());
    if picture.color().has_alpha() {
        picture.to_rgba8().write_to(&mut out, ImageFormat::Png).ok()?;
    } else {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)).ok()?;
    }
    let out = out.into_inner();
    ((out.len() as u64) < std::fs::metadata(path).ok()?.len()).then_some(out)
}

/// Whether a picture has more than one frame: a thumbnail would lose the animation.
fn moves(format: ImageFormat, path: &Path, limits: &Limits) -> bool {
    let Some(file) = open(path) else { return false };
    match format {
        ImageFormat::Gif => GifDecoder::new(file).is_ok_and(|mut gif| {
            // One that is too large is not decoded at all; counting stops at the second frame.
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
        // A header that claims 65,000 × 65,000 pixels.
        let mut bomb = png(600, 600, false);
        bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
        assert!(made(&bomb).is_none());
    }

    #[test]
    fn a_png_with_a_colour_profile_of_any_size_is_measured_and_a_real_profile_is_no_obstacle() {
        // The memory for unpacking it is measured in `server/tests/it/pictures.rs`.
        let bomb = profile_of(png(600, 600, false), 64 * 1024 * 1024);
        assert_eq!(head(stored(&bomb).path()).unwrap().shown(), (600, 600));
        assert!(made(&profile_of(png(600, 600, false), 1024 * 1024)).is_some());
    }

    /// A PNG with a colour profile of this many zeros.
    fn profile_of(png: Vec<u8>, length: usize) -> Vec<u8> {
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; length], 6);
        let chunk = [&b"iCCPx\0\0"[..], &packed].concat();
        let length = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes();
        let sum = crc(&chunk).to_be_bytes();
        [&png[..33], &length, &chunk, &sum, &png[33..]].concat()
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }
}
