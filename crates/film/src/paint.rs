//! Pixels: three bytes each, row by row.

use std::path::Path;

use crate::{Error, Point, Size};

/// A picture that was filmed.
pub(crate) struct Picture {
    size: Size,
    bytes: Vec<u8>,
}

impl Picture {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = std::fs::read(path).map_err(Error::file(path))?;
        let read = image::load_from_memory(&bytes).map_err(|error| Error::Picture(error.to_string()))?;
        let read = read.into_rgb8();
        Ok(Self { size: Size { width: read.width(), height: read.height() }, bytes: read.into_raw() })
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }
}

/// One picture of the film.
pub(crate) struct Canvas {
    size: Size,
    bytes: Vec<u8>,
}

impl Canvas {
    pub(crate) fn new(size: Size) -> Self {
        Self { size, bytes: vec![0; size.width as usize * size.height as usize * 3] }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn copy(&mut self, other: &Self) {
        self.bytes.copy_from_slice(&other.bytes);
    }

    /// Mixes another picture in; `part` of 256.
    pub(crate) fn mix(&mut self, other: &Self, part: u32) {
        for (mine, theirs) in self.bytes.iter_mut().zip(&other.bytes) {
            *mine = ((u32::from(*mine) * (256 - part) + u32::from(*theirs) * part) >> 8) as u8;
        }
    }

    /// Puts a picture at a corner; what is taller than `tallest` or does not fit is cut off.
    pub(crate) fn put(&mut self, picture: &Picture, corner: (u32, u32), tallest: u32) {
        self.put_part(picture, corner, picture.size.width, picture.size.height.min(tallest));
    }

    /// Puts the upper left part of a picture at a corner.
    pub(crate) fn put_part(&mut self, picture: &Picture, (x, y): (u32, u32), width: u32, height: u32) {
        let width = width.min(picture.size.width).min(self.size.width.saturating_sub(x)) as usize * 3;
        for row in 0..height.min(picture.size.height).min(self.size.height.saturating_sub(y)) {
            let from = row as usize * picture.size.width as usize * 3;
            let to = self.place(x, y + row);
            self.bytes[to..to + width].copy_from_slice(&picture.bytes[from..from + width]);
        }
    }

    /// Darkens a part: something else is in front of it.
    pub(crate) fn dim(&mut self, (x, y): (u32, u32), size: Size) {
        for row in y..(y + size.height).min(self.size.height) {
            let from = self.place(x, row);
            for byte in &mut self.bytes[from..from + size.width as usize * 3] {
                *byte = (u32::from(*byte) * 150 / 256) as u8;
            }
        }
    }

    /// A soft shadow around a window with a title bar.
    pub(crate) fn shade(&mut self, (x, y): (u32, u32), size: Size, bar: u32) {
        const REACH: f64 = 28.0;
        let (left, top) = (f64::from(x), f64::from(y - bar));
        let (right, bottom) = (left + f64::from(size.width), f64::from(y + size.height));
        let (first, last) = ((top - REACH) as u32, (bottom + REACH) as u32);
        for row in first..last.min(self.size.height) {
            for column in x.saturating_sub(REACH as u32)..(x + size.width + REACH as u32).min(self.size.width) {
                let (px, py) = (f64::from(column), f64::from(row));
                let away = (left - px).max(px - right).max(0.0).hypot((top - py).max(py - bottom).max(0.0));
                if away < REACH {
                    let keep = 1.0 - 0.45 * (1.0 - away / REACH).powi(2);
                    self.blend(column, row, [0, 0, 0], 1.0 - keep);
                }
            }
        }
    }

    fn blend(&mut self, x: u32, y: u32, colour: [u8; 3], cover: f64) {
        if x >= self.size.width || y >= self.size.height || cover <= 0.0 {
            return;
        }
        let at = self.place(x, y);
        for (byte, over) in self.bytes[at..at + 3].iter_mut().zip(colour) {
            *byte = (f64::from(*byte) * (1.0 - cover) + f64::from(over) * cover).round() as u8;
        }
    }

    fn place(&self, x: u32, y: u32) -> usize {
        (y as usize * self.size.width as usize + x as usize) * 3
    }
}

/// An arrow, large enough for small screens: its outline, from the tip.
const ARROW: &[(f64, f64)] =
    &[(0.0, 0.0), (0.0, 29.0), (7.0, 22.6), (11.8, 33.5), (16.6, 31.4), (11.9, 20.7), (21.2, 20.7)];
/// How wide the white edge around it is.
const EDGE: f64 = 2.2;

/// The hand.
pub(crate) struct Pointer {
    /// How much of each pixel is ink, and how much ink or edge; from (-4, -4) on.
    pixels: Vec<(u32, u32, f64, f64)>,
}

impl Pointer {
    pub(crate) fn new() -> Self {
        const FINE: u32 = 4;
        let mut pixels = Vec::new();
        for y in 0..44 {
            for x in 0..32 {
                let (mut ink, mut all) = (0.0, 0.0);
                for step in 0..FINE * FINE {
                    let part = |n: u32| (f64::from(n) + 0.5) / f64::from(FINE);
                    let (px, py) =
                        (f64::from(x) - 4.0 + part(step % FINE), f64::from(y) - 4.0 + part(step / FINE));
                    let inside = is_inside(px, py);
                    ink += f64::from(u8::from(inside));
                    all += f64::from(u8::from(inside || distance(px, py) < EDGE));
                }
                if all > 0.0 {
                    let samples = f64::from(FINE * FINE);
                    pixels.push((x, y, ink / samples, all / samples));
                }
            }
        }
        Self { pixels }
    }

