//! What can go wrong, as sentences for the user who asked for a film.

use std::path::PathBuf;

/// Why there is no film and no PDF.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that is needed isn't on this machine.
    #[error("{what} is not installed here. Install Debian's packages chromium and ffmpeg{named}.")]
    Missing {
        /// The program, as people call it.
        what: &'static str,
        /// Where it was looked for, if a setting named it.
        named: String,
    },
    /// A program could not be started.
    #[error("{} could not be started: {reason}. Start it by hand to see what it lacks.", program.display())]
    Start {
        /// Which.
        program: PathBuf,
        /// The message of the system or the program.
        reason: String,
    },
    /// Chromium went away in the middle.
    #[error(
        "Chromium ended before its work was done. It may have run out of memory: it needs about 600 MB. Try again."
    )]
    Gone,
    /// Chromium refused what was asked of it.
    #[error("Chromium refused {method}: {reason}.")]
    Refused {
        /// The method of the DevTools protocol.
        method: &'static str,
        /// Chromium's words.
        reason: String,
    },
    /// Something didn't come in time.
    #[error(
        "Waited {seconds} s for {what} without success{at}. What the page shows may have changed, or the machine is \
        too busy."
    )]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
        /// The page, after " at ".
        at: String,
    },
    /// A page that may not be visited.
    #[error("{0} is none of the addresses that may be filmed.")]
    Elsewhere(String),
    /// ffmpeg didn't like its work.
    #[error("ffmpeg could not write {}: {reason}.", path.display())]
    Encode {
        /// The film.
        path: PathBuf,
        /// ffmpeg's last words.
        reason: String,
    },
    /// A picture from Chromium could not be read.
    #[error("A picture of the film could not be read: {0}.")]
    Picture(String),
    /// Files.
    #[error("{} could not be written or read: {source}.", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

impl Error {
    /// For `map_err` on what is done with a file.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
