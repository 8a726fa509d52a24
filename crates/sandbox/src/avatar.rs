//! Generated pictures: simple coloured avatars for people and Pages, and a few placeholders.

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
    /// A landscape, in place of a picture that the sandbox may not fetch.
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

    let mut pixels = Vec::with_capacity(SIDE * SIDE / 2);
    for y in 0..SIDE {
        for pair in 0..SIDE / 2 {
            let (left, right) = (shade(motif, pair * 2, y), shade(motif, pair * 2 + 1, y));
            pixels.push(left << 4 | right);
        }
    }

    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, SIDE as u32, SIDE as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Four);
    encoder.set_palette(palette);
    // A picture is made for every request.
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    written.expect("a picture of fixed size fits into memory");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_readable_png_and_depend_on_the_seed() {
        let olena = png(Motif::Person, "Olena");
        let mut decoder = png::Decoder::new(std::io::Cursor::new(&olena));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height, pixels.len()), (128, 128, 128 * 128 * 3));
        let at = |x: usize, y: usize| pixels[(y * SIDE + x) * 3..][..3].to_vec();
        assert_ne!(at(0, 0), at(64, 50), "the face stands out from the background");
        assert_ne!(olena, png(Motif::Person, "Ahmed"));
    }
}
