//! The cutting room: what was filmed becomes 25 pictures a second, and ffmpeg makes them a film.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::camera::Frame;
use crate::encode::{Encoder, srt};
use crate::paint::{Canvas, Picture, Pointer};
use crate::stage::{POPUP_BAR, SCREEN, TOP, WINDOW};
use crate::{Error, Point};

/// Pictures a second.
pub(crate) const RATE: u32 = 25;
/// How many pictures it takes to change the caption.
const FADE: u32 = 6;
/// How long a click is seen.
const RIPPLE: f64 = 0.4;

/// A film that is done.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Where it is.
    pub path: PathBuf,
    /// How long it is.
    pub seconds: f64,
}

/// A caption for players that can show them.
#[derive(Debug, Clone)]
pub(crate) struct Subtitle {
    pub from: f64,
    pub to: Option<f64>,
    pub text: String,
}

/// A path of the mouse.
#[derive(Debug, Clone)]
pub(crate) struct Glide {
    pub from: f64,
    pub to: f64,
    pub start: Point,
    pub end: Point,
}

impl Glide {
    /// Where the hand is: it starts and stops softly.
    pub(crate) fn at(&self, now: f64) -> Point {
        let part = ((now - self.from) / (self.to - self.from)).clamp(0.0, 1.0);
        let part = part * part * (3.0 - 2.0 * part);
        let between = |start: f64, end: f64| start + (end - start) * part;
        Point { x: between(self.start.x, self.end.x), y: between(self.start.y, self.end.y) }
    }
}

/// A window on the screen.
pub(crate) struct Layer {
    pub corner: (u32, u32),
    pub frames: Vec<Frame>,
    pub bar: Option<Frame>,
    pub is_popup: bool,
    pub from: f64,
    pub to: f64,
}

/// Everything that was filmed.
pub(crate) struct Material {
    pub seconds: f64,
    pub layers: Vec<Layer>,
    /// With whether it hides the windows.
    pub stages: Vec<(Frame, bool)>,
    pub subtitles: Vec<Subtitle>,
    pub glides: Vec<Glide>,
    pub clicks: Vec<(f64, Point)>,
    pub title: String,
}

/// Cuts and writes a film.
pub(crate) async fn cut(
    material: Material,
    ffmpeg: &Path,
    path: &Path,
    folder: &Path,
    progress: impl Fn(f64) + Send + 'static,
) -> Result<Cut, Error> {
    let seconds = material.seconds;
    let subtitles = folder.join("captions.srt");
    let words = srt(&material.subtitles, seconds);
    tokio::fs::write(&subtitles, words).await.map_err(Error::file(&subtitles))?;
    let encoder = Encoder::start(ffmpeg, path, &subtitles, &material.title)?;
    // If this future is dropped or takes forever, ffmpeg is killed, and with it the thread that feeds it ends.
    let _killer = encoder.killer();
    let work = tokio::task::spawn_blocking(move || {
        let mut encoder = encoder;
        pictures(&material, &mut encoder, &progress)?;
        encoder.finish()
    });
    let patience = Duration::from_secs_f64(120.0 + seconds * 20.0);
    match tokio::time::timeout(patience, work).await {
        Ok(Ok(done)) => done.map(|()| Cut { path: path.to_owned(), seconds }),
        Ok(Err(panicked)) => Err(Error::Encode { path: path.to_owned(), reason: panicked.to_string() }),
        Err(_) => Err(Error::Late { what: "ffmpeg".into(), seconds: patience.as_secs(), at: String::new() }),
    }
}

/// A picture that stays until the next one.
struct Reel<'m> {
    frames: Vec<&'m Frame>,
    next: usize,
    picture: Option<Picture>,
}

impl<'m> Reel<'m> {
    fn new(frames: impl Iterator<Item = &'m Frame>) -> Self {
        Self { frames: frames.collect(), next: 0, picture: None }
    }

    /// Advances to the picture at this time; returns whether it differs from the previous one.
    fn turn(&mut self, now: f64) -> Result<bool, Error> {
        let before = self.next;
        while self.frames.get(self.next).is_some_and(|frame| frame.at <= now) {
            self.next += 1;
        }
        if self.next == before {
            return Ok(false);
        }
        self.picture = Some(Picture::read(&self.frames[self.next - 1].file)?);
        Ok(true)
    }
}

