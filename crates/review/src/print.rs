//! Printed pages: self-contained HTML, printed by Chromium.

use std::time::Duration;

use engine::engine::Engine;

/// Chromium only takes longer than this if something is wrong.
const LONGEST: Duration = Duration::from_secs(60);

/// A page could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum NotPrinted {
    /// Chromium is missing: no page can be printed here.
    #[error(transparent)]
    Missing(film::Error),
    /// Chromium failed.
    #[error(transparent)]
    Chromium(#[from] film::Error),
    /// It did not finish in time.
    #[error("Chromium took too long to print the page. Try again.")]
    TooLong,
}

/// An HTML page as a PDF.
///
/// # Errors
/// [`NotPrinted`], with what to install if Chromium is missing.
pub async fn pdf(app: &Engine, html: &str) -> Result<Vec<u8>, NotPrinted> {
    let chromium = film::tools::chromium(app.config.chromium.as_deref()).map_err(NotPrinted::Missing)?;
    Ok(tokio::time::timeout(LONGEST, film::pdf(&chromium, html)).await.map_err(|_| NotPrinted::TooLong)??)
}
