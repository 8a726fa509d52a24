//! A film in the making: two windows side by side, a hand that moves between them, and captions.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use crate::camera::{Camera, Frame};
use crate::clock::Clock;
use crate::cut::{self, Cut, Glide, Layer, Material, Subtitle};
use crate::stage::{Bar, POPUP, POPUP_BAR, SCREEN, Stage, TOP, WINDOW};
use crate::{Browser, Caption, Card, Error, Page, Point, Thing};

/// How long the film waits for something that isn't there yet before its clock is paused.
const GRACE: Duration = Duration::from_millis(1_500);

/// Where a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// The left half.
    Left,
    /// The right half.
    Right,
    /// In front of the right half: a window that one of the others opened.
    Popup,
}

impl Seat {
    /// Its upper left corner on the screen.
    fn corner(self) -> (u32, u32) {
        match self {
            Self::Left => (0, TOP),
            Self::Right => (WINDOW.width, TOP),
            Self::Popup => (
                WINDOW.width + (WINDOW.width - POPUP.width) / 2,
                TOP + (WINDOW.height - POPUP.height - POPUP_BAR) / 2 + POPUP_BAR,
            ),
        }
    }
}

/// A window that is filmed.
struct Filmed {
    seat: Seat,
    page: Page,
    camera: Camera,
    bar: Bar,
    /// The picture of its title bar, if it has one.
    frame: Option<Frame>,
    from: f64,
    to: Option<f64>,
}

/// A film in the making. Nothing is written until [`Film::finish`].
pub struct Film {
    stage: Stage,
    clock: Arc<Clock>,
    folder: TempDir,
    windows: Vec<Filmed>,
    stages: Vec<(Frame, bool)>,
    caption: Caption,
    subtitles: Vec<Subtitle>,
    glides: Vec<Glide>,
    clicks: Vec<(f64, Point)>,
    hand: Point,
    typed: usize,
}

