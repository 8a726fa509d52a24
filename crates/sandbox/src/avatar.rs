//! Generated pictures: people and Pages get simple coloured avatars, real PNG bytes made without an image library.

use crate::crypto::stable_hash;

const SIDE: usize = 128;
/// Shades between background and foreground: a palette of 16 colours, 4 bits per pixel, makes the edges smooth.
const SHADES: usize = 16;

/// What the picture shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Motif {
    /// Head and shoulders.
    Person,
    /// A little shop with an awning.
    Page,
    /// A landscape: stands in for a picture that the sandbox may not fetch.
    Placeholder,
    /// A thumb: the like sticker.
    Like,
}

/// A PNG picture of 128×128 pixels whose colour depends on `seed` alone.
pub fn png(motif: Motif, seed: &str) -> Vec<u8> {
    let hash = stable_hash(seed);
    let back = hue((hash % 360) as f32, 0.52, 0.48);
    let front = hue((hash % 360) as f32, 0.45, 0.93);
    let palette: Vec<u8> = (0..SHADES)
        .flat_map(|shade| {
            let part = shade as f32 / (SHADES - 1) as f32;
            (0..3).map(move |channel| (back[channel] + (front[channel] - back[channel]) * part).round() as u8)
        })
        .collect();

    let mut rows = Vec::with_capacity(SIDE * (SIDE / 2 + 1));
    for y in 0..SIDE {
        rows.push(0); // filter: none
        for pair in 0..SIDE / 2 {
            let (left, right) = (shade(motif, pair * 2, y), shade(motif, pair * 2 + 1, y));
            rows.push(left << 4 | right);
        }
    }

    let mut header = Vec::new();
    header.extend_from_slice(&(SIDE as u32).to_be_bytes());
    header.extend_from_slice(&(SIDE as u32).to_be_bytes());
    header.extend_from_slice(&[4, 3, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, b"IHDR", &header);
    chunk(&mut file, b"PLTE", &palette);
    chunk(&mut file, b"IDAT", &zlib_stored(&rows));
    chunk(&mut file, b"IEND", &[]);
    file
}

/// The share of the foreground in one pixel, from 2×2 samples: pictures are made on every request, so they must be cheap.
fn shade(motif: Motif, x: usize, y: usize) -> u8 {
    let mut hits = 0_u32;
    for (right, down) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
        let (u, v) = ((x as f32 + right) / SIDE as f32, (y as f32 + down) / SIDE as f32);
        hits += u32::from(inside(motif, u, v));
    }
    (hits * 15 / 4) as u8
}

fn inside(motif: Motif, u: f32, v: f32) -> bool {
    let within = |cx: f32, cy: f32, rx: f32, ry: f32| ((u - cx) / rx).powi(2) + ((v - cy) / ry).powi(2) < 1.0;
    match motif {
        Motif::Person => within(0.5, 0.39, 0.17, 0.19) || (within(0.5, 1.0, 0.34, 0.36) && v > 0.64),
        Motif::Page => {
            let awning = (0.24..0.76).contains(&u)
                && (0.26..0.42).contains(&v)
                && (((u - 0.24) / 0.104) as u32).is_multiple_of(2);
            let scallop = (0..5).any(|i| i % 2 == 0 && within(0.292 + 0.104 * i as f32, 0.42, 0.052, 0.05));
            let wall = (0.29..0.71).contains(&u) && (0.50..0.76).contains(&v);
            let door = (0.54..0.65).contains(&u) && v > 0.57;
            let window = (0.35..0.48).contains(&u) && (0.57..0.67).contains(&v);
            awning || scallop || (wall && !door && !window)
        }
        Motif::Like => {
            let cuff = (0.2..0.3).contains(&u) && (0.46..0.82).contains(&v);
            let fist = (0.34..0.76).contains(&u) && (0.46..0.82).contains(&v);
            let thumb = (0.44..0.58).contains(&u) && v < 0.5 && (v > 0.26 || within(0.51, 0.26, 0.07, 0.07));
            cuff || fist || thumb || within(0.76, 0.64, 0.07, 0.18)
        }
        Motif::Placeholder => {
            within(0.7, 0.3, 0.09, 0.09)
                || (v > 0.45 + (u - 0.35).abs() * 0.9 && v < 0.82)
                || (v > 0.58 + (u - 0.68).abs() * 0.8 && v < 0.82)
        }
    }
}

fn hue(degrees: f32, saturation: f32, lightness: f32) -> [f32; 3] {
    let spread = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|offset| {
        let k = (offset + degrees / 30.0) % 12.0;
        255.0 * (lightness - spread * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0))
    })
}

fn chunk(file: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = file.len();
    file.extend_from_slice(name);
    file.extend_from_slice(data);
    let crc = crc32(&file[start..]);
    file.extend_from_slice(&crc.to_be_bytes());
}

/// A zlib stream of stored blocks: nothing is compressed, the pictures are small.
fn zlib_stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        stream.push(u8::from(blocks.peek().is_none()));
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend_from_slice(&(b << 16 | a).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_match_published_values() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(&zlib_stored(b"Wikipedia")[14 + 2..], 0x11e6_0398_u32.to_be_bytes());
    }

    #[test]
    fn pictures_sniff_as_png_and_depend_on_the_seed() {
        let olena = png(Motif::Person, "Olena");
        assert!(olena.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert_ne!(olena, png(Motif::Person, "Ahmed"));
    }
}
