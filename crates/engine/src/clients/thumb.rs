//! Small pictures for threads: made once, when a picture is stored, on their own thread and within a memory limit. A
//! picture that cannot be made small is shown as it is.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::gif::GifDecoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder as _, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use tokio::sync::Semaphore;

/// The longest side of a small picture.
const SIDE: u32 = 480;
/// Larger pictures are not opened.
const WIDEST: u32 = 12_000;
/// The most that opening one may take.
const MEMORY: u64 = 192 * 1024 * 1024;
const QUALITY: u8 = 80;
/// One at a time: memory is bounded, and messages have the other core.
static ONE: Semaphore = Semaphore::const_new(1);

/// A small picture, JPEG or (where one can see through) PNG. None if the picture is small already, moves, or cannot be
/// opened.
pub async fn small(bytes: Bytes) -> Option<Vec<u8>> {
    let _place = ONE.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || make(&bytes)).await.ok()?
}

fn make(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let format = reader.format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(WIDEST);
    limits.max_image_height = Some(WIDEST);
    limits.max_alloc = Some(MEMORY);
    if moves(format, bytes, &limits) {
        return None;
    }
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let needed = decoder.total_bytes();
    if (width <= SIDE && height <= SIDE) || needed > MEMORY {
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
    (out.len() < bytes.len()).then_some(out)
}

/// Whether a picture has more than one frame: a small picture would lose the animation.
fn moves(format: ImageFormat, bytes: &[u8], limits: &Limits) -> bool {
    match format {
        ImageFormat::Gif => GifDecoder::new(Cursor::new(bytes)).is_ok_and(|mut gif| {
            // One that is too large is not opened at all; counting stops at the second frame.
            gif.set_limits(limits.clone()).is_err() || gif.into_frames().nth(1).is_some()
        }),
        ImageFormat::WebP => WebPDecoder::new(Cursor::new(bytes)).is_ok_and(|webp| webp.has_animation()),
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

    #[test]
    fn the_longest_side_becomes_480_and_what_is_small_stays() {
        let small = make(&png(1_200, 600, false)).unwrap();
        let read = image::load_from_memory(&small).unwrap();
        assert_eq!((read.width(), read.height()), (480, 240));
        assert_eq!(image::guess_format(&small).unwrap(), ImageFormat::Jpeg);
        let clear = make(&png(500, 1_000, true)).unwrap();
        assert_eq!(image::guess_format(&clear).unwrap(), ImageFormat::Png);
        assert!(make(&png(480, 480, false)).is_none());
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_gives_none() {
        assert!(make(b"no picture").is_none());
        // A header that claims 65,000 × 65,000 points.
        let mut bomb = png(600, 600, false);
        bomb[16..24].copy_from_slice(&[0, 0, 0xfd, 0xe8, 0, 0, 0xfd, 0xe8]);
        assert!(make(&bomb).is_none());
    }
}