impl Film {
    /// Sets up an empty stage. The film's time begins with its first card or hold.
    ///
    /// # Errors
    /// If Chromium is gone or there is no room for pictures.
    pub async fn begin(browser: &Browser) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("deskbell-reel-").tempdir();
        let folder = folder.map_err(Error::file(std::env::temp_dir()))?;
        let context = browser.context().await?;
        Ok(Self {
            stage: Stage::new(browser.window(&context, SCREEN).await?),
            clock: Arc::new(Clock::frozen()),
            folder,
            windows: Vec::new(),
            stages: Vec::new(),
            caption: Caption::default(),
            subtitles: Vec::new(),
            glides: Vec::new(),
            clicks: Vec::new(),
            hand: Point { x: 960.0, y: 700.0 },
            typed: 0,
        })
    }

    /// Puts a window on its seat and begins to film it.
    ///
    /// # Errors
    /// If it shows nothing.
    pub async fn seat(&mut self, seat: Seat, page: Page, title: &str) -> Result<(), Error> {
        self.clock.freeze();
        let name = format!("window-{}", self.windows.len());
        let camera = Camera::start(&page, self.clock.clone(), self.folder.path(), &name).await?;
        let bar = Bar { title: title.to_owned(), address: page.address().await.unwrap_or_default() };
        let from = self.clock.now();
        self.windows.push(Filmed { seat, page, camera, bar, frame: None, from, to: None });
        Ok(())
    }

    /// Takes the window off its seat, once it has closed itself.
    ///
    /// # Errors
    /// [`Error::Late`] if it stays open.
    pub async fn closed(&mut self, seat: Seat) -> Result<(), Error> {
        let page = self.page(seat)?.clone();
        for _ in 0..600 {
            if !page.is_open().await {
                let now = self.clock.now();
                for window in self.windows.iter_mut().filter(|it| it.seat == seat && it.to.is_none()) {
                    window.to = Some(now);
                }
                self.clock.run();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Error::Late { what: "a window to close".into(), seconds: 30, at: String::new() })
    }

    /// The window on a seat.
    ///
    /// # Errors
    /// [`Error::Late`] if the seat is empty.
    pub fn page(&self, seat: Seat) -> Result<&Page, Error> {
        let sitting = self.windows.iter().rfind(|it| it.seat == seat && it.to.is_none());
        let empty = || Error::Late { what: format!("a window at {seat:?}"), seconds: 0, at: String::new() };
        sitting.map(|it| &it.page).ok_or_else(empty)
    }

    /// Fills the screen with a card for a while.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn card(&mut self, card: &Card, seconds: f64) -> Result<(), Error> {
        self.clock.freeze();
        self.end_subtitle();
        let picture = self.stage.card(card).await?;
        let words = std::iter::once(&card.title).chain(&card.lines).chain(&card.notice);
        let words = words.map(String::as_str).collect::<Vec<_>>().join(" ");
        self.subtitles.push(Subtitle { from: self.clock.now(), to: None, text: words });
        self.new_stage(&picture, true).await?;
        self.hold(seconds).await;
        Ok(())
    }

    /// Shows the windows with this caption from now on.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn caption(&mut self, caption: Caption) -> Result<(), Error> {
        self.end_subtitle();
        let text = match &caption.tag {
            Some(tag) => format!("{tag}: {}", caption.text),
            None => caption.text.clone(),
        };
        self.subtitles.push(Subtitle { from: self.clock.now(), to: None, text });
        self.caption = caption;
        self.redraw().await
    }

    /// Shows the same caption with what is on the seats now.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn again(&mut self) -> Result<(), Error> {
        self.redraw().await
    }

    /// Nothing happens but what happens on its own.
    pub async fn hold(&self, seconds: f64) {
        self.clock.run();
        tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
    }

    /// What the windows show now, as PNG, with their seats: to see why a film could not continue.
    pub async fn pictures(&self) -> Vec<(Seat, Vec<u8>)> {
        let mut all = Vec::new();
        for window in self.windows.iter().filter(|it| it.to.is_none()) {
            if let Ok(picture) = window.page.picture().await {
                all.push((window.seat, picture));
            }
        }
        all
    }

    /// Seconds of the film so far.
    #[must_use]
    pub fn now(&self) -> f64 {
        self.clock.now()
    }

    /// Waits for a thing; the film doesn't show more than a moment of it.
    ///
    /// # Errors
    /// [`Error::Late`].
    pub async fn sees(&mut self, seat: Seat, thing: &Thing) -> Result<(), Error> {
        let page = self.page(seat)?.clone();
        self.patiently(page.sees(thing)).await?;
        self.look_at_addresses().await
    }

    /// Moves the hand to a thing and rests there.
    ///
    /// # Errors
    /// [`Error::Late`].
    pub async fn point(&mut self, seat: Seat, thing: &Thing) -> Result<Point, Error> {
        let page = self.page(seat)?.clone();
        let at = self.patiently(page.middle(thing)).await?;
        let corner = seat.corner();
        let target = Point { x: f64::from(corner.0) + at.x, y: f64::from(corner.1) + at.y };
        let (start, begun) = (self.hand, self.clock.now());
        let way = (target.x - start.x).hypot(target.y - start.y);
        let seconds = (0.3 + way / 1_900.0).min(0.95);
        let glide = Glide { from: begun, to: begun + seconds, start, end: target };
        // The page feels the hand passing, a few times on its way.
        for _ in 0..40 {
            let now = self.clock.now();
            if now >= glide.to {
                break;
            }
            let there = glide.at(now);
            page.move_to(Point { x: there.x - f64::from(corner.0), y: there.y - f64::from(corner.1) }).await?;
            tokio::time::sleep(Duration::from_millis(35)).await;
        }
        // What is below may have moved while the hand did.
        page.move_to(at).await?;
        self.glides.push(glide);
        self.hand = target;
        Ok(at)
    }

    /// Moves to a thing and clicks it.
    ///
    /// # Errors
    /// [`Error::Late`].
    pub async fn click(&mut self, seat: Seat, thing: &Thing) -> Result<(), Error> {
        self.point(seat, thing).await?;
        self.hold(0.22).await;
        // Once more: a list may have grown under the hand.
        let at = self.page(seat)?.middle(thing).await?;
        self.clicks.push((self.clock.now(), self.hand));
        self.page(seat)?.press(at).await?;
        self.hold(0.15).await;
        self.look_at_addresses().await
    }

    /// Clicks into a field and types, letter by letter.
    ///
    /// # Errors
    /// [`Error::Late`].
    pub async fn write(&mut self, seat: Seat, thing: &Thing, text: &str) -> Result<(), Error> {
        self.click(seat, thing).await?;
        let page = self.page(seat)?.clone();
        for letter in text.chars() {
            page.key(letter).await?;
            self.typed += 1;
            // No two strokes alike, and every film the same.
            let stroke = 38 + (self.typed * 7_919 % 41) as u64 + if letter == ' ' { 30 } else { 0 };
            tokio::time::sleep(Duration::from_millis(stroke)).await;
        }
        self.hold(0.25).await;
        Ok(())
    }

    /// Presses Enter.
    ///
    /// # Errors
    /// If Chromium is gone.
    pub async fn enter(&mut self, seat: Seat) -> Result<(), Error> {
        self.page(seat)?.enter().await?;
        self.hold(0.15).await;
        self.look_at_addresses().await
    }

    /// Cuts the film and writes it; `progress` is called with the progress, from 0 to 1.
    ///
    /// # Errors
    /// [`Error::Encode`] with ffmpeg's message.
    pub async fn finish(
        mut self,
        ffmpeg: &Path,
        path: &Path,
        title: &str,
        progress: impl Fn(f64) + Send + 'static,
    ) -> Result<Cut, Error> {
        self.clock.freeze();
        self.end_subtitle();
        let layers = self.windows.iter().map(|it| Layer {
            corner: it.seat.corner(),
            frames: it.camera.frames(),
            bar: it.frame.clone(),
            is_popup: it.seat == Seat::Popup,
            from: it.from,
            to: it.to.unwrap_or(f64::INFINITY),
        });
        let material = Material {
            seconds: self.clock.now(),
            layers: layers.collect(),
            stages: self.stages.clone(),
            subtitles: self.subtitles.clone(),
            glides: self.glides.clone(),
            clicks: self.clicks.clone(),
            title: title.to_owned(),
        };
        self.windows.clear();
        cut::cut(material, ffmpeg, path, self.folder.path(), progress).await
    }

    /// The clock is paused if this takes longer than a moment.
    async fn patiently<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut work = std::pin::pin!(work);
        if let Ok(done) = tokio::time::timeout(GRACE, &mut work).await {
            return done;
        }
        self.clock.freeze();
        let done = work.await;
        self.clock.run();
        done
    }

    /// Title bars say where their windows are.
    async fn look_at_addresses(&mut self) -> Result<(), Error> {
        let mut changed = false;
        for window in self.windows.iter_mut().filter(|it| it.to.is_none() && it.seat != Seat::Popup) {
            let address = window.page.address().await.unwrap_or_default();
            changed |= address != window.bar.address;
            window.bar.address = address;
        }
        if changed { self.redraw().await } else { Ok(()) }
    }

    async fn redraw(&mut self) -> Result<(), Error> {
        self.clock.freeze();
        let bar =
            |seat| self.windows.iter().rfind(|it| it.seat == seat).map(|it| it.bar.clone()).unwrap_or_default();
        let picture = self.stage.around(&bar(Seat::Left), &bar(Seat::Right), &self.caption).await?;
        if let Some(at) = self.windows.iter().position(|it| it.seat == Seat::Popup && it.to.is_none()) {
            let window = &mut self.windows[at];
            window.bar.address = window.page.address().await.unwrap_or_default();
            let picture = self.stage.popup(&window.bar).await?;
            let file = self.folder.path().join(format!("popup-{at}.png"));
            tokio::fs::write(&file, picture).await.map_err(Error::file(&file))?;
            window.frame = Some(Frame { at: window.from, file });
        }
        self.new_stage(&picture, false).await?;
        self.clock.run();
        Ok(())
    }

    async fn new_stage(&mut self, picture: &[u8], is_card: bool) -> Result<(), Error> {
        let file = self.folder.path().join(format!("stage-{:04}.png", self.stages.len()));
        tokio::fs::write(&file, picture).await.map_err(Error::file(&file))?;
        self.stages.push((Frame { at: self.clock.now(), file }, is_card));
        Ok(())
    }

    fn end_subtitle(&mut self) {
        let now = self.clock.now();
        if let Some(last) = self.subtitles.last_mut() {
            last.to.get_or_insert(now);
        }
    }
}