fn pictures(material: &Material, encoder: &mut Encoder, progress: &impl Fn(f64)) -> Result<(), Error> {
    let mut stage = Reel::new(material.stages.iter().map(|(frame, _)| frame));
    let mut layers: Vec<(Reel<'_>, Option<Picture>)> = Vec::new();
    for layer in &material.layers {
        let bar = layer.bar.as_ref().map(|bar| Picture::read(&bar.file)).transpose()?;
        layers.push((Reel::new(layer.frames.iter()), bar));
    }
    let pointer = Pointer::new();
    let mut windows = Canvas::new(SCREEN);
    let mut shown = Canvas::new(SCREEN);
    let mut old = Canvas::new(SCREEN);
    let mut fade = 0;
    let mut hand: Option<(Point, f64)> = None;
    let mut open: Vec<bool> = vec![false; layers.len()];
    let total = (material.seconds * f64::from(RATE)).ceil() as u32;
    for number in 0..total.max(1) {
        let now = f64::from(number) / f64::from(RATE);
        let mut changed = false;
        if stage.turn(now)? {
            changed = true;
            if number > 0 {
                old.copy(&windows);
                fade = FADE;
            }
        }
        for (n, layer) in material.layers.iter().enumerate() {
            let is_open = layer.from <= now && now < layer.to;
            changed |= layers[n].0.turn(now)? | (is_open != open[n]);
            open[n] = is_open;
        }
        if changed {
            paint(&mut windows, material, &stage, &layers, &open);
        }
        let is_card = stage.next > 0 && material.stages[stage.next - 1].1;
        let hand_now = (!is_card).then(|| hand_at(material, now)).flatten();
        if changed || fade > 0 || hand_now != hand {
            shown.copy(&windows);
            if fade > 0 {
                shown.mix(&old, fade * 256 / (FADE + 1));
                fade -= 1;
            }
            if let Some((at, ripple)) = hand_now {
                pointer.draw(&mut shown, at, ripple);
            }
            hand = hand_now;
        }
        encoder.picture(shown.bytes())?;
        if number % RATE == 0 {
            progress(f64::from(number) / f64::from(total.max(1)));
        }
    }
    progress(1.0);
    Ok(())
}

/// The windows on the stage, without the hand.
fn paint(
    canvas: &mut Canvas,
    material: &Material,
    stage: &Reel<'_>,
    layers: &[(Reel<'_>, Option<Picture>)],
    open: &[bool],
) {
    if let Some(picture) = &stage.picture {
        canvas.put(picture, (0, 0), SCREEN.height);
    }
    if stage.next > 0 && material.stages[stage.next - 1].1 {
        return;
    }
    for (n, layer) in material.layers.iter().enumerate().filter(|(n, _)| open[*n]) {
        let (reel, bar) = &layers[n];
        let Some(picture) = &reel.picture else { continue };
        if layer.is_popup {
            canvas.dim((WINDOW.width, TOP), WINDOW);
            canvas.shade(layer.corner, picture.size(), POPUP_BAR);
            if let Some(bar) = bar {
                canvas.put_part(
                    bar,
                    (layer.corner.0, layer.corner.1 - POPUP_BAR),
                    picture.size().width,
                    POPUP_BAR,
                );
            }
        }
        canvas.put(picture, layer.corner, WINDOW.height);
    }
}

/// Where the hand is, and how far its last click has spread (0: no click, else up to 1).
fn hand_at(material: &Material, now: f64) -> Option<(Point, f64)> {
    let glide = material.glides.iter().rfind(|it| it.from <= now).or(material.glides.first())?;
    let click = material.clicks.iter().rfind(|(at, _)| *at <= now && now - at < RIPPLE);
    Some((glide.at(now), click.map_or(0.0, |(at, _)| ((now - at) / RIPPLE).max(0.01))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hand_starts_where_it_was_and_ends_where_it_goes() {
        let glide =
            Glide { from: 1.0, to: 2.0, start: Point { x: 0.0, y: 0.0 }, end: Point { x: 100.0, y: 50.0 } };
        assert_eq!(glide.at(0.0), Point { x: 0.0, y: 0.0 });
        assert_eq!(glide.at(1.5), Point { x: 50.0, y: 25.0 });
        assert_eq!(glide.at(9.0), Point { x: 100.0, y: 50.0 });
    }
}