    /// Draws it with its tip at a place; a click is a ring that spreads (`ripple` above 0, up to 1).
    pub(crate) fn draw(&self, canvas: &mut Canvas, tip: Point, ripple: f64) {
        let place = |at: f64| at.round().max(0.0) as u32;
        if ripple > 0.0 {
            let (radius, width) = (6.0 + 24.0 * ripple, 4.5);
            for y in place(tip.y - 36.0)..place(tip.y + 36.0) {
                for x in place(tip.x - 36.0)..place(tip.x + 36.0) {
                    let away = (f64::from(x) - tip.x).hypot(f64::from(y) - tip.y);
                    let cover = (1.0 - (away - radius).abs() / width).clamp(0.0, 1.0) * (1.0 - ripple);
                    canvas.blend(x, y, [98, 84, 240], cover);
                }
            }
        }
        for (x, y, ink, all) in &self.pixels {
            let (px, py) = (place(tip.x) + x, place(tip.y) + y);
            if px >= 4 && py >= 4 {
                canvas.blend(px - 4, py - 4, [255, 255, 255], *all);
                canvas.blend(px - 4, py - 4, [20, 20, 27], *ink);
            }
        }
    }
}

fn edges() -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
    ARROW.iter().copied().zip(ARROW.iter().copied().cycle().skip(1))
}

fn is_inside(x: f64, y: f64) -> bool {
    let crossed = |((ax, ay), (bx, by)): &((f64, f64), (f64, f64))| {
        (*ay > y) != (*by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax
    };
    edges().filter(crossed).count() % 2 == 1
}

fn distance(x: f64, y: f64) -> f64 {
    let to_edge = |((ax, ay), (bx, by)): ((f64, f64), (f64, f64))| {
        let (dx, dy) = (bx - ax, by - ay);
        let part = (((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (x - ax - dx * part).hypot(y - ay - dy * part)
    };
    edges().map(to_edge).fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut_off_and_nothing_else_is_touched() {
        let mut canvas = Canvas::new(Size { width: 4, height: 3 });
        let picture = Picture { size: Size { width: 3, height: 3 }, bytes: vec![9; 27] };
        canvas.put(&picture, (2, 1), 9);
        let lit: Vec<usize> = (0..12).filter(|pixel| canvas.bytes[pixel * 3] == 9).collect();
        assert_eq!(lit, [6, 7, 10, 11]);
    }

    #[test]
    fn a_pointer_at_the_edge_of_the_screen_is_drawn_as_far_as_it_is_there() {
        let mut canvas = Canvas::new(Size { width: 40, height: 50 });
        for (x, y) in [(0.0, 0.0), (39.0, 49.0), (-5.0, 60.0)] {
            Pointer::new().draw(&mut canvas, Point { x, y }, 0.5);
        }
        assert!(canvas.bytes.contains(&255));
    }
}
