//! Prints a page that was made here.

use std::path::Path;

use serde_json::json;

use crate::page::bytes;
use crate::{Browser, Error, Size};

/// Prints HTML as a PDF of A4 pages, with backgrounds and page numbers. The page is confined: its scripts don't run, and
/// it loads nothing, so pictures and styles must be in it (`data:`). Page breaks are CSS's (`break-before: page`).
///
/// # Errors
/// [`Error::Start`] and [`Error::Gone`].
pub async fn pdf(chromium: &Path, html: &str) -> Result<Vec<u8>, Error> {
    let browser = Browser::start(chromium, &[]).await?;
    // The width of A4 at 96 dots an inch.
    let page = browser.window(&browser.context().await?, Size { width: 794, height: 1123 }).await?;
    page.call("Network.enable", json!({})).await?;
    page.call("Network.setBlockedURLs", json!({"urls": ["http://*", "https://*", "file://*", "ftp://*"]})).await?;
    page.show(&without_scripts(html)).await?;
    let printed = json!({
        "paperWidth": 8.27, "paperHeight": 11.69,
        "marginTop": 0.7, "marginBottom": 0.8, "marginLeft": 0.75, "marginRight": 0.75,
        "printBackground": true,
        "displayHeaderFooter": true,
        "headerTemplate": "<span></span>",
        "footerTemplate": "<div style=\"width:100%;font:8px sans-serif;color:#777;text-align:center\">\
            <span class=\"pageNumber\"></span> / <span class=\"totalPages\"></span></div>",
        "generateTaggedPDF": true,
        "generateDocumentOutline": true,
    });
    bytes(&page.call("Page.printToPDF", printed).await?["data"])
}

/// A policy in front of everything: nothing runs and nothing is fetched.
fn without_scripts(html: &str) -> String {
    const POLICY: &str = "<meta http-equiv=\"Content-Security-Policy\" \
        content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:\">";
    let lower = html.to_ascii_lowercase();
    let head = lower.find("<head").and_then(|at| lower[at..].find('>').map(|end| at + end + 1));
    match head {
        Some(at) => format!("{}{POLICY}{}", &html[..at], &html[at..]),
        None => format!("{POLICY}{html}"),
    }
}
