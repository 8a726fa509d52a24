//! Films web pages with Chromium and ffmpeg, and prints them as PDF.
//!
//! Everything that happens in a browser for a film is here, and nothing of what is filmed: this crate knows no Deskbell.
//! Chromium and ffmpeg are the ones that Debian packages; both end with the process that started them.

#![warn(missing_docs)]

mod browser;
mod camera;
mod child;
mod clock;
mod cut;
mod encode;
mod error;
mod film;
mod page;
mod paint;
mod pdf;
mod stage;
pub mod tools;
mod wire;

pub use browser::{Browser, Context, Place};
pub use child::bare;
pub use cut::Cut;
pub use error::Error;
pub use film::{Film, Seat};
pub use page::{Page, Thing};
pub use pdf::pdf;
pub use stage::{Caption, Card, POPUP, SCREEN, WINDOW};

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// A place in a window, in pixels from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}
