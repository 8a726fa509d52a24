//! What is around the windows: their title bars, the caption below, and whole-screen cards. A page of our own draws it,
//! so that letters look like letters; nothing of it is in the pages that are filmed.

use std::fmt::Write as _;

use crate::{Error, Page, Size};

/// The film's size.
pub const SCREEN: Size = Size { width: 1920, height: 1080 };
/// One of the two windows, side by side.
pub const WINDOW: Size = Size { width: 960, height: 944 };
/// A window that one of them opened.
pub const POPUP: Size = Size { width: 640, height: 600 };
/// Where the windows begin: below their title bars.
pub(crate) const TOP: u32 = 44;
/// How tall the title bar of a popup is.
pub(crate) const POPUP_BAR: u32 = 40;

/// Words below the windows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caption {
    /// One or two short sentences.
    pub text: String,
    /// What they are about, in a typewriter's letters: a permission.
    pub tag: Option<String>,
    /// Small words at the right: which step this is.
    pub step: String,
}

/// A card that fills the screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// Above the title, in small letters.
    pub over: String,
    /// The title.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// A prominent notice, in a box.
    pub notice: Option<String>,
}

/// The title bar of a window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Bar {
    pub title: String,
    pub address: String,
}

/// Draws in a separate window.
pub(crate) struct Stage {
    page: Page,
}

impl Stage {
    pub(crate) fn new(page: Page) -> Self {
        Self { page }
    }

    /// The stage around two windows, as PNG of the film's size.
    pub(crate) async fn around(&self, left: &Bar, right: &Bar, caption: &Caption) -> Result<Vec<u8>, Error> {
        let tag = caption.tag.as_deref().map(|tag| format!("<code>{}</code>", escape(tag))).unwrap_or_default();
        let html = format!(
            "<div class=\"bars\">{}{}</div><div class=\"caption\">{tag}<p>{}</p><small>{}</small></div>",
            bar("left", left),
            bar("right", right),
            escape(&caption.text),
            escape(&caption.step),
        );
        self.draw(&html).await
    }

    /// A card, as PNG of the film's size.
    pub(crate) async fn card(&self, card: &Card) -> Result<Vec<u8>, Error> {
        let mut inner = format!("<small>{}</small><h1>{}</h1>", escape(&card.over), escape(&card.title));
        for line in &card.lines {
            let _ = write!(inner, "<p>{}</p>", escape(line));
        }
        if let Some(notice) = &card.notice {
            let _ = write!(inner, "<div class=\"notice\">{}</div>", escape(notice));
        }
        self.draw(&format!("<div class=\"card\"><div>{inner}</div></div>")).await
    }

    /// The title bar of a popup: in the upper left corner of a PNG of the film's size.
    pub(crate) async fn popup(&self, it: &Bar) -> Result<Vec<u8>, Error> {
        self.draw(&bar("popup", it)).await
    }

    async fn draw(&self, inner: &str) -> Result<Vec<u8>, Error> {
        let style = include_str!("stage.css");
        let html = format!(
            "<!doctype html><html lang=\"en\"><head><style>{style}</style></head><body>{inner}</body></html>"
        );
        self.page.show(&html).await?;
        self.page.picture().await
    }
}

fn bar(class: &str, bar: &Bar) -> String {
    let address = bar.address.split(['?', '#']).next().unwrap_or_default();
    let address = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://")).unwrap_or(address);
    format!(
        "<div class=\"bar {class}\"><i></i><b>{}</b><span>{}</span></div>",
        escape(&bar.title),
        escape(if address == "about:blank" { "" } else { address }),
    )
}

/// Escapes text for HTML.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
