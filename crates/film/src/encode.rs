//! ffmpeg at work: it takes pictures on its standard input and writes H.264 as everyone can play it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cut::{RATE, Subtitle};
use crate::stage::SCREEN;
use crate::{Error, child};

/// A running ffmpeg.
pub(crate) struct Encoder {
    child: Arc<Mutex<Child>>,
    input: Option<ChildStdin>,
    path: PathBuf,
    log: PathBuf,
}

/// Kills ffmpeg when dropped, if it still runs.
pub(crate) struct Killer(Arc<Mutex<Child>>);

impl Drop for Killer {
    fn drop(&mut self) {
        let mut child = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The standard library does nothing if the process has ended and was waited for.
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Encoder {
    pub(crate) fn start(ffmpeg: &Path, path: &Path, subtitles: &Path, title: &str) -> Result<Self, Error> {
        let log = subtitles.with_file_name("ffmpeg.log");
        let errors = std::fs::File::create(&log).map_err(Error::file(&log))?;
        let size = format!("{}x{}", SCREEN.width, SCREEN.height);
        let rate = RATE.to_string();
        let mut command = Command::new(ffmpeg);
        command.args(["-hide_banner", "-nostats", "-loglevel", "error", "-y"]);
        command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", &rate, "-i", "pipe:0"]);
        command.arg("-i").arg(subtitles).args(["-map", "0:v", "-map", "1:s"]);
        // The colour space is explicit: players would assume BT.709 for a film of this size anyway.
        command.args(["-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p"]);
        command.args(["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]);
        command.args(["-c:v", "libx264", "-preset", "veryfast", "-crf", "19", "-profile:v", "high", "-g", "125"]);
        command.args(["-c:s", "mov_text", "-metadata:s:s:0", "language=eng", "-disposition:s:0", "0"]);
        command.arg("-metadata").arg(format!("title={title}")).args(["-movflags", "+faststart", "-f", "mp4"]);
        child::bare(&mut command);
        command.arg(path).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(errors);
        let mut child = command
            .spawn()
            .map_err(|error| Error::Start { program: ffmpeg.to_owned(), reason: error.to_string() })?;
        let input = child.stdin.take();
        Ok(Self { child: Arc::new(Mutex::new(child)), input, path: path.to_owned(), log })
    }

    pub(crate) fn killer(&self) -> Killer {
        Killer(self.child.clone())
    }

    /// One picture of the film's size, three bytes a pixel.
    pub(crate) fn picture(&mut self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.input.as_mut().map(|input| input.write_all(bytes));
        match written {
            Some(Ok(())) => Ok(()),
            _ => Err(self.failed()),
        }
    }

    /// Ends the film and waits until it is written.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.input = None;
        let status = self.child.lock().unwrap_or_else(PoisonError::into_inner).wait();
        if status.is_ok_and(|status| status.success()) { Ok(()) } else { Err(self.failed()) }
    }

    fn failed(&self) -> Error {
        let words = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last = words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it ended without a word");
        Error::Encode { path: self.path.clone(), reason: last.trim_end_matches('.').to_owned() }
    }
}

/// Captions as SubRip.
pub(crate) fn srt(subtitles: &[Subtitle], end: f64) -> String {
    let mut text = String::new();
    for (n, it) in subtitles.iter().filter(|it| !it.text.trim().is_empty()).enumerate() {
        let (from, to) = (stamp(it.from), stamp(it.to.unwrap_or(end)));
        let _ = write!(text, "{}\n{from} --> {to}\n{}\n\n", n + 1, it.text.replace('\n', " "));
    }
    text
}

fn stamp(seconds: f64) -> String {
    let ms = (seconds * 1_000.0).round() as u64;
    format!("{:02}:{:02}:{:02},{:03}", ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captions_are_numbered_and_timed() {
        let one = Subtitle { from: 0.0, to: Some(61.5), text: "First".into() };
        let two = Subtitle { from: 61.5, to: None, text: "Second".into() };
        assert_eq!(
            srt(&[one, two], 3_723.25),
            "1\n00:00:00,000 --> 00:01:01,500\nFirst\n\n2\n00:01:01,500 --> 01:02:03,250\nSecond\n\n"
        );
    }
}
